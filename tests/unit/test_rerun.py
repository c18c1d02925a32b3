"""Replays of stored history: their answers, records and reports."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest

from infra.rerun import answers, page, record, run
from infra.rerun.answers import Replayed, Triple
from infra.rerun.command import Wanted, _candidate, _costs, _cutoffs, asked_about
from infra.rerun.record import Happened, Said
from nunchi.adapters import openai
from nunchi.errors import UpstreamError
from nunchi.models import Arm
from tests.factories import NOON
from tests.unit.asked import question

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
        Happened(
            case(day * DAILY + place),
            1,
            FIRST + timedelta(days=day),
            drawn.randrange(3),
            PRIOR,
            FIRST + timedelta(days=day),
        )
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


HALF = FIRST + timedelta(days=DAYS // 2 - 1)


def test_what_a_model_may_have_read_of_is_apart_from_its_record(happened: list[Happened]) -> None:
    said = said_by_all(happened)
    counted, hindsight = record.apart(happened, said, {"right": HALF})
    of_right = [{case for case, arm in part if arm == "right"} for part in (counted, hindsight)]
    assert [len(part) for part in of_right] == [DAYS * DAILY // 2] * 2
    assert of_right[1] == {one.case_id for one in happened if one.known_on <= HALF}  # the last day is read
    assert {arm for _, arm in hindsight} == {"right"}
    assert {**counted, **hindsight} == said
    assert record.duel(happened, counted, "right", "wrong", 1).days == DAYS // 2


def test_a_model_whose_cut_off_nobody_knows_may_have_read_of_everything() -> None:
    registered = Arm(name="a", provider="openai", model="m", training_cutoff=date(2026, 1, 31))
    unknown = Arm(name="b", provider="openai", model="m", training_cutoff=None)
    free = Arm(name="prior", provider="baseline", model="prior", training_cutoff=None)
    wanted = Wanted(FIRST, FIRST, ["a", "b", "prior"])
    assert _cutoffs([registered, unknown, free], wanted) == {"a": date(2026, 1, 31), "b": date.max}
    told = replace(wanted, cutoff=HALF)
    assert _cutoffs([registered, unknown, free], told) == {"a": HALF, "b": HALF}


def test_another_model_has_not_the_cut_off_of_the_one_it_replaces() -> None:
    registered = Arm(
        name="a", provider="openai", model="m", prompt_version="p", training_cutoff=date(2026, 1, 31)
    )
    other = _candidate(registered, "a", Wanted(FIRST, FIRST, ["a"], model="n"))
    assert (other.model, other.training_cutoff) == ("n", None)
    prompted = _candidate(registered, "a", Wanted(FIRST, FIRST, ["a"], prompt="q"))
    assert prompted.training_cutoff == date(2026, 1, 31)


def test_only_baselines_are_asked_about_what_is_routine() -> None:
    model, free = Arm(name="gpt-4o", provider="openai"), Arm(name="prior", provider="baseline")
    asked = asked_about([case(1), case(2)], {case(2)}, [model, free])
    assert asked == [(case(1), model), (case(1), free), (case(2), free)]


# --- cost

PRICED = {
    "price_input_usd_per_mtok": 2.5,
    "price_cached_usd_per_mtok": 1.25,
    "price_output_usd_per_mtok": 10.0,
}
TIMEOUT = UpstreamError("openai", "APITimeoutError", passing=True, kind="timeout")
LIMITED = UpstreamError("openai", "429", passing=True, kind="rate_limit")
FILTERED = openai.Unusable(
    UpstreamError("openai", "content_filter", passing=False, kind="moderation"),
    openai.Completion("", "", cut=False, model="", input_tokens=1000, output_tokens=100),
)


@pytest.mark.parametrize(
    ("error", "least", "is_known"), [(TIMEOUT, 0.02, False), (LIMITED, 0, True), (FILTERED, 0.0035, True)]
)
def test_a_call_that_failed_costs_what_is_known_or_the_most_that_it_can(
    monkeypatch: pytest.MonkeyPatch, error: UpstreamError, least: float, is_known: bool
) -> None:
    def complete(*_: Any, **__: Any) -> openai.Completion:
        raise error

    monkeypatch.setattr(openai, "complete", complete)
    arm = Arm(name="gpt-4o", provider="openai", model="gpt-4o", **PRICED)
    made = run._ask(run.Task(case(1), arm, question()))
    assert made.outcome == error.kind
    assert made.calls == 1
    assert made.cost_usd == pytest.approx(least) if is_known else made.cost_usd > least
    assert made.unknown_usd == (0 if is_known else made.cost_usd)


def test_what_was_asked_again_is_paid_twice(tmp_path: Path) -> None:
    file = tmp_path / "answers.jsonl"
    for outcome in ("timeout", "ok"):
        answers.append(file, answer(outcome=outcome))
    assert _costs(answers.every(file)) == {"gpt-4o": 0.02}


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


def test_hindsight_is_told_apart_and_in_no_plot(happened: list[Happened]) -> None:
    counted, hindsight = record.apart(happened, said_by_all(happened), {"right": date.max})
    shown, apart = (record.records(happened, part) for part in (counted, hindsight))
    head, _, rest = page.render("a", [], shown, [], {"right": 0.5}, apart).partition(
        "Before the training cut-off"
    )
    assert "<td>wrong</td>" in head
    assert "<td>right</td>" not in head
    assert "<td>right</td>" in rest
    assert "<svg" not in rest


def test_the_same_numbers_give_the_same_report(happened: list[Happened]) -> None:
    found = record.records(happened, said_by_all(happened))
    first, second = (page.render("a", [], found, [], {}) for _ in range(2))
    assert first == second


def test_a_report_of_nothing_known_yet_can_be_written() -> None:
    assert "<h1>early</h1>" in page.render("early", ["no horizon is over"], [], [], {})
