"""template.yaml: what SAM and cfn-lint don't check, on the template as written and as it is deployed."""

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from infra.checks import schedules
from infra.checks.expand import TEMPLATE, expand
from infra.checks.template_lint import findings
from infra.local.cloudformation import logical_name
from infra.local.invocation import load_handler
from infra.local.schedule import fire_times, trigger
from infra.local.template import Function, QueueSource, Schedule
from nunchi.runs import declared
from nunchi.settings import Settings
from tests.contract.deployed import DECLARED, FUNCTIONS, allowed, deployed, named, of_type

CRON = [function for function in FUNCTIONS if function.schedules]
CONSUMED = {source.queue for source in DECLARED.queue_sources}
LONGEST_AGE_S = 21_600  # Lambda's own limit
SHORTEST_AGE_S = 240  # it is tried again after one minute, and after two more
TWO_WEEKS_S = 14 * 86_400


def test_the_expanded_template_has_no_finding() -> None:
    assert findings() == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("[ReportBatchItemFailures]", "[ReportBatchItemFailure]"), ("!Ref CommonLayer", "!Ref GoneLayer")],
)
def test_a_mistake_that_sam_lets_through_is_found(right: str, wrong: str, tmp_path: Path) -> None:
    broken = tmp_path / "template.yaml"
    broken.write_text(TEMPLATE.read_text().replace(right, wrong))
    assert findings(broken)


@pytest.mark.parametrize("schedule", DECLARED.schedules, ids=lambda schedule: schedule.function)
def test_a_schedule_is_in_seoul_time_and_carries_its_scheduled_time(schedule: Schedule) -> None:
    assert schedule.timezone == "Asia/Seoul"
    assert trigger(schedule.expression, schedule.timezone)
    assert json.loads(schedule.input_text) == {"scheduled_time": "<aws.scheduler.scheduled-time>"}


def test_the_layer_knows_the_schedules_as_they_are_declared() -> None:
    assert schedules.DATA.read_text() == schedules.render(), "run `python -m infra.checks.schedules`"


@pytest.mark.parametrize("name", declared.crawlers())
def test_a_crawlers_runs_are_kept_under_the_name_that_its_schedule_has(name: str) -> None:
    source = (TEMPLATE.parent / "functions" / "crawlers" / f"{name}.py").read_text()
    assert f'@crawler("{name}")\ndef handler(' in source


def test_schedules_have_no_name_that_two_stages_would_share() -> None:
    assert not any("Name" in schedule for schedule in of_type("AWS::Scheduler::Schedule").values())


@named(FUNCTIONS)
def test_a_handler_imports_and_can_be_called(item: Function) -> None:
    assert callable(load_handler(item))


@named(FUNCTIONS)
def test_a_function_has_an_event_to_be_tried_with(item: Function) -> None:
    event = json.loads((TEMPLATE.parent / "tests" / "events" / f"{item.name}.json").read_text())
    sources = {source.queue for source in DECLARED.queue_sources if source.function == item.name}
    assert ("Records" in event) == bool(sources)
    assert ("scheduled_time" in event) == bool(item.schedules)


@named(FUNCTIONS)
def test_a_function_is_given_only_settings_that_exist(item: Function) -> None:
    known = {name.upper() for name in Settings.model_fields}
    assert {name for name in item.environment if not name.startswith("POWERTOOLS_")} <= known


@pytest.mark.parametrize(
    "source", DECLARED.queue_sources, ids=lambda source: f"{source.queue}-{source.function}"
)
def test_a_batch_may_fail_in_part_and_stays_hidden_for_six_timeouts(source: QueueSource) -> None:
    assert source.report_failures
    assert source.max_concurrency is not None
    assert source.max_concurrency >= 2
    timeout_s = DECLARED.functions[source.function].timeout_s
    assert DECLARED.queues[source.queue].visibility_timeout_s >= 6 * timeout_s


@pytest.mark.parametrize("name", sorted(CONSUMED))
def test_what_a_consumer_can_not_work_is_kept_for_two_weeks(name: str) -> None:
    queue = DECLARED.queues[name]
    assert queue.dead_letter_queue == f"{name.removesuffix('Queue')}DeadLetterQueue"
    assert queue.max_receive_count >= 3
    kept = of_type("AWS::SQS::Queue")[queue.dead_letter_queue]
    assert kept["MessageRetentionPeriod"] == TWO_WEEKS_S


def test_every_queue_is_encrypted_and_what_nobody_consumes_raises_an_alarm() -> None:
    queues = of_type("AWS::SQS::Queue")
    assert all(queue["SqsManagedSseEnabled"] is True for queue in queues.values())
    watched = {
        alarm["Dimensions"][0]["Value"]["Fn::GetAtt"][0]
        for alarm in of_type("AWS::CloudWatch::Alarm").values()
        if alarm["Threshold"] == 0 and alarm["ComparisonOperator"] == "GreaterThanThreshold"
    }
    assert watched == set(queues) - CONSUMED


def test_an_operator_is_told_the_name_of_every_queue() -> None:
    told = {name.removesuffix("Name") for name in expand()["Outputs"] if name.endswith("QueueName")}
    assert told == CONSUMED | {"AsyncFailureQueue"}


def shortest_period_s(function: Function) -> float:
    start = datetime(2026, 10, 18, tzinfo=UTC)
    times = [moment for moment, _ in fire_times(function.schedules, start, start + timedelta(days=63))]
    return min((later - earlier).total_seconds() for earlier, later in pairwise(times))


@named(CRON)
def test_a_scheduled_run_that_fails_is_tried_twice_more_and_then_kept(item: Function) -> None:
    config = of_type("AWS::Lambda::EventInvokeConfig")[f"{item.name}EventInvokeConfig"]
    assert config["MaximumRetryAttempts"] == 2
    longest = min(max(shortest_period_s(item), SHORTEST_AGE_S), LONGEST_AGE_S)
    assert SHORTEST_AGE_S <= config["MaximumEventAgeInSeconds"] <= longest
    assert item.failure_queue == "AsyncFailureQueue"
    assert "AsyncFailureQueue" in allowed(item, "sqs:SendMessage")
    retry = of_type("AWS::Scheduler::Schedule")[f"{item.name}Schedule"]["Target"]["RetryPolicy"]
    assert retry["MaximumEventAgeInSeconds"] <= longest


@named(FUNCTIONS)
def test_a_functions_log_is_kept_for_a_month(item: Function) -> None:
    logging = of_type("AWS::Lambda::Function")[item.name]["LoggingConfig"]
    group = logical_name(logging["LogGroup"])
    assert logging["LogFormat"] == "JSON"
    assert of_type("AWS::Logs::LogGroup")[str(group)]["RetentionInDays"] == 30


def test_seals_can_not_be_lost_or_made_public() -> None:
    bucket = deployed()["SealBucket"]
    assert bucket["DeletionPolicy"] == bucket["UpdateReplacePolicy"] == "Retain"
    properties = bucket["Properties"]
    assert properties["ObjectLockEnabled"] is True
    assert properties["VersioningConfiguration"]["Status"] == "Enabled"
    assert all(properties["PublicAccessBlockConfiguration"].values())


def of_seals(action: str) -> dict[str, Any]:
    """The bucket's own statement about an action, which holds for everybody and every seal."""
    policy = deployed()["SealBucketPolicy"]["Properties"]["PolicyDocument"]
    (found,) = (each for each in policy["Statement"] if each["Action"] == action)
    assert (found["Effect"], found["Principal"]) == ("Deny", "*")
    assert found["Resource"] == {"Fn::Sub": "${SealBucket.Arn}/*"}
    return dict(found)


def test_no_seal_is_marked_as_deleted() -> None:
    assert "Condition" not in of_seals("s3:DeleteObject")


def test_no_seal_is_put_over_another() -> None:
    denied = of_seals("s3:PutObject")
    # a multipart upload's parts carry no such header, its end does
    assert denied["Condition"] == {
        "Null": {"s3:if-none-match": "true"},
        "Bool": {"s3:ObjectCreationOperation": "true"},
    }
