"""What sites send."""

from datetime import UTC, datetime

import pytest

from nunchi.crawl import rules

MOMENT = datetime(2026, 8, 14, 0, 28, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "Fri, 14 Aug 2026 09:28:00 +0900",
        "Fri, 14 Aug 2026 09:28:00 +09:00",
        "2026-08-14T09:28:00+09:00",
        "2026.08.14 09:28",
        "2026-08-14 09:28:00",
        " 2026-08-14T00:28:00Z ",
    ],
)
def test_every_way_to_write_a_time_is_the_same_moment(text: str) -> None:
    assert rules.parse_time(text) == MOMENT


def test_what_is_no_time_is_refused() -> None:
    with pytest.raises(ValueError, match=r".+"):
        rules.parse_time("방금 전")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "euc-kr", "cp949"])
def test_pages_are_read_whatever_they_claim(encoding: str) -> None:
    assert rules.decode("주가 상승".encode(encoding)) == "주가 상승"


def test_broken_bytes_lose_only_themselves() -> None:
    assert "abc" in rules.decode(b"abc\xff\xfe\xff")


@pytest.mark.parametrize(
    ("link", "path"),
    [
        ("https://site.example/news/1", "/news/1"),
        ("http://127.0.0.1:9/mk/news/1", "/news/1"),
        ("/news/1", "/news/1"),
        ("//evil.example/news/1", None),
        ("https://site.example.evil.example/news/1", None),
        ("http://169.254.169.254/latest/meta-data", None),
        ("javascript:alert(1)", None),
    ],
)
def test_a_link_to_another_host_is_not_followed(link: str, path: str | None) -> None:
    assert rules.path_on(link, ("http://127.0.0.1:9/mk", "https://site.example/")) == path


def test_boilerplate_and_empty_lines_leave_a_body() -> None:
    text = "첫 문단이다.\n\n  reporter@mk.example \n둘째   문단이다.\nⓒ 매경 무단전재 금지"
    patterns = (r"^ⓒ|무단전재", r"^[\w.+-]+@[\w.-]+$")
    assert rules.clean_body(text, patterns) == "첫 문단이다.\n둘째 문단이다."
