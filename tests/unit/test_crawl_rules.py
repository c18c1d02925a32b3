"""What sites send: encodings, times, and text with noise in it."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nunchi.crawl import rules
from nunchi.crawl.boilerplate import CLOSINGS, NOTICES, OPENINGS
from nunchi.seoul import SEOUL

MOMENT = datetime(2026, 8, 14, 0, 28, tzinfo=UTC)
moments = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)).map(lambda at: at.replace(microsecond=0))


@pytest.mark.parametrize(
    "text",
    [
        "Fri, 14 Aug 2026 09:28:00 +0900",
        "Fri, 14 Aug 2026 09:28:00 +09:00",
        "Fri, 14 Aug 2026 00:28:00 GMT",
        "2026-08-14T09:28:00+09:00",
        "2026-08-14T09:28:00+0900",
        "2026.08.14 09:28",
        "2026.08.14. 오전 9:28",
        "입력 2026.08.14. 오전 9:28",
        "2026년 8월 14일 09:28",
        "2026/08/14 09:28:00",
        "2026-08-14 09:28:00",
        "2026-08-14 09:28",
        " 2026-08-14T00:28:00Z ",
    ],
)
def test_every_way_to_write_a_time_is_the_same_moment(text: str) -> None:
    assert rules.parse_time(text) == MOMENT


@pytest.mark.parametrize(
    ("text", "hour"),
    [("오전 12:05", 0), ("오후 12:05", 12), ("오후 4:05", 16), ("PM 11:05", 23), ("오전 9:05", 9)],
)
def test_halves_of_the_day_are_understood(text: str, hour: int) -> None:
    at = rules.parse_time(f"2026.08.14. {text}")
    assert (at.hour, at.minute, at.utcoffset()) == (hour, 5, timedelta(hours=9))


@pytest.mark.parametrize(
    "text",
    [
        "방금 전",
        "",
        "2026-08-14",
        "20260814",
        "09:28",
        "2026.13.41 09:28",
        "0001-01-01T00:00:00",
        "9" * 5000 + ":",
        "T",
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        rules.parse_time(text)


@given(moments)
def test_a_time_survives_being_written(at: datetime) -> None:
    korean = at.replace(tzinfo=SEOUL)
    assert rules.parse_time(f"{at:%Y-%m-%d %H:%M:%S}") == korean
    assert rules.parse_time(f"{at:%Y-%m-%dT%H:%M:%S}+09:00") == korean
    assert rules.parse_time(f"{at:%a, %d %b %Y %H:%M:%S} +09:00") == korean


@given(st.text(max_size=80))
def test_any_text_is_a_time_or_refused(text: str) -> None:
    with suppress(ValueError):
        assert rules.parse_time(text).utcoffset() is not None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "euc-kr", "cp949"])
def test_pages_are_read_whatever_they_claim(encoding: str) -> None:
    assert rules.decode("주가 상승".encode(encoding)) == "주가 상승"


def test_letters_that_only_cp949_has_are_read() -> None:
    assert rules.decode("뷁 똠방각하".encode("cp949")) == "뷁 똠방각하"


@pytest.mark.parametrize("encoding", ["utf-8", "cp949"])
def test_a_broken_byte_does_not_spoil_the_rest(encoding: str) -> None:
    text = rules.decode(b"\xff" + " 주가가 올랐다".encode(encoding) + b" \xff")
    assert "주가가 올랐다" in text


def test_boilerplate_and_empty_lines_leave_a_body() -> None:
    lines = ["첫 문단이다.", "", " reporter@mk.example ", "둘째   문단이다.", "ⓒ 매경 무단전재 금지"]
    patterns = (r"^ⓒ|무단전재", r"^[\w.+-]+@[\w.-]+$")
    assert rules.clean_body(lines, patterns) == "첫 문단이다.\n둘째 문단이다."


def body(*lines: str) -> str:
    return rules.clean_body(lines, NOTICES, OPENINGS, CLOSINGS)


@pytest.mark.parametrize(
    "line",
    [
        "ⓒ 한빛닷컴, 무단전재 및 재배포 금지",
        "<저작권자 ⓒ 가람경제, 무단전재-재배포 금지>",
        "Copyright © 새벽일보. All rights reserved. 무단 전재 및 재배포 금지.",
        "가나래 기자 nara@hanbit.example",
        "가나래 한빛닷컴 객원기자 open@hanbit.example",
        "가나래·다라온 기자 nara@hanbit.example, raon@hanbit.example",
        "/부산=가나래 기자 nara@hanbit.example",
        "nara@hanbit.example",
        "[가나래 기자]",
        "가나래 특파원",
        "사진=한빛통신",
        "회사 전경. [사진 제공 = 다온솔전자]",
        "부산항에 댄 배. /연합뉴스",
        "다온솔전자 본사. 사진=뉴스1",
        "▶ 새벽일보 네이버 채널 구독하기",
        "▶ 기사 제보는 02-000-0000",
        "새벽일보를 구독하고 소식을 먼저 받아보세요",
        "기사제보 및 보도자료 press@hanbit.example",
        "관련 기사",
        "이 기사는 10월 19일 09:28 한빛 프리미엄에 먼저 게재된 기사입니다",
        "광고",
    ],
)
def test_what_is_no_part_of_an_article_is_left_out(line: str) -> None:
    assert body("본문이다.", line) == "본문이다."


@pytest.mark.parametrize(
    "line",
    [
        "다온솔전자는 가전 구독하기 서비스를 시작했다.",
        "■ 구독경제가 뜬다",
        "◆ 홈페이지 개편 효과",
        "누리해운이 채널을 추가했다고 밝혔다.",
        "작가들은 무단 전재가 문제라고 했다.",
        "▲매출 10% 증가 ▲영업이익 20% 감소",
        "한 기자는 질문하지 못했다고 말했다.",
        "[단독] 다온솔전자, 공장 매각 나선다",
        "자료: 금융감독원",
        "구성: 주식 60%, 채권 40%",
        "다온솔전자가 제보를 받았다고 밝혔다.",
        "문의가 info@daon.example 주소로 쏟아졌다.",
    ],
)
def test_what_is_part_of_an_article_stays(line: str) -> None:
    assert body(line) == line


@pytest.mark.parametrize(
    "line",
    [
        "[한빛경제 가나래 기자] 수주가 늘었다.",
        "[부산=가나래 기자] 수주가 늘었다.",
        "(서울=한빛통신) 가나래 기자 = 수주가 늘었다.",
        "[서울=한빛통신]가나래 다라온 기자 = 수주가 늘었다.",
        "수주가 늘었다. 가나래 기자 nara@hanbit.example",
        "수주가 늘었다.[가나래 한빛투데이 기자]",
    ],
)
def test_bylines_within_a_paragraph_are_cut_off(line: str) -> None:
    assert body(line) == "수주가 늘었다."


def test_only_the_edges_of_a_long_paragraph_are_cut() -> None:
    long = "수주가 늘었다. 가나래 기자가 물었다. " * 50
    assert body(f"[한빛경제 가나래 기자] {long}nara@hanbit.example") == long.strip()


@given(st.lists(st.text(max_size=300), max_size=5))
def test_a_body_is_clean_lines_that_can_be_stored(lines: list[str]) -> None:
    found = body(*lines)
    assert found.encode("utf-8").decode("utf-8") == found
    assert "\x00" not in found
    assert all(line == rules.clean(line) and line for line in found.split("\n") if found)
