"""Which stories are routine: the labelled headlines, and what the rule must never do."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nunchi.predict import triage
from nunchi.predict.triage import routine

DATA = Path(__file__).parents[1] / "data"
# file: least precision, least recall. The unseen titles were written when the rule was finished.
LEAST = {"routine_headlines.tsv": (0.98, 0.95), "routine_unseen.tsv": (0.9, 0.8)}


@dataclass(frozen=True)
class Labelled:
    is_routine: bool
    kind: str
    title: str
    lead: str


def labelled(file: str) -> list[Labelled]:
    lines = (DATA / file).read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return [Labelled(label == "routine", kind, title, lead) for label, kind, title, lead in rows]


@pytest.mark.parametrize("file", LEAST)
def test_routine_stories_are_found_and_news_are_not(file: str) -> None:
    rows = labelled(file)
    found = [row for row in rows if routine(row.title, row.lead)]
    right = sum(row.is_routine for row in found)
    precision, recall = right / len(found), right / sum(row.is_routine for row in rows)
    least_precision, least_recall = LEAST[file]
    assert precision >= least_precision, [row.title for row in found if not row.is_routine]
    assert recall >= least_recall


def test_the_labelled_set_is_large_and_balanced() -> None:
    rows = labelled("routine_headlines.tsv")
    assert len(rows) >= 150
    assert len({row.title for row in rows}) == len(rows)
    assert 0.4 <= sum(row.is_routine for row in rows) / len(rows) <= 0.6


def test_no_recap_with_a_cause_among_the_labelled_is_routine() -> None:
    caused = [row for row in labelled("routine_headlines.tsv") if row.kind == "caused_recap"]
    assert [row.title for row in caused if routine(row.title, row.lead)] == []


@pytest.mark.parametrize(
    ("title", "lead", "rule"),
    [
        ("[포토] 다온솔전자 전시관", "", "photo"),
        ("이번 주 증시 일정", "", "calendar"),
        ("[날씨] 전국 맑음", "", "weather_or_exchange"),
        ("코스피 상승률 상위 10종목", "", "list"),
        ("코스피, 0.7% 오른 2655 마감", "", "market_wrap"),
        ("[특징주] 다온솔전자, 장 초반 5%대 강세", "", "price_recap"),
        ("[특징주] 다온솔전자, 장 초반 5%대 강세", "공급계약 소식에 강세다.", ""),
        ("[특징주] 다온솔전자, 수주에 5% 강세", "다온솔전자가 강세다.", ""),
        ("다온솔전자, 공급계약 체결", "다온솔전자가 계약을 맺었다.", ""),
        ("다온솔전자 주가 뚜렷한 호재 없이 급등", "", "price_recap"),
        ("", "", ""),
    ],
)
def test_it_says_which_rule_decided(title: str, lead: str, rule: str) -> None:
    assert routine(title, lead) == rule


PROPER = st.sampled_from([row.title for row in labelled("routine_headlines.tsv") if row.kind == "recap"])


@given(
    title=PROPER, cause=st.sampled_from(["대형 수주", "유상증자 결정", "깜짝 실적", "공장 화재", "신약 승인"])
)
def test_a_cause_in_the_lead_always_makes_a_recap_news(title: str, cause: str) -> None:
    assert routine(title, f"{cause} 뒤에 주가가 움직였다.") == ""


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_is_decided(title: str, lead: str) -> None:
    assert routine(title, lead) in {"", "price_recap", *(rule.name for rule in triage.RULES)}


def test_a_text_that_is_made_to_be_slow_is_decided_all_the_same() -> None:
    for unit in ("에 ", "코스피", "[포토", "1월 ", "순매수", "호재 없"):
        routine(unit * 20_000, unit * 20_000)  # the test's own time limit is what it is held against
