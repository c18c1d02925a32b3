"""KIS's fields: text that is a number, a day or a time, and text that is none."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nunchi.adapters.kis.errors import UnexpectedBody
from nunchi.adapters.kis.fields import Row


@pytest.mark.parametrize(
    ("text", "number"), [("12", 12), ("-12", -12), ("+12", 12), (" 12 ", 12), ("12.00", 12), ("007", 7)]
)
def test_a_whole_number_is_read(text: str, number: int) -> None:
    assert Row("x", {"a": text}).whole("a") == number


@pytest.mark.parametrize("text", ["", "1.5", "1,000", "1_000", "１２", "0x1", "1e3", "--1", "nan", "9" * 19])
def test_what_is_no_whole_number_is_named_and_not_quoted(text: str) -> None:
    with pytest.raises(UnexpectedBody) as found:
        Row("inquire-price", {"a": text}).whole("a")
    assert str(found.value) == "KIS: inquire-price: a is no whole number"


@pytest.mark.parametrize("text", ["", "+", ".", "1,5", "nan", "inf", "1e9", "12.", "٣"])
def test_what_is_no_number_is_a_surprise(text: str) -> None:
    with pytest.raises(UnexpectedBody):
        Row("x", {"a": text}).decimal("a")


@given(st.decimals(-(10**12), 10**12, places=2))
def test_a_number_is_what_was_written(number: Any) -> None:
    assert Row("x", {"a": f"{number}"}).decimal("a") == float(number)


@pytest.mark.parametrize("text", ["", "2026070", "20260732", "2026-7-3", "２0260703", "00000000"])
def test_what_is_no_day_is_a_surprise(text: str) -> None:
    with pytest.raises(UnexpectedBody, match="is no day"):
        Row("x", {"a": text}).day("a")


@pytest.mark.parametrize("text", ["", "9", "250000", "096000", "09:000"])
def test_what_is_no_time_is_a_surprise(text: str) -> None:
    with pytest.raises(UnexpectedBody, match="is no time"):
        Row("x", {"a": text}).time("a")
