"""The main job, end to end: crawl, match, embed, forecast, seal, evaluate, through the production handlers."""

import json
from datetime import datetime
from pathlib import Path

import pytest
import requests

from infra.local import pump, subscriber
from infra.local.sqs_event import sqs_event
from infra.local.stores import Stores
from infra.local.world import World
from infra.sandbox.market import Market
from infra.study.skill import Study, embed
from nunchi.market.calendar import xkrx
from tests.e2e import played
from tests.e2e.conftest import Baseline


def test_what_is_stored_agrees_with_the_markets_truth(baseline: Baseline) -> None:
    assert [check for check in baseline.checks if not check.holds] == []
    assert len(baseline.checks) == 8


def test_every_stage_did_something_and_nothing_failed(baseline: Baseline) -> None:
    assert all(baseline.counts.values()), baseline.counts
    assert baseline.replay.tally.failures == {}


BASELINES = {"prior", "neighbours"}
ALL = BASELINES | {"gpt-4o", "deepseek-v3.2"}

pytestmark = pytest.mark.timeout(900)  # the first of a process plays the market


def test_all_four_arms_answered_every_case_and_baselines_alone_the_routine(baseline: Baseline) -> None:
    answers = [json.loads(row) for row in baseline.content["answers"]]
    asked = {case["id"]: set(case["asked"]) for case in map(json.loads, baseline.content["cases"])}
    answered = {case: {one["arm"] for one in answers if one["case_id"] == case} for case in asked}
    assert answered == asked
    assert {frozenset(arms) for arms in asked.values()} == {frozenset(ALL), frozenset(BASELINES)}
    assert {answer["outcome"] for answer in answers} == {"ok"}
    assert len(answers) == sum(map(len, asked.values()))
    assert len(baseline.content["forecasts"]) == 3 * len(answers)


def test_the_scoreboard_measures_against_prior(baseline: Baseline) -> None:
    assert {line.horizon_sessions for line in baseline.performance} == {
        1
    }  # two sessions complete no longer horizon
    assert [line.skill for line in baseline.performance if line.arm == "prior"] == [0]
    # routine ones are put to baselines alone
    cases = {line.arm: line.cases for line in baseline.performance}
    assert cases["gpt-4o"] == cases["deepseek-v3.2"] < cases["prior"] == cases["neighbours"]


def test_who_subscribed_is_told_of_what_was_sealed(baseline: Baseline, world: World) -> None:
    told = [row for row in map(json.loads, baseline.content["alerts"]) if row["state"] == "told"]
    came = requests.get(f"{world.url}/_control/telegram/chats/{subscriber.CHAT}", timeout=10).json()
    assert told
    assert len(came) >= len(told)
    assert len(baseline.content["deliveries"]) == len(told)


def test_running_it_again_on_the_same_data_changes_nothing(baseline: Baseline) -> None:
    assert played.differences(baseline.content_after_second_run, baseline.content) == {}


def test_the_order_in_which_messages_come_changes_no_forecast(
    stores: Stores,
    market: Market,
    world: World,
    home: Path,
    baseline: Baseline,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each batch of messages is given to its function the other way round."""
    monkeypatch.setattr(pump, "sqs_event", lambda messages, arn: sqs_event(messages[::-1], arn))
    with played.empty_platform(stores, home / "reversed", world, "reversed") as running:
        played.load(running, market)
        played.play(running, market, world, home / "reversed.json")
        found = played.differences(played.content(), baseline.content)
    assert {name: lines for name, lines in found.items() if name != "events"} == {}


def test_the_study_forecasts_as_the_pipeline_does(baseline: Baseline, market: Market) -> None:
    """So what the study says of many markets is true of the system.

    Of the news until the first live close, that is: the study plays no disclosures and no posts, and none of the
    bars that the pipeline sees late.
    """
    study, closes_at = Study(market, xkrx(), embed(market, {})), xkrx().after(market.live[0], 0).closes_at
    studied = {}
    for place, told in enumerate(study.told):
        if market.live[0] <= told.known_at.date() and told.known_at < closes_at:
            for horizon, (prior, neighbours) in study.forecast(place).items():
                title = told.text.split("\n")[0]
                studied[title, told.code, horizon, "prior"] = tuple(prior)
                studied[title, told.code, horizon, "neighbours"] = tuple(neighbours)
    assert studied
    news = {article.title for article in market.articles}
    assert studied == {key: said for key, said in baselines_of(baseline, closes_at).items() if key[0] in news}


def baselines_of(baseline: Baseline, before: datetime) -> dict[tuple[str, str, int, str], tuple[float, ...]]:
    """The pipeline's forecasts of the two arms that are rules, by title, stock, horizon and arm."""
    return {
        (row["title"], row["stock_code"], row["horizon_sessions"], row["arm"]): tuple(
            row[f"p_{outcome}"] for outcome in ("down", "flat", "up")
        )
        for row in map(json.loads, baseline.content["forecasts"])
        if row["arm"] in {"prior", "neighbours"} and datetime.fromisoformat(row["as_of"]) < before
    }


def test_no_minute_that_is_skipped_would_have_done_anything(
    stores: Stores, market: Market, world: World, home: Path, baseline: Baseline
) -> None:
    """The first live session, with every minute of it played, leaves what it leaves with idle minutes skipped."""
    until = xkrx().after(market.live[0], 0).opens_at
    found = []
    for skip in (True, False):
        with played.empty_platform(stores, home / f"skip-{skip}", world, "skip") as running:
            played.load(running, market)
            replay = played.play(running, market, world, home / f"skip-{skip}.json", until, skip=skip)
            assert bool(replay.tally.minutes_skipped) is skip
            found.append(played.content())
    assert played.differences(*found) == {}
    assert found[0]["forecasts"]
