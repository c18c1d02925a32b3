"""Which stocks are searched for in which run."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from nunchi.crawl.turns import EVERY_RUNS, RUN_S, has_turn

DAY = datetime(2026, 10, 19, tzinfo=UTC)
RUNS = [DAY + timedelta(seconds=RUN_S * n) for n in range(86_400 // RUN_S)]
QUOTA = 25_000  # calls a day
codes = st.from_regex(r"\A[0-9A-Z]{6}\Z")


@given(codes, st.sampled_from(sorted(EVERY_RUNS)))
def test_a_stock_has_its_turn_at_even_intervals(code: str, priority: int) -> None:
    turns = [place for place, run in enumerate(RUNS) if has_turn(code, priority, run)]
    assert len(turns) == len(RUNS) / EVERY_RUNS[priority]
    assert {b - a for a, b in pairwise(turns)} == {EVERY_RUNS[priority]}


@given(codes, st.sampled_from(sorted(EVERY_RUNS)), st.integers(0, RUN_S - 1))
def test_a_run_that_is_late_has_the_same_stocks(code: str, priority: int, late_s: int) -> None:
    late = DAY + timedelta(seconds=late_s)
    assert has_turn(code, priority, late) == has_turn(code, priority, DAY)


def test_the_stocks_of_a_large_list_stay_below_the_quota_and_are_spread_over_the_runs() -> None:
    stocks = [(f"{n:06d}", 1 if n < 100 else 2 if n < 400 else 3) for n in range(1200)]
    asked = Counter(run for run in RUNS for code, priority in stocks if has_turn(code, priority, run))
    assert asked.total() == 24_800 < QUOTA
    assert max(asked.values()) < 1.2 * asked.total() / len(RUNS)
