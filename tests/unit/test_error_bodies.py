"""What the sources' error bodies and listings say where they can't be read."""

from datetime import UTC, datetime

import pytest

from nunchi.adapters import naver, reddit

UNREADABLE = [b"", b"<html>", b"[]", b"null", b"{}", b"[" * 100_000, b'{"errorCode": 24, "data": []}']


@pytest.mark.usefixtures("no_collection")
@pytest.mark.parametrize("body", UNREADABLE)
def test_a_body_that_can_not_be_read_names_no_error_and_no_next_page(body: bytes) -> None:
    assert naver._error_code(body) == ""
    assert reddit._after(lambda: body, datetime(2026, 10, 19, tzinfo=UTC)) == ""


@pytest.mark.parametrize(
    ("code", "named"), [("024", "024"), ("SE01", "SE01"), ("<script>", ""), ("a" * 9, "")]
)
def test_only_what_looks_like_a_code_of_an_error_is_one(code: str, named: str) -> None:
    assert naver._error_code(b'{"errorCode": "%s"}' % code.encode()) == named
