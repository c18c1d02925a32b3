"""Exact listed names in Korean text, and reprints."""

import pytest

from nunchi.articles import rules as article_rules
from nunchi.match.rules import named_stocks

NAMES = {"다온솔전자": "990010", "다온솔": "990020", "미르빛바이오": "990030"}


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("다온솔전자가 공급계약을 체결했다", ["990010"]),
        ("다온솔은 오르고 미르빛바이오는 내렸다", ["990020", "990030"]),
        ("미르빛바이오, 다온솔전자와 손잡아", ["990030", "990010"]),
        ("[다온솔전자] 실적", ["990010"]),
        ("새다온솔전자는 다른 회사다", []),
        ("다온솔전자부품은 다른 회사다", []),
        ("다온솔전자 다온솔전자", ["990010"]),
        ("아무 회사도 없다", []),
        ("", []),
    ],
)
def test_a_name_counts_as_a_word_with_its_particle(text: str, codes: list[str]) -> None:
    assert named_stocks(text, NAMES) == codes


def test_without_listed_names_nothing_is_named() -> None:
    assert named_stocks("다온솔전자", {}) == []


@pytest.mark.parametrize(
    "reprint", ["[속보] 다온솔전자, 실적 호조", "다온솔전자 실적호조(종합)", "다온솔전자,실적 호조…"]
)
def test_reprints_share_a_fingerprint(reprint: str) -> None:
    lead = "다온솔전자는 14일 실적을 밝혔다."
    assert article_rules.fingerprint(reprint, lead) == article_rules.fingerprint(
        "다온솔전자, 실적 호조", lead
    )


def test_another_story_has_another_fingerprint() -> None:
    lead = "다온솔전자는 14일 실적을 밝혔다."
    assert article_rules.fingerprint("다온솔전자 실적 호조", lead) != article_rules.fingerprint(
        "다온솔전자 실적 부진", lead
    )


def test_the_lead_is_the_first_sentence_of_the_first_paragraph() -> None:
    assert article_rules.lead("첫 문장이다. 둘째다.\n다음 문단.") == "첫 문장이다."
    assert len(article_rules.lead("가" * 1000)) == article_rules.LEAD_MAX
