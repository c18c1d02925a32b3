"""The sandbox misbehaves on demand, and for as many requests as it was told."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import openai
import pytest
import requests

from infra.sandbox.fault_presets import PRESETS
from infra.sandbox.market import generate
from infra.sandbox.server import serving

FIRST = date(2026, 5, 4)
WEEKDAYS = [day for day in (FIRST + timedelta(days=n) for n in range(28)) if day.weekday() < 5]
Misbehave = Callable[..., None]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving(generate(5, WEEKDAYS, live=5, companies=4, stories_per_session=2)) as address:
        yield address


@pytest.fixture
def misbehave(address: str) -> Iterator[Misbehave]:
    def order(*faults: dict[str, Any]) -> None:
        requests.put(f"{address}/_control/faults", json=faults, timeout=10).raise_for_status()

    yield order
    requests.delete(f"{address}/_control/faults", timeout=10).raise_for_status()


@pytest.fixture
def feed(address: str) -> str:
    return f"{address}/mk/rss/50200011/"


def get(url: str) -> requests.Response:
    return requests.get(url, timeout=10)


def test_a_status_comes_with_its_headers_and_body_as_often_as_asked(misbehave: Misbehave, feed: str) -> None:
    misbehave(
        {
            "path": "/mk",
            "kind": "status",
            "status": 429,
            "times": 2,
            "headers": {"Retry-After": "1"},
            "body": "잠시",
        }
    )
    answers = [get(feed) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert (answers[0].headers["Retry-After"], answers[0].text) == ("1", "잠시")


def test_a_fault_touches_only_its_path_and_never_the_controls(
    misbehave: Misbehave, address: str, feed: str
) -> None:
    misbehave(
        {"path": "/", "kind": "status", "status": 503}, {"path": "/kis", "kind": "status", "status": 500}
    )
    assert get(f"{address}/_control/truth").status_code == 200
    assert get(feed).status_code == 503
    assert get(feed).status_code == 200
    assert requests.post(f"{address}/kis/oauth2/tokenP", timeout=10).status_code == 500


def test_faults_can_be_taken_back(misbehave: Misbehave, address: str, feed: str) -> None:
    misbehave({"path": "/mk", "kind": "status", "times": 9})
    requests.delete(f"{address}/_control/faults", timeout=10)
    assert get(feed).status_code == 200


def test_a_cut_body_is_shorter_than_promised(misbehave: Misbehave, feed: str) -> None:
    whole = len(get(feed).content)
    misbehave({"path": "/mk", "kind": "cut"})
    with pytest.raises(requests.exceptions.ChunkedEncodingError) as failed:
        get(feed)
    assert f"{whole // 2} bytes read, {whole - whole // 2} more expected" in str(failed.value)


def test_a_reset_gives_no_answer(misbehave: Misbehave, feed: str) -> None:
    misbehave({"path": "/mk", "kind": "reset"})
    with pytest.raises(requests.ConnectionError, match="reset"):
        get(feed)
    assert get(feed).status_code == 200


def test_a_wrong_encoding_hides_behind_a_utf8_header(misbehave: Misbehave, feed: str) -> None:
    right = get(feed)
    misbehave({"path": "/mk", "kind": "encoding"})
    wrong = get(feed)
    assert wrong.headers["Content-Type"] == "text/xml;charset=UTF-8"
    with pytest.raises(UnicodeDecodeError):
        wrong.content.decode()
    assert wrong.content.decode("cp949") == right.content.decode()


def test_a_page_in_euc_kr_is_sent_as_utf8(misbehave: Misbehave, address: str) -> None:
    right = get(f"{address}/naver-finance/news/mainnews.naver")
    misbehave({"path": "/naver-finance", "kind": "encoding"})
    wrong = get(f"{address}/naver-finance/news/mainnews.naver")
    assert wrong.headers["Content-Type"] == right.headers["Content-Type"] == "text/html;charset=EUC-KR"
    assert wrong.content.decode() == right.content.decode("euc-kr")
    assert wrong.content != right.content


def test_garbage_is_no_document(misbehave: Misbehave, feed: str) -> None:
    misbehave({"path": "/mk", "kind": "garbage"})
    garbled = get(feed)
    assert garbled.status_code == 200
    assert b"<rss" not in garbled.content


def test_a_slow_answer_runs_into_a_time_out(misbehave: Misbehave, feed: str) -> None:
    misbehave({"path": "/mk", "kind": "latency", "seconds": 1})
    with pytest.raises(requests.ReadTimeout):
        requests.get(feed, timeout=0.2)
    misbehave({"path": "/mk", "kind": "latency", "seconds": 0.01})
    assert get(feed).status_code == 200


@pytest.mark.parametrize(
    "fault",
    [{"path": "/mk", "kind": "unheard"}, {"path": "/mk", "preset": "unheard"}, {"path": "/mk", "time": 1}],
)
def test_an_unknown_fault_is_refused(address: str, fault: dict[str, Any]) -> None:
    assert requests.put(f"{address}/_control/faults", json=[fault], timeout=10).status_code == 422


# --- presets


@pytest.fixture
def client(address: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(api_key="x", base_url=f"{address}/openai/v1", max_retries=0) as client:
        yield client


def ask(client: openai.OpenAI) -> Any:
    return client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "x"}])


@pytest.mark.parametrize(
    ("preset", "error", "code"),
    [
        ("rate_limit", openai.RateLimitError, "rate_limit_exceeded"),
        ("insufficient_quota", openai.RateLimitError, "insufficient_quota"),
        ("context_length_exceeded", openai.BadRequestError, "context_length_exceeded"),
        ("invalid_api_key", openai.AuthenticationError, "invalid_api_key"),
        ("openrouter_credits", openai.APIStatusError, "402"),
    ],
)
def test_an_error_reaches_the_client_as_the_real_one_does(
    misbehave: Misbehave, client: openai.OpenAI, preset: str, error: type[openai.APIStatusError], code: str
) -> None:
    misbehave({"path": "/openai", "preset": preset})
    with pytest.raises(error) as failed:
        ask(client)
    assert failed.value.code == code


def test_refusals_cut_answers_and_errors_come_inside_a_200(
    misbehave: Misbehave, client: openai.OpenAI
) -> None:
    misbehave(
        *({"path": "/openai", "preset": name} for name in ("refusal", "length", "openrouter_credits_in_200"))
    )
    refused, cut, failed = ask(client), ask(client), ask(client)
    assert (refused.choices[0].message.content, refused.choices[0].finish_reason) == (None, "stop")
    assert refused.choices[0].message.refusal
    assert cut.choices[0].finish_reason == "length"
    assert cut.choices[0].message.content == '{"forecasts": ['
    assert failed.error["code"] == 402


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_every_preset_is_sent_as_it_is_written(misbehave: Misbehave, feed: str, name: str) -> None:
    status, _, body = PRESETS[name]
    misbehave({"path": "/mk", "preset": name})
    answer = get(feed)
    assert (answer.status_code, answer.text if isinstance(body, str) else answer.json()) == (status, body)
