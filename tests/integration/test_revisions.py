"""What ends badly, comes late or changes afterwards: waited for, flagged, scored anew, and never dropped."""

from datetime import date, datetime, timedelta
from statistics import stdev

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from nunchi.evaluate import reactions, service
from nunchi.evaluate.performance import perform
from nunchi.market.calendar import xkrx
from nunchi.models import (
    Adjustment,
    DailyBar,
    Evaluation,
    IndexBar,
    IndexLevel,
    MinuteBar,
    Performance,
    Product,
    Reaction,
    StoryStock,
    Waiting,
)
from nunchi.predict import repository as evidence
from tests.factories import NOON, bar, index_bar, stock, story
from tests.integration.test_evaluate import (
    AFTER_TUESDAY,
    MONDAY,
    SEALED,
    TUESDAY,
    add_bar,
    add_forecast,
    counted,
    history,
)

DAYS = [one.day for one in xkrx().between(MONDAY, date(2026, 11, 6))]
WEDNESDAY = DAYS[2]


def after(day: date) -> datetime:
    return xkrx().after(day, 0).closes_at + timedelta(hours=1)


def newest(session: Session) -> Evaluation:
    return session.scalars(
        select(Evaluation).where(Evaluation.superseded_at.is_(None)).execution_options(populate_existing=True)
    ).one()


def test_a_minute_bar_after_the_seal_is_the_entry(session: Session) -> None:
    add_forecast(session)
    add_bar(session, MONDAY, 10_000)
    add_bar(session, TUESDAY, 10_500)
    at = SEALED + timedelta(minutes=1)
    for minutes, price in ((-1, 9_000), (0, 9_100), (1, 9_800), (2, 9_900)):
        session.add(
            MinuteBar(
                **dict.fromkeys(("open_won", "high_won", "low_won", "close_won"), price),
                code="990010",
                at=SEALED + timedelta(minutes=minutes),
                known_at=SEALED + timedelta(minutes=5),
                volume_shares=1,
            )
        )
    session.add(IndexLevel(code="0001", known_at=at, level_points=2500.0))
    service.evaluate(session, xkrx(), now=AFTER_TUESDAY)
    found = newest(session)
    assert (found.entry_kind, found.entry_won, found.entry_at) == ("minute", 9_800, at)
    assert found.adjusted_return_ratio == pytest.approx(10_500 / 9_800 - 1)
    assert found.band_ratio == pytest.approx(0.5 * 0.02 * (1 + 0.6 * 208 / 390) ** 0.5)


def test_a_suspended_stock_is_scored_at_last_and_flagged(session: Session) -> None:
    add_forecast(session)
    add_bar(session, MONDAY, 10_000)
    for day in DAYS[1:9]:
        service.evaluate(session, xkrx(), now=after(day))
    (waits,) = session.scalars(select(Waiting))
    assert (waits.reason, waits.due_session, waits.resolved_at) == ("no_bar", TUESDAY, None)
    assert waits.missing_at == after(DAYS[7])  # five sessions after the one in which it was due have passed
    add_bar(session, DAYS[9], 7_000)
    found = service.evaluate(session, xkrx(), now=after(DAYS[9]))
    assert found == {"evaluated": 1, "revised": 0, "waiting": 0, "missing": 0}
    scored = newest(session)
    assert (scored.exit_session, scored.flags) == (DAYS[9], ["suspended_at_exit", "limit_at_exit"])
    assert scored.outcome == 0


def delist(session: Session, day: date) -> None:
    gone = Product(
        code="990010", known_at=NOON, name="다온솔전자", english_name="", market="STK", sector="",
        listed_shares=1, par_won=None, is_halted=True, is_administrative=True, delisted_on=day,
    )  # fmt: skip
    session.add(gone)


def test_a_delisted_stock_is_scored_at_its_last_price(session: Session) -> None:
    add_forecast(session)
    add_bar(session, MONDAY, 10_000)
    delist(session, WEDNESDAY)
    assert service.evaluate(session, xkrx(), now=after(TUESDAY))["waiting"] == 1
    assert service.evaluate(session, xkrx(), now=after(WEDNESDAY))["evaluated"] == 1
    assert (newest(session).exit_session, newest(session).flags) == (MONDAY, ["delisted"])


@pytest.mark.parametrize("traded", [True, False])
def test_a_stock_that_was_delisted_long_after_a_page_of_backlog_ends_with_its_last_trade(
    session: Session, traded: bool
) -> None:
    add_forecast(session)
    add_bar(session, MONDAY, 10_000)
    months = [one.day for one in xkrx().between(MONDAY, date(2027, 3, 31))]
    gone = months[service.PAGE + 30]
    if traded:
        add_bar(session, months[service.PAGE + 20], 7_000)
    delist(session, gone)
    assert service.evaluate(session, xkrx(), now=after(gone)) == counted(evaluated=1)
    scored = newest(session)
    if traded:
        assert (scored.exit_session, scored.exit_won) == (months[service.PAGE + 20], 7_000)
        assert scored.flags == ["suspended_at_exit", "limit_at_exit"]
    else:
        assert (scored.exit_session, scored.flags) == (MONDAY, ["delisted"])


def revise(session: Session, day: date, close: float, known_at: datetime) -> None:
    session.add(DailyBar(**bar("990010", day, close, known_at)))
    session.flush()


def test_a_changed_bar_scores_again_and_keeps_what_was_known(session: Session) -> None:
    add_forecast(session)
    add_bar(session, MONDAY, 10_000)
    add_bar(session, TUESDAY, 10_500)
    service.evaluate(session, xkrx(), now=AFTER_TUESDAY)
    perform(session, now=AFTER_TUESDAY)
    revise(session, TUESDAY, 9_000, AFTER_TUESDAY + timedelta(hours=1))
    later = after(WEDNESDAY)
    assert service.evaluate(session, xkrx(), now=later)["revised"] == 1
    first, second = session.scalars(
        select(Evaluation).order_by(Evaluation.revision).execution_options(populate_existing=True)
    )
    assert (first.outcome, first.exit_won, first.superseded_at) == (2, 10_500, later)
    assert (second.revision, second.outcome, second.exit_won, second.superseded_at) == (2, 0, 9_000, None)
    assert service.evaluate(session, xkrx(), now=later + timedelta(hours=1))["revised"] == 0
    perform(session, now=later)
    rps = {
        line.day: line.mean_rps
        for line in session.scalars(select(Performance).where(Performance.market == ""))
        if line.arm == "prior"
    }
    assert rps == {TUESDAY: pytest.approx(first.rps), WEDNESDAY: pytest.approx(second.rps)}
    perform(session, now=AFTER_TUESDAY)  # played again, the records are those of that moment
    tuesday = session.get_one(Performance, ("prior", 1, TUESDAY, "", "", False), populate_existing=True)
    assert tuesday.mean_rps == pytest.approx(first.rps)


def test_a_split_that_becomes_known_scores_again(session: Session) -> None:
    add_forecast(session)
    add_bar(session, MONDAY, 10_000)
    add_bar(session, TUESDAY, 5_000)
    service.evaluate(session, xkrx(), now=AFTER_TUESDAY)
    assert newest(session).outcome == 0
    known_at = AFTER_TUESDAY + timedelta(minutes=5)
    session.add(Adjustment(code="990010", from_session=TUESDAY, known_at=known_at, factor_ratio=0.5))
    session.flush()
    assert service.evaluate(session, xkrx(), now=after(WEDNESDAY))["revised"] == 1
    found = newest(session)
    assert (found.outcome, found.stock_return_ratio, found.flags) == (1, 0.0, ["adjusted"])
    assert (found.entry_won, found.exit_won) == (10_000, 5_000)


def test_another_day_changes_no_earlier_score(session: Session) -> None:
    add_forecast(session)
    add_bar(session, MONDAY, 10_000)
    add_bar(session, TUESDAY, 10_500)
    service.evaluate(session, xkrx(), now=AFTER_TUESDAY)
    before = dict(session.execute(select(Evaluation.__table__)).mappings().one())
    add_forecast(session, mark="b", sealed_at=SEALED + timedelta(days=1))
    add_bar(session, WEDNESDAY, 3_000)
    assert service.evaluate(session, xkrx(), now=after(WEDNESDAY))["evaluated"] == 1
    rows = [dict(row) for row in session.execute(select(Evaluation.__table__)).mappings()]
    assert before in rows
    assert len(rows) == 2


def test_a_late_forecast_is_kept_and_counts_as_priors(session: Session) -> None:
    add_forecast(session)
    sure = (0.01, 0.01, 0.98)
    late = add_forecast(session, "neighbours", sealed_at=SEALED + timedelta(minutes=40), probabilities=sure)
    add_bar(session, MONDAY, 10_000)
    add_bar(session, TUESDAY, 10_500)
    service.evaluate(session, xkrx(), now=AFTER_TUESDAY)
    scored = session.scalars(select(Evaluation).where(Evaluation.forecast_id == late.id)).one()
    assert (scored.late, scored.outcome) == (True, 2)
    assert scored.rps < scored.prior_rps  # type: ignore[operator]
    perform(session, now=AFTER_TUESDAY)
    line = session.get_one(Performance, ("neighbours", 1, TUESDAY, "", "", False))
    assert (line.cases, line.answered, line.late, line.abstained, line.skill) == (1, 0, 1, 0, 0)


def told(session: Session, days: int = 25) -> None:
    known = story()
    session.add_all([stock(), known])
    session.flush()
    session.add(StoryStock(story_id=known.id, stock_code="990010", known_at=NOON))
    if days:
        history(session, days)


def test_a_reaction_that_was_evidence_stays_as_it_was_known(session: Session) -> None:
    told(session)
    add_bar(session, MONDAY, 10_000)
    add_bar(session, TUESDAY, 12_000)
    reactions.react(session, xkrx(), now=AFTER_TUESDAY)
    revise(session, TUESDAY, 8_000, AFTER_TUESDAY + timedelta(hours=1))
    later = after(WEDNESDAY)
    assert reactions.react(session, xkrx(), now=later) == 1
    first, second = session.scalars(
        select(Reaction).order_by(Reaction.revision).execution_options(populate_existing=True)
    )
    assert (first.outcome, first.superseded_at, second.outcome) == (2, later, 0)
    for as_of, outcome in ((AFTER_TUESDAY, 2), (later - timedelta(seconds=1), 2), (later, 0)):
        (known,) = evidence.reactions_of(session, [first.story_id], as_of=as_of, until=date.max)[
            first.story_id
        ]
        assert known.outcome == outcome


def test_a_changed_bar_before_the_entry_changes_a_reactions_band(session: Session) -> None:
    told(session)
    add_bar(session, MONDAY, 10_000)
    add_bar(session, TUESDAY, 10_200)
    reactions.react(session, xkrx(), now=AFTER_TUESDAY)
    revise(session, date(2026, 10, 12), 14_000, AFTER_TUESDAY + timedelta(hours=1))
    assert reactions.react(session, xkrx(), now=after(WEDNESDAY)) == 1
    first, second = session.scalars(select(Reaction).order_by(Reaction.revision))
    assert first.adjusted_return_ratio == second.adjusted_return_ratio
    assert first.band_ratio is not None
    assert second.band_ratio is not None
    assert first.band_ratio < second.band_ratio


def test_a_reaction_tells_what_had_moved_before_its_entry(session: Session) -> None:
    told(session)
    closed = NOON + timedelta(hours=4)
    session.add(DailyBar(**bar("990010", MONDAY, 10_400, closed, opened=10_200)))
    session.add(IndexBar(**index_bar("0001", MONDAY, 2500.0, closed)))
    add_bar(session, TUESDAY, 10_400)
    session.flush()
    reactions.react(session, xkrx(), now=AFTER_TUESDAY)
    (found,) = session.scalars(select(Reaction))
    assert found.moved_since_known_ratio == pytest.approx(10_400 / 10_200 - 1)
    assert found.stock_return_ratio == pytest.approx(0)


def suspended_for_a_year(session: Session) -> list[date]:
    """A story of a stock that had not traded for a year; gives its 22 sessions before that."""
    told(session, days=0)
    last = [one.day for one in xkrx().between(date(2025, 1, 1), date(2025, 10, 16))][-22:]
    for place, day in enumerate(last):
        add_bar(session, day, 10_000 + 300 * (place % 2))
    for day, price in ((WEDNESDAY, 10_300), (DAYS[3], 10_700)):
        add_bar(session, day, price)
    return last


@pytest.mark.parametrize(("place", "revised"), [(0, 0), (1, 1), (21, 1)])
def test_a_changed_bar_of_a_year_before_changes_the_band_that_stands_on_it(
    session: Session, place: int, revised: int
) -> None:
    last = suspended_for_a_year(session)
    reactions.react(session, xkrx(), now=after(DAYS[3]))
    revise(session, last[place], 11_000, after(DAYS[3]) + timedelta(hours=1))
    assert reactions.react(session, xkrx(), now=after(DAYS[4])) == revised


def test_the_band_of_a_stock_that_was_suspended_for_long_is_that_of_its_last_sessions(
    session: Session,
) -> None:
    suspended_for_a_year(session)
    assert reactions.react(session, xkrx(), now=after(DAYS[3])) == 1
    (found,) = session.scalars(select(Reaction))
    sigma20 = stdev([300 / 10_000, -300 / 10_300] * 10)
    assert found.band_ratio == pytest.approx(0.5 * sigma20 * 1.6**0.5)
    assert (found.outcome, found.flags) == (2, ["suspended_at_entry"])
    assert found.moved_since_known_ratio == pytest.approx(0)  # from its price of a year before


def test_a_reaction_of_a_new_stock_is_kept_without_a_class_and_is_no_evidence(session: Session) -> None:
    told(session, days=20)
    for day in (MONDAY, TUESDAY):
        add_bar(session, day, 12_000)
    assert reactions.react(session, xkrx(), now=AFTER_TUESDAY) == 1
    assert reactions.react(session, xkrx(), now=AFTER_TUESDAY + timedelta(hours=1)) == 0
    (found,) = session.scalars(select(Reaction))
    assert (found.outcome, found.band_ratio, found.flags) == (None, None, ["short_history"])
    assert found.adjusted_return_ratio == pytest.approx(0)
    assert evidence.reactions_of(session, [found.story_id], as_of=after(TUESDAY), until=TUESDAY) == {}


def test_a_new_stocks_reaction_that_waited_for_a_bar_waits_no_more(session: Session) -> None:
    told(session, days=10)
    add_bar(session, MONDAY, 12_000)
    assert reactions.react(session, xkrx(), now=AFTER_TUESDAY) == 0
    add_bar(session, TUESDAY, 12_000)
    assert reactions.react(session, xkrx(), now=after(WEDNESDAY)) == 1
    (waited,) = session.scalars(select(Waiting).where(Waiting.horizon_sessions == 1))
    assert waited.resolved_at == after(WEDNESDAY)


def test_a_reaction_gets_its_class_when_older_bars_come(session: Session) -> None:
    told(session, days=20)
    for day in (MONDAY, TUESDAY):
        add_bar(session, day, 10_000)
    reactions.react(session, xkrx(), now=AFTER_TUESDAY)
    late = AFTER_TUESDAY + timedelta(hours=1)
    for one in xkrx().between(date(2026, 9, 7), date(2026, 9, 14)):
        session.add(DailyBar(**bar("990010", one.day, 10_000, late)))
        session.add(IndexBar(**index_bar("0001", one.day, 2500.0, late)))
    session.flush()
    assert reactions.react(session, xkrx(), now=after(WEDNESDAY)) == 1
    first, second = session.scalars(select(Reaction).order_by(Reaction.revision))
    assert (first.outcome, second.outcome, second.flags) == (None, 1, [])


def test_a_reaction_without_bars_waits_and_is_reported_missing(session: Session) -> None:
    told(session)
    add_bar(session, MONDAY, 10_000)
    for day in DAYS[1:8]:
        assert reactions.react(session, xkrx(), now=after(day)) == 0
    waits = list(session.scalars(select(Waiting).order_by(Waiting.horizon_sessions)))
    assert [one.horizon_sessions for one in waits] == [1, 2, 3, 5]
    assert [one.missing_at is not None for one in waits] == [True, False, False, False]
