"""Each alarm's condition is made to happen, and its metric is seen as the alarm looks for it."""

import json
import operator
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from infra.local.platform import Platform
from infra.local.pump import create_queues
from nunchi import clock, database, observability, outbox
from nunchi.adapters import sqs
from nunchi.adapters.telegram import TelegramError
from nunchi.adapters.web import Page
from nunchi.calls import repository, rules, service
from nunchi.crawl.service import crawl
from nunchi.crawl.source import Link
from nunchi.crawl.sources import SOURCES
from nunchi.errors import UpstreamError
from nunchi.events import ArticleStored
from nunchi.notify import delivery
from nunchi.notify.delivery import Courier
from nunchi.settings import get_settings
from tests.contract.deployed import of_type
from tests.contract.test_alarms import watched
from tests.factories import NOON

ALARMS = of_type("AWS::CloudWatch::Alarm")
COMPARED = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
}
SHARE = "IF(failed >= 3, failed / (failed + read), 0)"
Metrics = Callable[[], list[dict[str, Any]]]


def goes_off(name: str, value: float) -> bool:
    """Whether an alarm goes off at a value of what it watches."""
    alarm = ALARMS[name]
    return bool(COMPARED[alarm["ComparisonOperator"]](value, float(alarm["Threshold"])))


def total(records: list[dict[str, Any]], metric: str, dimensions: dict[str, Any]) -> float:
    """The sum of a metric's values that were recorded under just these dimensions."""
    return sum(
        float(value)
        for record in records
        for directive in record["_aws"]["CloudWatchMetrics"]
        if metric in {each["Name"] for each in directive["Metrics"]}
        and {key: record[key] for key in directive["Dimensions"][0]} == dimensions
        for value in (record[metric] if isinstance(record[metric], list) else [record[metric]])
    )


def named(part: str) -> list[str]:
    return sorted(name for name in ALARMS if part in name)


@pytest.fixture
def measured(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Metrics:
    """What was measured since the last look, in CloudWatch's embedded metric format."""
    monkeypatch.setenv("POWERTOOLS_METRICS_DISABLED", "false")
    get_settings.cache_clear()
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]


@pytest.mark.parametrize("name", named("SourceAlarm"))
def test_a_source_that_can_not_be_read(name: str, measured: Metrics) -> None:
    metrics = {metric: dimensions for _, metric, dimensions in watched(ALARMS[name])}
    source = next(each for each in SOURCES.values() if each.name == metrics["PagesFailed"]["source"])

    def broken() -> bytes:
        raise UpstreamError(source.name, "redesigned", passing=True)

    with pytest.raises(UpstreamError):
        crawl(source, [broken] * 3, lambda _url: pytest.fail("no page is listed"), clock.now)
    records = measured()
    failed, read = (total(records, metric, metrics[metric]) for metric in ("PagesFailed", "PagesRead"))
    assert (failed, read) == (3, 0)
    assert next(each for each in ALARMS[name]["Metrics"] if "Expression" in each)["Expression"] == SHARE
    assert goes_off(name, failed / (failed + read))
    assert not goes_off(name, 0)


def test_a_source_whose_lists_can_be_read_and_whose_pages_can_not(measured: Metrics) -> None:
    source, name = SOURCES["maekyung"], "MaekyungSourceAlarm"
    metrics = {metric: dimensions for _, metric, dimensions in watched(ALARMS[name])}
    links = [Link(f"https://x.example/{number}", "제목", NOON) for number in range(3)]

    def broken(url: str) -> Page:
        raise UpstreamError(source.name, url, passing=False)

    for _ in range(6):  # an hour's runs; the pages rest after the first of them
        crawl(
            source,
            [lambda: b"all"] + [lambda: b""] * 30,
            broken,
            clock.now,
            links=lambda body: links if body else [],
        )
    records = measured()
    failed, read = (total(records, metric, metrics[metric]) for metric in ("PagesFailed", "PagesRead"))
    assert (failed, read) == (3, 0)
    assert goes_off(name, failed / (failed + read))


def test_an_arm_without_budget_whichever_it_is(measured: Metrics, monkeypatch: pytest.MonkeyPatch) -> None:
    ((_, metric, dimensions),) = watched(ALARMS["BudgetAlarm"])
    monkeypatch.setattr(repository, "reserve", lambda *_arguments, **_options: None)
    who = service.Caller("forecast", uuid4(), "added-later", "openai", "m", "p", rules.Price(1.0, 1.0, 1.0))
    with pytest.raises(service.BudgetSpent):
        service._reserve(who, [], {}, NOON)
    observability.end()
    assert goes_off("BudgetAlarm", total(measured(), metric, dimensions))


def test_a_message_that_telegram_can_not_read(measured: Metrics) -> None:
    ((_, metric, dimensions),) = watched(ALARMS["DeliveriesRejectedAlarm"])
    due: Any = SimpleNamespace(delivery=SimpleNamespace(id=uuid4()))
    sender: Any = None
    delivery._failed(due, "1", TelegramError("ours", "400 can't parse entities"), NOON, sender)
    observability.end()
    assert goes_off("DeliveriesRejectedAlarm", total(measured(), metric, dimensions))


def test_a_configured_chat_that_can_not_be_written_to(measured: Metrics) -> None:
    ((_, metric, dimensions),) = watched(ALARMS["ConfiguredChatsRefusedAlarm"])
    for purpose, is_told in (("user", False), ("public", True)):
        due: Any = SimpleNamespace(chat=SimpleNamespace(id=uuid4(), purpose=purpose))
        delivery._gone(due, "1", "403 bot was kicked", NOON)
        observability.end()
        assert goes_off("ConfiguredChatsRefusedAlarm", total(measured(), metric, dimensions)) == is_told


def test_a_bot_that_telegram_refuses(measured: Metrics) -> None:
    ((_, metric, dimensions),) = watched(ALARMS["TelegramMisconfiguredAlarm"])
    pauses = list[float]()
    delivery._misset(TelegramError("key", "401 Unauthorized"), NOON, Courier(pause=pauses.append))
    observability.end()
    assert goes_off("TelegramMisconfiguredAlarm", total(measured(), metric, dimensions))
    assert pauses == [delivery.MISSET_S]


def test_an_event_that_nobody_works(measured: Metrics) -> None:
    ((_, metric, dimensions),) = watched(ALARMS["EventsLostAlarm"])
    with database.session() as session:
        outbox.add(session, ArticleStored(article_id=uuid4()), correlation_id="story", now=NOON)
    for attempt in range(1, outbox.MAX_ATTEMPTS + 1):
        outbox.relay(now=NOON + attempt * ArticleStored.patience + timedelta(seconds=1))
    observability.end()  # as a handler does
    assert goes_off("EventsLostAlarm", total(measured(), metric, dimensions))


@pytest.mark.parametrize("name", [*named("DeadLetterQueueAlarm"), "AsyncFailureQueueAlarm"])
def test_a_message_that_is_put_aside(name: str, started: Platform) -> None:
    ((_, _, dimensions),) = watched(ALARMS[name])
    url = create_queues(sqs.get_client(), started.template)[dimensions["QueueName"]["Fn::GetAtt"][0]]

    def visible() -> int:  # SQS's name of what CloudWatch calls visible
        names = sqs.get_client().get_queue_attributes(
            QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
        )
        return int(names["Attributes"]["ApproximateNumberOfMessages"])

    assert not goes_off(name, visible())
    sqs.get_client().send_message(QueueUrl=url, MessageBody="{}")
    assert goes_off(name, visible())


# of what AWS measures by itself: a value of every day, and one that somebody should be told of
AWS_VALUES = {
    "QueueAgeAlarm": (1800, 3700),
    "SealErrorAlarm": (1, 5),
    "SealMissingAlarm": (10, 0),
    "ApiErrorAlarm": (0.0, 0.05),
    "ApiLatencyAlarm": (900, 7000),
    "ApiThrottleAlarm": (0, 1),
    "DatabaseConnectionsAlarm": (104, 200),
    "DatabaseProcessorAlarm": (40, 95),
    "DatabaseStorageAlarm": (20e9, 1e9),
    "ProxyPinnedAlarm": (1, 40),
    "ForecastLagAlarm": (900, 7200),
    "ModelLatencyAlarm": (8000, 60000),
}


@pytest.mark.parametrize(("name", "usual", "bad"), [(name, *pair) for name, pair in AWS_VALUES.items()])
def test_what_is_usual_is_quiet_and_what_is_not_is_told(name: str, usual: float, bad: float) -> None:
    assert not goes_off(name, usual)
    assert goes_off(name, bad)


def share_of_errors(*, requests: int, errors: int, throttles: int | None) -> float:
    """What `ApiErrorAlarm` computes of a minute; None is a metric without a value in it."""
    (share,) = (each["Expression"] for each in ALARMS["ApiErrorAlarm"]["Metrics"] if "Expression" in each)
    known = {"requests": requests, "errors": errors, "throttles": throttles}
    functions = {
        "IF": lambda when, then, otherwise: then if when else otherwise,
        "FILL": lambda value, missing: missing if value is None else value,
    }
    return float(eval(share, {**functions, **known}))  # noqa: S307 - the template's own


def test_requests_that_find_no_environment_free_are_no_errors_that_take_a_deployment_back() -> None:
    errors = [metric for _, metric, _ in watched(ALARMS["ApiErrorAlarm"])]
    assert sorted(errors) == ["5XXError", "Count", "Throttles"]
    assert not goes_off("ApiErrorAlarm", share_of_errors(requests=500, errors=60, throttles=60))
    assert goes_off("ApiErrorAlarm", share_of_errors(requests=500, errors=66, throttles=60))
    assert goes_off("ApiErrorAlarm", share_of_errors(requests=500, errors=6, throttles=None))
    assert not goes_off("ApiErrorAlarm", share_of_errors(requests=500, errors=4, throttles=None))


def test_an_api_that_few_ask_and_that_always_fails_is_an_alarm() -> None:
    """Fifty stocks are seven requests a minute."""
    assert goes_off("ApiErrorAlarm", share_of_errors(requests=7, errors=7, throttles=None))
    assert not goes_off("ApiErrorAlarm", share_of_errors(requests=7, errors=2, throttles=None))


def test_no_alarm_is_left_out() -> None:
    seen = {*named("SourceAlarm"), *named("DeadLetterQueueAlarm"), *AWS_VALUES}
    seen |= {"BudgetAlarm", "DeliveriesRejectedAlarm", "EventsLostAlarm", "AsyncFailureQueueAlarm"}
    seen |= {"ConfiguredChatsRefusedAlarm", "TelegramMisconfiguredAlarm"}
    assert seen == set(ALARMS)
