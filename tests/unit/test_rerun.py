"""Replays of stored history: their answers, records and reports."""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from random import Random
from uuid import UUID

import pytest

from infra.rerun import answers, page, record
from infra.rerun.answers import Replayed, Triple
from infra.rerun.record import Happened, Said
from tests.factories import NOON

PRIOR = (0.3, 0.4, 0.3)
SURE: Mapping[int, Triple] = {0: (0.9, 0.05, 0.05), 1: (0.05, 0.9, 0.05), 2: (0.05, 0.05, 0.9)}
FIRST = date(2026, 3, 2)
DAYS, DAILY = 160, 3


def case(number: int) -> UUID:
    return UUID(int=number)


def answer(number: int = 1, arm: str = "gpt-4o", outcome: str = "ok", up: float = 0.3) -> Replayed:
    said = (0.3, 0.7 - up, up)
    forecasts: dict[int, Triple] = {1: said, 3: said, 5: said} if outcome == "ok" else {}
    return Replayed(
        case_id=case(number), arm=arm, as_of=NOON, outcome=outcome, forecasts=forecasts, cost_usd=0.01
    )


@pytest.fixture
def happened() -> list[Happened]:
    drawn = Random(7)
    return [
        Happened(case(day * DAILY + place), 1, FIRST + timedelta(days=day), drawn.randrange(3), PRIOR)
        for day in range(DAYS)
        for place in range(DAILY)
    ]


def said_by_all(happened: list[Happened]) -> Said:
    """Four arms: one as prior, one that is right, one that is wrong, one that never answers."""
    said: dict[tuple[UUID, str], Mapping[int, Triple]] = {}
    for one in happened:
        said[one.case_id, "same"] = {1: PRIOR}
        said[one.case_id, "right"] = {1: SURE[one.outcome]}
        said[one.case_id, "wrong"] = {1: SURE[(one.outcome + 1) % 3]}
        said[one.case_id, "silent"] = {}
    return said


# --- answers


def test_answers_are_read_as_they_were_kept_and_the_newest_counts(tmp_path: Path) -> None:
    file = tmp_path / "answers.jsonl"
    kept = [answer(1), answer(2, outcome="server"), answer(2, up=0.5), answer(1, arm="prior")]
    for one in kept:
        answers.append(file, one)
    assert answers.read(file) == {(one.case_id, one.arm): one for one in [kept[0], kept[2], kept[3]]}


@pytest.mark.parametrize("lost", [1, 2, 30])
def test_what_a_killed_run_left_unfinished_is_no_answer(tmp_path: Path, lost: int) -> None:
    file = tmp_path / "answers.jsonl"
    for number in (1, 2):
        answers.append(file, answer(number))
    file.write_bytes(file.read_bytes()[:-lost])
    assert answers.read(file).keys() == {(case(1), "gpt-4o")}
    answers.append(file, answer(3))
    assert answers.read(file).keys() == {(case(1), "gpt-4o"), (case(3), "gpt-4o")}


@pytest.mark.parametrize(("outcome", "is_final"), [("ok", True), ("refused", True), ("server", False)])
def test_only_what_asking_again_would_not_change_is_final(outcome: str, is_final: bool) -> None:
    assert answer(outcome=outcome).is_final is is_final


# --- records


def test_records_tell_the_right_from_the_wrong(happened: list[Happened]) -> None:
    found = {one.arm: one for one in record.records(happened, said_by_all(happened))}
    assert found["same"].skill.skill == pytest.approx(0)
    assert found["right"].skill.skill > 0.8
    assert found["wrong"].skill.skill < 0
    verdicts = {arm: one.versus_prior.verdict for arm, one in found.items()}
    assert verdicts == {
        "same": "not enough evidence",
        "silent": "not enough evidence",
        "right": "a better",
        "wrong": "b better",
    }


def test_what_an_arm_does_not_answer_counts_as_priors(happened: list[Happened]) -> None:
    found = {one.arm: one for one in record.records(happened, said_by_all(happened))}
    assert found["silent"].mean_rps == found["same"].mean_rps
    assert (found["silent"].coverage, found["same"].coverage) == (0, 1)
    assert found["silent"].forecasts == found["same"].forecasts == DAYS * DAILY


def test_the_gain_ends_at_the_difference_of_all_losses(happened: list[Happened]) -> None:
    found = {one.arm: one for one in record.records(happened, said_by_all(happened))}
    right, same = found["right"], found["same"]
    assert right.gain[-1][1] == pytest.approx((same.mean_rps - right.mean_rps) * right.forecasts)
    assert [day for day, _ in right.gain] == [FIRST + timedelta(days=n) for n in range(DAYS)]


def test_arms_are_compared_on_the_cases_of_both_only(happened: list[Happened]) -> None:
    said = said_by_all(happened)
    half = {key: value for key, value in said.items() if key[1] != "wrong" or key[0].int < DAYS * DAILY // 2}
    found = record.duel(happened, half, "right", "wrong", 1)
    assert (found.verdict, found.days) == ("a better", DAYS // 2)
    turned = record.duel(happened, half, "wrong", "right", 1)
    assert turned.mean_difference == -found.mean_difference


def test_a_horizon_of_which_nothing_is_known_has_no_record(happened: list[Happened]) -> None:
    assert {one.horizon_sessions for one in record.records(happened, said_by_all(happened))} == {1}


# --- the report


def test_the_report_stands_alone_and_quotes_what_it_is_given(happened: list[Happened]) -> None:
    hostile = "<script>alert(1)</script>"
    said = {(one.case_id, hostile): {1: SURE[one.outcome]} for one in happened}
    found = record.records(happened, said)
    duel = (hostile, hostile, 1, record.duel(happened, said, hostile, hostile, 1))
    written = page.render("Replay & report", [hostile], found, [duel], {hostile: 1.5})
    assert "<script" not in written
    assert "&lt;script&gt;alert(1)" in written
    assert "Replay &amp; report" in written
    assert [part for part in ("src=", "@import", "<link") if part in written] == []
    assert written.count("<svg") == 3


def test_the_same_numbers_give_the_same_report(happened: list[Happened]) -> None:
    found = record.records(happened, said_by_all(happened))
    first, second = (page.render("a", [], found, [], {}) for _ in range(2))
    assert first == second


def test_a_report_of_nothing_known_yet_can_be_written() -> None:
    assert "<h1>early</h1>" in page.render("early", ["no horizon is over"], [], [], {})
