"""Logs, traces and metrics, all through Powertools. Crawled text is never a log line: log ids."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from nunchi import redaction
from nunchi.settings import get_settings

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger, Metrics, Tracer

SERVICE = "nunchi"
Handler = Callable[[dict[str, Any], Any], dict[str, Any]]
_FORMATTER = logging.Formatter()
Unit = Literal["Count", "Seconds", "Milliseconds", "None"]  # of CloudWatch; "None" for money


@cache
def get_logger() -> "Logger":
    """The structured logger. `append_keys(correlation_id=…)` makes it follow one story."""
    from aws_lambda_powertools import Logger

    for handler in logging.getLogger().handlers:  # Lambda's own, through which other libraries log
        handler.addFilter(redact)
    return Logger(service=SERVICE, utc=True, json_serializer=written)


def written(entry: dict[str, Any]) -> str:
    return json.dumps(redaction.entry(entry), ensure_ascii=False, separators=(",", ":"))


def redact(record: logging.LogRecord) -> bool:
    """Takes out of another library's line, and of an error's text in it, what a log must not keep; the rest is kept."""
    record.msg, record.args = redaction.text(record.getMessage()), None
    if record.exc_info:
        record.exc_text, record.exc_info = redaction.text(_FORMATTER.formatException(record.exc_info)), None
    return True


@cache
def get_metrics() -> "Metrics":
    """Counts in CloudWatch's embedded metric format; flushed when a handler returns."""
    from aws_lambda_powertools import Metrics

    return Metrics(namespace=SERVICE, service=SERVICE)


@cache
def get_tracer() -> "Tracer":
    """X-Ray segments; off outside Lambda."""
    from aws_lambda_powertools import Tracer

    # patching by itself imports every library that X-Ray knows, which takes longer than all of a cold start
    return Tracer(service=SERVICE, auto_patch=False)


@contextmanager
def segment(name: str, **annotations: str) -> Iterator[None]:
    """A part of a run in X-Ray, found by its annotations: ids and names, never a text."""
    if get_settings().powertools_trace_disabled:
        yield
        return
    with get_tracer().provider.in_subsegment(name=f"## {name}") as part:
        for key, value in annotations.items():
            part.put_annotation(key=key, value=value)
        yield


def traced(handler: Handler) -> Handler:
    """A handler in an X-Ray segment of its own. Neither answers nor errors go into it: they may quote a page."""

    def run(event: dict[str, Any], context: Any) -> dict[str, Any]:
        if get_settings().powertools_trace_disabled:
            return handler(event, context)
        capture = get_tracer().capture_lambda_handler(capture_response=False, capture_error=False)
        answer: dict[str, Any] = capture(handler)(event, context)
        return answer

    return run


def count(name: str, value: float = 1, **dimensions: str) -> None:
    """Adds to a metric, by dimension values such as `source="maekyung"`."""
    measure(name, value, "Count", **dimensions)


def measure(name: str, value: float, unit: Unit, **dimensions: str) -> None:
    """Records one value of a metric in a unit, by dimension values."""
    if get_settings().powertools_metrics_disabled:
        return
    if not dimensions:
        get_metrics().add_metric(name, unit=unit, value=value)
        return
    # every set of dimension values is a record of its own, so that counts of two sources never mix
    from aws_lambda_powertools.metrics import single_metric

    with single_metric(name, unit=unit, value=value, namespace=SERVICE) as metric:  # type: ignore[arg-type]
        for key, dimension in dimensions.items():
            metric.add_dimension(key, dimension)


def begin(context: Any, **keys: str) -> None:
    """Starts an invocation's log context: no key of the last one survives."""
    logger = get_logger()
    logger.set_correlation_id(None)
    logger.clear_state()
    logger.append_keys(function=context.function_name, request_id=context.aws_request_id, **keys)


def end() -> None:
    """Flushes what an invocation counted."""
    metrics = get_metrics()
    if metrics.metric_set:
        metrics.flush_metrics()
