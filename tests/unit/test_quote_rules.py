"""What is asked of the broker in session, and how it is spread."""

from collections import Counter
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nunchi.market.calendar import Session, xkrx
from nunchi.quotes.rules import (
    BATCH,
    IN_SESSION,
    INDICES,
    LAST_CALL,
    STEP,
    Kind,
    batches,
    due_codes,
    is_in_session,
    is_last_call,
)

LATE_DAY = date(2026, 11, 19)  # 10:00 to 16:30
SESSION = xkrx().after(date(2026, 10, 19), 0)
MARKET = [(f"{n:06d}", 1 if n < 100 else 2 if n < 400 else 3) for n in range(2700)]
KINDS: list[Kind] = ["minute", "quote", "order_book"]


def runs(session: Session) -> list[datetime]:
    """The scheduled times of a session's day."""
    first = session.opens_at - timedelta(hours=1)
    return [first + STEP * n for n in range(12 * 10)]


@pytest.mark.parametrize("session", [SESSION, xkrx().after(LATE_DAY, 0)], ids=str)
def test_runs_are_made_from_the_first_step_to_the_last_call(session: Session) -> None:
    made = [moment for moment in runs(session) if is_in_session(moment, session)]
    assert (made[0], made[-1]) == (session.opens_at + STEP, session.closes_at + LAST_CALL)
    assert [moment for moment in made if is_last_call(moment, session)] == [made[-1]]


@pytest.mark.parametrize("kind", KINDS)
def test_every_stock_that_is_asked_about_at_all_is_asked_about_at_the_last_call(kind: Kind) -> None:
    asked = set(due_codes(kind, MARKET, SESSION.closes_at + LAST_CALL, SESSION))
    assert asked == {code for code, priority in MARKET if priority in IN_SESSION[kind].every_min}


@given(st.from_regex(r"\A[0-9A-Z]{6}\Z"), st.sampled_from([1, 2, 3]), st.sampled_from(KINDS))
def test_a_stock_has_its_turn_at_even_intervals(code: str, priority: int, kind: Kind) -> None:
    inside = [moment for moment in runs(SESSION) if is_in_session(moment, SESSION)][:-1]
    turns = [moment for moment in inside if list(due_codes(kind, [(code, priority)], moment, SESSION))]
    minutes = IN_SESSION[kind].every_min.get(priority)
    gaps = {later - earlier for earlier, later in pairwise(turns)}
    assert gaps == ({timedelta(minutes=minutes)} if minutes else set())


def test_the_whole_market_fits_below_the_rate_limit_with_half_of_it_to_spare() -> None:
    inside = [moment for moment in runs(SESSION) if is_in_session(moment, SESSION)][:-1]
    calls = Counter[datetime]()
    for moment in inside:
        calls[moment] += sum(
            1 for kind in ("minute", "order_book") for _ in due_codes(kind, MARKET, moment, SESSION)
        )
        calls[moment] += -(-len(list(due_codes("quote", MARKET, moment, SESSION))) // BATCH)
        calls[moment] += len(INDICES)
    assert max(calls.values()) < 18 * STEP.total_seconds() / 2


@given(st.lists(st.text(min_size=1, max_size=6), max_size=100))
def test_batches_hold_every_code_once_in_its_order(codes: list[str]) -> None:
    found = list(batches(codes))
    assert [code for batch in found for code in batch] == codes
    assert all(0 < len(batch) <= BATCH for batch in found)
