"""Numbers in Korean texts, and whether they were in the input."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nunchi.predict import grounding

GIVEN: dict[str, Any] = {
    "story": {
        "title": "다온솔전자, 1조 2천억원 규모 공급계약… 매출의 5.1%",
        "first_sentence": "3분기 영업이익 1,234억원",
    },
    "as_of": "2026-10-19T12:00+09:00",
    "last_close_won": 10_150,
    "return_5_sessions_ratio": 0.0324,
    "return_20_sessions_ratio": -0.0871,
    "rsi_14": 61.2,
    "volume_to_mean_of_20_sessions_ratio": 2.13,
    "flows": {
        "net_buying_krw_millions": {"foreign": {"5_sessions": 1234}, "individual": {"5_sessions": -45_678}}
    },
    "roe_percent": 12.5,
    "disclosures": [{"title": "ㄱ"}, {"title": "ㄴ"}],
    "id": "77777777-8888-5999-8aaa-bbbbbbbbbbbb",
}


@pytest.mark.parametrize(
    "text",
    [
        "종가는 10,150원이다",
        "종가 10150원",
        "약 1만원 수준이다",
        "1만 150원에 마감",
        "1만150원",
        "5거래일 동안 3.24% 올랐다",
        "5일간 3.2% 올랐다",
        "5일간 +3.2%p",
        "3퍼센트가량 올랐다",
        "20거래일 수익률은 -8.7%다",
        "20일간 8.71% 내렸다",
        "20일간 −8.7%",
        "1조 2천억원 규모",
        "1조2000억원 규모",
        "1.2조원 규모",
        "12,000억원",
        "매출의 5.1%에 해당한다",
        "３분기 영업이익 1,234억",
        "RSI 14는 61.2로",
        "RSI 61",
        "거래량은 평균의 2.1배",
        "평균의 213%",
        "외국인이 12억 3,400만원을 순매수",
        "외국인 12.3억원 순매수",
        "외국인 순매수 1,234백만원",
        "개인은 457억원 순매도",
        "2026년 10월 19일 12시",
        "ROE 12.5%",
        "공시 2건",
        "1, 3, 5거래일",
        "영업이익은 견조하다",
    ],
)
def test_a_number_of_the_input_is_known_in_its_forms(text: str) -> None:
    assert grounding.foreign(text, GIVEN | {"horizons": [1, 3, 5]}) == []


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("목표가 15,000원", "15,000"),
        ("1조 3천억원 규모", "1조 3천억"),
        ("2조원 규모", "2조"),
        ("3.3% 올랐다", "3.3%"),
        ("3.25% 올랐다", "3.25%"),
        ("5일간 -3.2%", "3.2%"),
        ("+8.7% 올랐다", "8.7%"),
        ("4% 올랐다", "4%"),
        ("5.1배", "5.1"),  # the input has 5.1 %
        ("영업이익 1,234%", "1,234%"),
        ("RSI 70", "70"),
        ("공시 7건", "7"),
        ("2027년", "2027"),
        ("상승 확률 85%", "85%"),
        ("상승 확률 8​5%", "85%"),  # with a hidden character between its figures
        ("８５퍼센트", "85퍼센트"),
        ("외국인 1,300억원 순매수", "1,300억"),
        ("77777777주", "77777777"),  # a piece of an id is no number
    ],
)
def test_another_number_is_foreign(text: str, quoted: str) -> None:
    assert grounding.foreign(text, GIVEN) == [quoted]


def test_every_foreign_number_is_named() -> None:
    assert grounding.foreign("99% 확률로 3만원, 10,150원에서", GIVEN) == ["99%", "3만"]


def test_figures_beside_each_other_are_not_one_number() -> None:
    assert [one.text for one in grounding.numbers("3억 2026년")] == ["3억", "2026"]
    assert [one.size for one in grounding.numbers("3억 2026원")] == [300_002_026]
    assert [one.size for one in grounding.numbers("1조 2천억 3,000만원")] == [1_200_030_000_000]
    assert [one.size for one in grounding.numbers("3-5거래일")] == [3, 5]
    assert [one.sign for one in grounding.numbers("3-5거래일, (-2%), +1")] == [0, 0, -1, 1]


def test_a_rounding_that_changes_much_is_another_number() -> None:
    assert grounding.foreign("1조원, 1%", [6 * 10**11, 0.006]) == ["1조", "1%"]
    assert grounding.foreign("1조원, 1%, 0%", [9 * 10**11, 0.009, 0.0004]) == []


def test_without_an_input_every_number_is_foreign() -> None:
    assert grounding.foreign("1원", {}) == ["1"]
    assert grounding.foreign("오른다", {}) == []


@given(st.floats(-0.9, 0.9).map(lambda x: round(x, 4)), st.integers(0, 2))
def test_a_ratio_is_known_in_percent_with_any_digits(ratio: float, digits: int) -> None:
    percent = round(ratio * 100, digits)
    near = percent == 0 or abs(percent - ratio * 100) <= grounding.MOST_ROUNDED * abs(ratio * 100)
    assert (grounding.foreign(f"수익률 {percent:.{digits}f}%", [ratio]) == []) is near


@given(st.integers(10_000, 10**15))
def test_won_are_known_in_figures_and_in_korean_units(won: int) -> None:
    assert grounding.foreign(f"{won:,}원", [won]) == []
    parts = [
        (won // 10**12, "조"),
        (won // 10**8 % 10**4, "억"),
        (won // 10**4 % 10**4, "만"),
        (won % 10**4, ""),
    ]
    written = " ".join(f"{count}{unit}" for count, unit in parts if count)
    assert grounding.foreign(f"{written}원", [won]) == []


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    grounding.foreign(text, GIVEN)
