"""A stock beside its index."""

from datetime import date, timedelta

import pytest

from nunchi.market.paired import Paired, class_counts
from nunchi.market.rules import Entry, Outcome, Prices

FIRST = date(2026, 1, 1)


def series(closes: list[float], first: date = FIRST) -> list[Prices]:
    return [Prices(first + timedelta(days=n), close, close) for n, close in enumerate(closes)]


def wiggling(count: int) -> list[float]:
    return [100.0 + (n % 2) for n in range(count)]


def flat_index(count: int) -> list[Prices]:
    return series([1000.0] * count)


def test_sigma20_before_a_day_knows_nothing_of_that_day() -> None:
    closes = wiggling(30)
    calm, crash = (
        Paired(series(closes), flat_index(30)),
        Paired(series([*closes[:25], 1.0, *closes[26:]]), flat_index(30)),
    )
    day = FIRST + timedelta(days=25)
    assert calm.sigma20_before(day) == crash.sigma20_before(day)
    assert calm.sigma20_before(day + timedelta(days=1)) != crash.sigma20_before(day + timedelta(days=1))


def test_twenty_returns_need_twenty_one_sessions_before() -> None:
    pair = Paired(series(wiggling(30)), flat_index(30))
    assert pair.sigma20_before(FIRST + timedelta(days=20)) is None
    assert pair.sigma20_before(FIRST + timedelta(days=21)) is not None


def test_a_missing_bar_gives_no_move() -> None:
    stock = series(wiggling(30))
    del stock[10]
    pair = Paired(stock, flat_index(30))
    gone = FIRST + timedelta(days=10)
    assert pair.own(gone) is None
    assert pair.move(Entry(gone, "close"), FIRST + timedelta(days=12)) is None
    assert pair.move(Entry(FIRST, "close"), gone) is None


def test_class_counts_see_each_complete_session_once() -> None:
    rising = series([100.0 * 1.05**n * (1 + n % 2 / 100) for n in range(40)])
    counts = class_counts(Paired(rising, flat_index(40)), (1, 3))
    assert sum(counts["close"]["1"]) == 40 - 21 - 1
    assert sum(counts["open"]["3"]) == 40 - 21 - 3
    assert counts["close"]["3"][Outcome.UP] == 16


def test_a_stock_that_moves_with_its_index_stays_flat() -> None:
    closes = wiggling(40)
    pair = Paired(series(closes), series([close * 10 for close in closes]))
    counts = class_counts(pair, (1,))
    assert counts["close"]["1"] == [0, 18, 0]
    measured = pair.measure(Entry(FIRST + timedelta(days=22), "close"), FIRST + timedelta(days=23), 1, 0.01)
    assert measured is not None
    assert measured.move.adjusted == pytest.approx(0)
