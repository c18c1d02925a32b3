"""Alarms and the dashboard: what each watches exists, and what to do about it is written down."""

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from typing import Any

import pytest

from infra.checks.expand import ROOT
from infra.local.cloudformation import logical_name
from nunchi.observability import SERVICE
from tests.contract.deployed import DECLARED, of_type

ALARMS = of_type("AWS::CloudWatch::Alarm")
RUNBOOK = re.compile(r"^\| `([A-Za-z0-9*]+Alarm)` \| (.+?) \| (.+?) \|$", re.MULTILINE)
PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
LINES = {name: (what, do) for name, what, do in RUNBOOK.findall(PAGE)}
# of AWS's own, with their dimensions: AWS publishes no list that could be asked
AWS_METRICS = {
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): {"QueueName"},
    ("AWS/SQS", "ApproximateAgeOfOldestMessage"): {"QueueName"},
    ("AWS/Lambda", "Errors"): {"FunctionName"},
    ("AWS/Lambda", "Invocations"): {"FunctionName"},
    ("AWS/Lambda", "Throttles"): {"FunctionName"},
    ("AWS/ApiGateway", "5XXError"): {"ApiName", "Stage"},
    ("AWS/ApiGateway", "Count"): {"ApiName", "Stage"},
    ("AWS/ApiGateway", "Latency"): {"ApiName", "Stage"},
    ("AWS/RDS", "DatabaseConnections"): {"DBInstanceIdentifier"},
    ("AWS/RDS", "CPUUtilization"): {"DBInstanceIdentifier"},
    ("AWS/RDS", "FreeStorageSpace"): {"DBInstanceIdentifier"},
    ("AWS/RDS", "DatabaseConnectionsCurrentlySessionPinned"): {"ProxyName"},
}


def watched(alarm: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The metrics of an alarm: namespace, name, dimensions."""
    stats = [each["MetricStat"]["Metric"] for each in alarm.get("Metrics", []) if "MetricStat" in each]
    for metric in stats or [alarm]:
        dimensions = {each["Name"]: each["Value"] for each in metric.get("Dimensions", [])}
        yield metric["Namespace"], metric["MetricName"], dimensions


@pytest.mark.parametrize("name", sorted(ALARMS))
def test_an_alarm_has_one_line_on_what_to_do_about_it(name: str) -> None:
    assert len([line for line in LINES if fnmatch(name, line)]) == 1


@pytest.mark.parametrize("line", sorted(LINES))
def test_a_line_on_what_to_do_is_about_an_alarm(line: str) -> None:
    assert [name for name in ALARMS if fnmatch(name, line)]
    assert all(len(text) > 20 for text in LINES[line])


@pytest.mark.parametrize("name", sorted(ALARMS))
def test_an_alarm_reaches_somebody_and_is_quiet_without_data_unless_that_is_what_it_watches(
    name: str,
) -> None:
    alarm = ALARMS[name]
    assert [logical_name(action) for action in alarm["AlarmActions"]] == ["AlarmTopic"]
    assert alarm["TreatMissingData"] == ("breaching" if "Missing" in name else "notBreaching")


@pytest.mark.parametrize("name", sorted(ALARMS))
def test_what_an_alarm_watches_is_measured(name: str) -> None:
    code = "".join(path.read_text() for path in (ROOT / "layers/common/nunchi").rglob("*.py"))
    for namespace, metric, dimensions in watched(ALARMS[name]):
        if namespace == SERVICE:
            assert re.search(rf'(count|measure)\(\s*"{metric}"', code), metric
            assert dimensions["service"] == SERVICE
        else:
            assert AWS_METRICS[namespace, metric] == set(dimensions)


def test_the_oldest_message_of_every_consumed_queue_is_watched() -> None:
    names = [each["QueueName"]["Fn::GetAtt"][0] for _, _, each in watched(ALARMS["QueueAgeAlarm"])]
    assert sorted(names) == sorted({source.queue for source in DECLARED.queue_sources})


def dashboard() -> list[dict[str, Any]]:
    (found,) = of_type("AWS::CloudWatch::Dashboard").values()
    widgets: list[dict[str, Any]] = json.loads(found["DashboardBody"]["Fn::Sub"])["widgets"]
    return widgets


def test_the_dashboard_is_json_whose_widgets_lie_beside_each_other() -> None:
    places = [(each["x"], each["y"]) for each in dashboard()]
    assert len(places) == len(set(places))
    assert all(each["x"] + each["width"] <= 24 for each in dashboard())


@pytest.mark.parametrize(
    "metric", ["ForecastLag", "Answers", "PagesFailed", "ModelLatency", "ModelCost", "EventsLost"]
)
def test_the_dashboard_shows_each_stage(metric: str) -> None:
    assert metric in json.dumps(dashboard())


def test_the_dashboard_searches_metrics_with_their_very_dimensions() -> None:
    shown = json.dumps(dashboard())
    for dimensions in ("{nunchi,arm,service}", "{nunchi,source,service}", "{nunchi,arm,outcome,service}"):
        assert dimensions in shown
