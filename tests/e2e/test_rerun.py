"""`nunchi replay`: stored cases put to their arms again."""

import json

import pytest

from tests.e2e.conftest import ARMS, Baseline

pytestmark = pytest.mark.timeout(900)  # the first of a process plays the market


def test_arms_that_are_asked_again_say_what_they_said_live(baseline: Baseline) -> None:
    live: dict[tuple[str, str], dict[int, tuple[float, ...]]] = {}
    for row in map(json.loads, baseline.content["answers"]):
        live[row["case_id"], row["arm"]] = {}
    cases = {row["id"]: row["case_id"] for row in map(json.loads, baseline.content["answers"])}
    for row in map(json.loads, baseline.content["raw_forecasts"]):
        said = row["p_down"], row["p_flat"], row["p_up"]
        live[cases[row["answer_id"]], row["arm"]][row["horizon_sessions"]] = said
    again = {(str(case), arm): answer.forecasts for (case, arm), answer in baseline.asked_again.items()}
    assert again == live


def test_asking_again_is_no_part_of_the_live_record(baseline: Baseline) -> None:
    assert {answer.outcome for answer in baseline.asked_again.values()} == {"ok"}
    # the record after it is compared with that of a second run in test_replay
    assert all(answer.calls == (arm not in ARMS[:2]) for (_, arm), answer in baseline.asked_again.items())


def test_the_report_compares_the_arms_with_themselves(baseline: Baseline) -> None:
    for arm in ARMS:
        assert arm in baseline.report
        assert f"{arm} (live)" in baseline.report
    assert f"{len(baseline.content['cases']):,} cases" in baseline.report
