"""Scoring on a real database: once, when the bars are there, and with nobody let off."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from nunchi.evaluate import reactions, service
from nunchi.evaluate.performance import perform
from nunchi.evaluate.repository import rates
from nunchi.market.calendar import xkrx
from nunchi.models import (
    BaseRate,
    DailyBar,
    Evaluation,
    Forecast,
    IndexBar,
    Performance,
    Reaction,
    StoryStock,
)
from tests.factories import NOON, answer, bar, case, forecast, index_bar, stock, story
from tests.integration.test_dashboard import call

MONDAY, TUESDAY = date(2026, 10, 19), date(2026, 10, 20)
SEALED = NOON + timedelta(minutes=1)  # in session: the entry is Monday's close
AFTER_TUESDAY = xkrx().after(TUESDAY, 0).closes_at + timedelta(hours=1)


def add_bar(session: Session, day: date, close: float, index_close: float = 2500.0) -> None:
    known_at = xkrx().after(day, 0).closes_at + timedelta(minutes=10)
    session.add(DailyBar(**bar("990010", day, close, known_at)))
    session.add(IndexBar(**index_bar("0001", day, index_close, known_at)))


def add_forecast(
    session: Session,
    arm: str = "prior",
    sealed_at: datetime | None = SEALED,
    mark: str = "a",
    probabilities: Sequence[float] = (0.2, 0.5, 0.3),
) -> Forecast:
    session.merge(stock())
    told = session.merge(story(mark))
    session.flush()
    asked = session.merge(case(told))
    session.flush()
    said = answer(asked, arm)
    session.add(said)
    session.flush()
    made = forecast(said, 1, probabilities, sealed_at=sealed_at)
    session.add(made)
    session.flush()
    return made


def counted(**some: int) -> dict[str, int]:
    return {"evaluated": 0, "revised": 0, "waiting": 0, "missing": 0} | some


def evaluations(session: Session) -> list[Evaluation]:
    return list(session.scalars(select(Evaluation)))


def test_a_forecast_is_scored_on_the_trade_that_its_seal_allows(session: Session) -> None:
    made = add_forecast(session)
    add_bar(session, MONDAY, 10_000, 2500)
    add_bar(session, TUESDAY, 10_500, 2550)
    assert service.evaluate(session, xkrx(), now=AFTER_TUESDAY) == counted(evaluated=1)
    (scored,) = evaluations(session)
    assert scored.forecast_id == made.id
    assert (scored.entry_session, scored.entry_kind, scored.entry_won) == (MONDAY, "close", 10_000)
    assert (scored.exit_session, scored.exit_won) == (TUESDAY, 10_500)
    assert scored.adjusted_return_ratio == pytest.approx(0.05 - 0.02)
    assert scored.band_ratio == pytest.approx(0.5 * 0.02)
    assert scored.outcome == 2
    assert scored.rps == pytest.approx((0.2**2 + 0.7**2) / 2)
    assert scored.known_at == AFTER_TUESDAY


def test_a_forecast_is_scored_once(session: Session) -> None:
    add_forecast(session)
    add_bar(session, MONDAY, 10_000)
    add_bar(session, TUESDAY, 10_500)
    service.evaluate(session, xkrx(), now=AFTER_TUESDAY)
    again = service.evaluate(session, xkrx(), now=AFTER_TUESDAY + timedelta(hours=1))
    assert again == counted()
    assert len(evaluations(session)) == 1


def test_a_missing_bar_is_waited_for_and_no_loss_is_made_up(session: Session) -> None:
    add_forecast(session)
    add_bar(session, MONDAY, 10_000)
    assert service.evaluate(session, xkrx(), now=AFTER_TUESDAY) == counted(waiting=1)
    assert evaluations(session) == []


def test_nothing_is_scored_before_its_exit_has_closed_or_without_a_seal(session: Session) -> None:
    add_forecast(session)
    add_forecast(session, sealed_at=None, mark="b")
    add_bar(session, MONDAY, 10_000)
    add_bar(session, TUESDAY, 10_500)
    before = xkrx().after(TUESDAY, 0).closes_at - timedelta(seconds=1)
    assert service.evaluate(session, xkrx(), now=before) == counted()
    assert service.evaluate(session, xkrx(), now=AFTER_TUESDAY)["evaluated"] == 1


def test_a_halted_session_is_no_price(session: Session) -> None:
    add_forecast(session)
    add_bar(session, MONDAY, 10_000)
    add_bar(session, TUESDAY, 0)
    assert service.evaluate(session, xkrx(), now=AFTER_TUESDAY) == counted(waiting=1)


def records(session: Session, now: datetime = AFTER_TUESDAY) -> dict[str, Performance]:
    perform(session, now=now)
    return {
        line.arm: line
        for line in session.scalars(select(Performance).execution_options(populate_existing=True))
        if not line.market and not line.event_kind
    }


def test_an_arm_that_gave_no_forecast_is_given_priors_loss(session: Session) -> None:
    add_forecast(session)
    add_bar(session, MONDAY, 10_000)
    add_bar(session, TUESDAY, 10_500)
    service.evaluate(session, xkrx(), now=AFTER_TUESDAY)
    found = records(session)
    assert set(found) == {"neighbours", "prior"}  # those that the case was put to
    assert (found["neighbours"].cases, found["neighbours"].answered) == (1, 0)
    assert found["neighbours"].mean_rps == found["prior"].mean_rps
    assert found["neighbours"].skill == 0


def test_what_an_arm_cost_is_recorded_whether_it_answered_or_not(session: Session) -> None:
    add_forecast(session)
    add_bar(session, MONDAY, 10_000)
    add_bar(session, TUESDAY, 10_500)
    paid: dict[str, Any] = {"arm": "neighbours", "usd": 0.03}
    session.add_all(
        [call(1, 40, **paid), call(2, 40, **paid), call(3, 40, **paid, purpose="report"), call(4, 9, usd=1)]
    )
    session.flush()
    service.evaluate(session, xkrx(), now=AFTER_TUESDAY)
    found = records(session)
    in_vain = found["neighbours"]
    assert (in_vain.answered, in_vain.cost_usd, in_vain.cost_usd_per_forecast) == (0, 0.06, None)
    assert found["prior"].cost_usd is None


def test_a_forecast_that_was_sealed_into_another_trade_is_no_answer(session: Session) -> None:
    add_forecast(session)
    add_forecast(
        session, "neighbours", sealed_at=SEALED + timedelta(hours=4)
    )  # after the close: Tuesday's open
    for day, close in ((MONDAY, 10_000), (TUESDAY, 10_500), (date(2026, 10, 21), 9_000)):
        add_bar(session, day, close)
    now = AFTER_TUESDAY + timedelta(days=1)
    assert service.evaluate(session, xkrx(), now=now)["evaluated"] == 2
    found = records(session, now)
    assert (found["neighbours"].cases, found["neighbours"].answered) == (1, 0)
    assert found["neighbours"].mean_rps == found["prior"].mean_rps


def test_a_better_forecast_has_skill_against_prior(session: Session) -> None:
    add_forecast(session)
    add_forecast(session, "neighbours", probabilities=(0.1, 0.2, 0.7))
    add_bar(session, MONDAY, 10_000)
    add_bar(session, TUESDAY, 10_500)
    service.evaluate(session, xkrx(), now=AFTER_TUESDAY)
    found = records(session)
    assert found["neighbours"].answered == 1
    assert found["neighbours"].skill == pytest.approx(1 - (0.1**2 + 0.3**2) / (0.2**2 + 0.7**2))
    assert (found["neighbours"].hit_rate, found["prior"].hit_rate) == (1, 0)


def history(session: Session, sessions: int) -> None:
    """A stock that goes up and down a little around 10,000 won, until the Friday before."""
    for place, one in enumerate(xkrx().between(date(2026, 8, 1), date(2026, 10, 16))[-sessions:]):
        add_bar(session, one.day, 10_000 + 100 * (place % 2))


def test_reactions_come_as_their_bars_do_and_once(session: Session) -> None:
    told = story()
    session.add_all([stock(), told])
    session.flush()
    session.add(StoryStock(story_id=told.id, stock_code="990010", known_at=NOON))
    history(session, 25)
    add_bar(session, MONDAY, 10_000)
    assert reactions.react(session, xkrx(), now=AFTER_TUESDAY) == 0
    add_bar(session, TUESDAY, 12_000)
    assert reactions.react(session, xkrx(), now=AFTER_TUESDAY) == 1
    assert reactions.react(session, xkrx(), now=AFTER_TUESDAY + timedelta(hours=1)) == 0
    (found,) = session.scalars(select(Reaction))
    assert (found.horizon_sessions, found.entry_kind, found.outcome) == (1, "close", 2)
    assert found.adjusted_return_ratio == pytest.approx(0.2)
    assert found.known_at == AFTER_TUESDAY


def test_base_rates_are_counted_again_only_for_new_bars(session: Session) -> None:
    session.add(stock())
    history(session, 40)
    assert reactions.count_base_rates(session, now=NOON) == 1
    assert reactions.count_base_rates(session, now=NOON + timedelta(hours=1)) == 0
    add_bar(session, MONDAY, 10_000)
    assert reactions.count_base_rates(session, now=AFTER_TUESDAY) == 1
    counts = {
        rate.scope: rate.counts for rate in session.scalars(select(BaseRate).where(BaseRate.known_at == NOON))
    }
    assert counts["990010"] == counts["KOSPI"]  # its only stock
    assert sum(counts["990010"]["close"]["1"]) == 40 - 21 - 1
    assert rates.latest_counts(session, "KOSDAQ", now=AFTER_TUESDAY) == []
