"""What no log keeps, and what it must keep."""

import io
import json
import logging

import pytest
from aws_lambda_powertools import Logger
from hypothesis import given
from hypothesis import strategies as st

from nunchi import observability, redaction

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJtYWRlLXVwIn0.c2lnbmF0dXJl"
BOT = "123456789:AAmadeupmadeupmadeupmadeupmadeup12"
WORD = "correct-horse-1"
SECRETS = {
    "a bearer token": (f"Authorization: Bearer {JWT}", JWT),
    "a token alone": (f"refused {JWT} at the door", JWT),
    "a password of a form": (f"email=someone&password={WORD}&x=1", WORD),
    "a password in JSON": (f'{{"password": "{WORD}"}}', WORD),
    "a password that a library quotes": (f"login failed (passwd='{WORD}')", WORD),
    "a login in an address": (f"postgresql+pg8000://nunchi:{WORD}@db.example.com:5432/x", WORD),
    "a key of a model": ("Incorrect API key provided: sk-proj-Ab12Cd34Ef56", "sk-proj-Ab12Cd34Ef56"),
    "a key in a query": ("GET /list.json?crtfc_key=0123456789abcdef&corp=1", "0123456789abcdef"),
    "the broker's keys": ("{'appkey': 'PSMADEUP', 'appsecret': 'x'}", "PSMADEUP"),
    "a bot's token in its path": (f"POST /bot{BOT}/sendMessage", BOT),
    "an e-mail address": (
        "no such user: someone.else+x@mail.example.co.kr",
        "someone.else+x@mail.example.co.kr",
    ),
    "a chat": ("chat_id=-1001234567890 is gone", "1001234567890"),
    "a chat in words": ("chat 9876543210 blocked us", "9876543210"),
    "a cookie": ("Cookie: __Host-refresh=abcdef", "abcdef"),
}
KEPT = [
    "a message failed",
    "input_tokens=120 output_tokens=88",
    "2026-10-19T06:40:00+00:00 naver 005930 https://finance.example.com/news/read?article_id=12",
    "8f14e45f-ceea-467f-a1d2-7b1d7c5e1c11",
    "source: maekyung, where: #article_body",
]


@pytest.mark.parametrize(("line", "secret"), SECRETS.values(), ids=SECRETS)
def test_a_secret_is_not_in_the_line_that_is_kept(line: str, secret: str) -> None:
    assert secret in line
    assert secret not in redaction.text(line)


@pytest.mark.parametrize("line", KEPT)
def test_what_is_no_secret_is_kept(line: str) -> None:
    assert redaction.text(line) == line


@given(st.text())
def test_a_line_that_was_redacted_is_not_changed_again(line: str) -> None:
    once = redaction.text(line)
    assert redaction.text(once) == once


@given(
    st.recursive(st.text() | st.integers(), lambda each: st.lists(each) | st.dictionaries(st.text(), each))
)
def test_an_entry_of_any_shape_can_still_be_written(value: object) -> None:
    json.dumps(redaction.entry(value))


@pytest.mark.parametrize(
    "name",
    [
        *("password", "chat_id", "Authorization", "refreshToken", "X-Origin-Key", "email"),
        *("new_password", "x-naver-client-secret", "operators_chat", "openai_api_key"),
    ],
)
def test_a_field_of_a_secret_name_is_gone_at_any_depth(name: str) -> None:
    assert "abc" not in json.dumps(redaction.entry({"outer": [{name: "abc"}]}))
    assert "1234567" not in json.dumps(redaction.entry({name: 1234567}))


def test_counts_of_tokens_stay() -> None:
    entry = {"input_tokens": 12, "stock_code": "990010", "counts": {"stored": 3}}
    assert redaction.entry(entry) == entry


def test_neither_a_field_nor_an_error_brings_a_secret_into_the_log() -> None:
    stream = io.StringIO()
    logger = Logger(service="redaction", stream=stream, json_serializer=observability.written)
    try:
        raise ConnectionError(f"no answer from https://me:{WORD}@example.com")
    except ConnectionError:
        logger.exception("a message failed", chat_id=1234567, where=f"Bearer {JWT}")
    assert not [secret for secret in (WORD, "1234567", JWT) if secret in stream.getvalue()]
    line = json.loads(stream.getvalue())
    assert line["message"] == "a message failed"
    assert line["exception_name"] == "ConnectionError"


def test_the_functions_log_writes_so() -> None:
    assert vars(observability.get_logger().registered_formatter)["json_serializer"] is observability.written


def test_what_another_library_logs_is_redacted_too() -> None:
    record = logging.LogRecord("openai", logging.INFO, "x", 1, "key %s", ("sk-proj-Ab12Cd34Ef56",), None)
    assert observability.redact(record) is True
    assert "sk-proj" not in record.getMessage()


def test_an_error_that_another_library_logs_is_redacted_too() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(observability.redact)
    logger = logging.Logger("another library")
    logger.addHandler(handler)
    try:
        raise ConnectionError(f"POST /bot{BOT}/sendMessage for someone@example.com")
    except ConnectionError:
        logger.exception("it failed")
    assert "ConnectionError" in stream.getvalue()
    assert not [secret for secret in (BOT, "someone@example.com") if secret in stream.getvalue()]
