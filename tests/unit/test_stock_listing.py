"""Lists of stocks as CSV: taken wholly, or refused with every bad line named."""

import unicodedata

import pytest

from nunchi.stocks.listing import BadListing, parsed

HEADER = "code,name,market,priority"


def lines(*given: str, header: str = HEADER) -> bytes:
    return "\n".join([header, *given]).encode()


def refusal(content: bytes) -> str:
    with pytest.raises(BadListing) as refused:
        parsed(content)
    return str(refused.value)


def test_lines_become_stocks_by_their_number() -> None:
    found = parsed(lines("990010,다온솔전자,KOSPI,1", "990020, 나래해운 ,KOSDAQ,3"))
    assert [(n, one.code, one.name, one.market, one.priority) for n, one in found.items()] == [
        (2, "990010", "다온솔전자", "KOSPI", 1),
        (3, "990020", "나래해운", "KOSDAQ", 3),
    ]


def test_the_priority_may_be_left_out_and_other_columns_are_ignored() -> None:
    found = parsed(lines("990010,다온솔전자,KOSPI,x", header="code,name,market,sector"))
    assert found[2].priority == 2


def test_a_name_is_composed_and_a_byte_order_mark_is_none_of_the_header() -> None:
    name = unicodedata.normalize("NFD", "다온솔전자")
    assert parsed(b"\xef\xbb\xbf" + lines(f"990010,{name},KOSPI,2"))[2].name == "다온솔전자"


def test_every_bad_line_is_named() -> None:
    bad = lines("99001,다온솔전자,KOSPI,1", "990020,나래해운,KOSDAQ,2", "990030,,NYSE,4", "", "990040,가람")
    assert refusal(bad) == (
        "line 2: code is wrong or missing; line 4: name, market, priority is wrong or missing; "
        "line 6: market, priority is wrong or missing"
    )


def test_what_is_there_twice_is_refused_where_it_is_there_again() -> None:
    bad = lines("990010,가람,KOSPI,1", "990010,나래,KOSPI,1", "990030,가람,KOSPI,1")
    assert refusal(bad) == "line 3: code is there twice; line 4: name is there twice"


@pytest.mark.parametrize("name", ["가\u0000람", "가\u202e람", '"가\n람"', " ", "가" * 101])
def test_a_name_that_can_not_be_shown_is_refused(name: str) -> None:
    assert "name is wrong" in refusal(lines(f"990010,{name},KOSPI,1"))


def test_text_that_is_not_utf8_is_refused_by_its_line() -> None:
    assert refusal(lines("990010,가람,KOSPI,1") + b"\n990020,\xb0\xa1") == "line 3: text is wrong or missing"


def test_a_field_without_end_is_refused() -> None:
    assert "wrong" in refusal(lines('990010,"' + "가" * 140_000))


@pytest.mark.parametrize("content", [b"", HEADER.encode(), b"\n\n"])
def test_an_empty_list_has_no_stocks(content: bytes) -> None:
    assert parsed(content) == {}
