"""How answers of two platforms are told apart, how metrics are read from logs, and how a process gets its work."""

import http.client
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from infra.localstack.answers import Reader, differences
from infra.localstack.kept import metrics
from infra.localstack.runtime_api import HOST, RuntimeApi
from infra.localstack.ticker import set_clock
from nunchi.seoul import SEOUL

NOW = datetime(2026, 10, 20, 0, 30, tzinfo=UTC)


STORED: dict[str, Any] = {
    "/api/stocks": {"items": [{"code": "900001"}], "next_cursor": "b"},
    "/api/stocks?cursor=b": {"items": [{"code": "900002"}], "next_cursor": None},
    "/api/articles?limit=200": [{"id": "a"}],
    "/api/forecasts?limit=200": {"items": [{"id": "f"}], "next_cursor": "g"},
    "/api/forecasts?limit=200&cursor=g": {"items": [{"id": "g"}], "next_cursor": None},
    "/api/reports?limit=200": [{"id": "r"}],
    "/api/stories?limit=200": [{"id": "s"}],
    "/api/arms": [{"name": "prior"}],
    "/api/evaluations?limit=200": [{"forecast_id": "f"}],
    "/api/scoreboard": [{"arm": "prior"}],
    "/api/scoreboard/series": [{"arm": "prior"}],
    "/api/scoreboard/costs": [{"arm": "prior"}],
    "/api/ledger/days": [{"day": "2026-10-20"}],
    "/api/ledger/days/2026-10-20": [{"root": "ab"}],
    "/api/ledger/seals/ab": {"root": "ab"},
    "/api/ledger/seals/ab/leaves?limit=200": {"items": [{"forecast_id": "f"}], "next_cursor": "g"},
}


def ask(path: str) -> tuple[int, Any]:
    """A platform that has two stocks and a seal."""
    return 200, STORED.get(path, [])


def test_lists_are_read_to_their_ends_and_each_line_is_looked_into() -> None:
    answers = Reader(ask).read()
    assert {"/api/stocks/900001", "/api/stocks/900002", "/api/ledger/seals/ab"} <= answers.keys()
    assert "/api/ledger/seals/ab/leaves?limit=200&cursor=g" in answers
    assert {"/api/forecasts/f/proof", "/api/forecasts/g/proof", "/api/reports/r/status"} <= answers.keys()
    assert "/api/reports/history?stock_code=900002" in answers


def test_a_day_that_left_nothing_is_no_agreement() -> None:
    with pytest.raises(ValueError, match="/api/scoreboard has nothing"):
        Reader(lambda path: (200, [] if path == "/api/scoreboard" else STORED.get(path, []))).read()


def test_an_answer_that_is_an_error_stops_the_reading() -> None:
    with pytest.raises(ValueError, match="/api/stocks answered 500"):
        Reader(lambda _path: (500, {})).read()


@pytest.mark.parametrize(
    ("found", "expected", "named"),
    [
        ({"/a": {"x": 1}}, {"/a": {"x": 2}}, ["/a x: 1 instead of 2"]),
        ({"/a": [{"x": 1}, 2]}, {"/a": [{"x": 1}, 3]}, ["/a 1: 2 instead of 3"]),
        ({"/a": [1]}, {"/a": [1, 2]}, ["/a: [1] instead of [1, 2]"]),
        ({"/a": 1}, {"/b": 1}, ['/a: 1 instead of "(no answer)"', '/b: "(no answer)" instead of 1']),
        ({"/a": {"x": [1, {"y": None}]}}, {"/a": {"x": [1, {"y": None}]}}, []),
    ],
)
def test_every_difference_is_named_by_its_place(
    found: dict[str, Any], expected: dict[str, Any], named: list[str]
) -> None:
    assert differences(found, expected) == named


def test_metrics_are_summed_by_name_and_dimensions(tmp_path: Path) -> None:
    def record(source: str, value: object) -> str:
        directive = {"Dimensions": [["source", "service"]], "Metrics": [{"Name": "PagesRead"}]}
        told = {"_aws": {"CloudWatchMetrics": [directive]}, "source": source, "service": "nunchi"}
        return json.dumps(told | {"PagesRead": value})

    lines = ["START", record("dart", [1.0, 2.0]), record("naver", [4.0]), record("dart", 8), '{"_aws": cut']
    (tmp_path / "one.log").write_text("\n".join(lines))
    assert metrics(tmp_path) == {
        "PagesRead service=nunchi source=dart": 11.0,
        "PagesRead service=nunchi source=naver": 4.0,
    }


def test_the_clock_that_functions_read_is_utc(tmp_path: Path) -> None:
    set_clock(tmp_path / "clock", NOW.astimezone(SEOUL))
    assert (tmp_path / "clock").read_text() == NOW.isoformat()


def test_a_process_fetches_its_invocation_and_posts_its_answer() -> None:
    api = RuntimeApi(timeout_s=1)
    try:
        connection = http.client.HTTPConnection(api.address, timeout=10)
        given = {"invoke-id": "7", "invoked-function-arn": "arn", "trace-id": "t", "payload": '{"a": 1}'}
        api.give(given)
        connection.request("GET", "/2018-06-01/runtime/invocation/next")
        fetched = connection.getresponse()
        assert (fetched.headers["Lambda-Runtime-Aws-Request-Id"], fetched.read()) == ("7", b'{"a": 1}')
        # the client sends large answers in chunks
        body = iter([b'{"done"', b": true}"])
        connection.request("POST", "/2018-06-01/runtime/invocation/7/response", body, encode_chunked=True)
        connection.getresponse().read()
        answer = api.take(5)
        assert answer is not None
        assert (answer.request_id, answer.body, answer.is_error) == ("7", b'{"done": true}', False)
        connection.close()
    finally:
        api.close()
    assert api.address.startswith(HOST)
