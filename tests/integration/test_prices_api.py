"""Prices and figures of a stock over the API, as known now."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from nunchi.models import (
    Adjustment,
    DailyBar,
    FinancialRatio,
    InvestorFlow,
    MinuteBar,
    OrderBook,
    Quote,
)
from tests.factories import NOON, bar
from tests.integration.accounts_played import code, opened
from tests.integration.articles_worked import CODE, DAYS, history, store

FRIDAY, SPLIT = date(2026, 10, 16), date(2026, 10, 14)
OPENING = datetime(2026, 10, 16, tzinfo=UTC)  # nine in Seoul
LATER = NOON + timedelta(seconds=1)
STOCK = f"/api/stocks/{CODE}"


@pytest.fixture
def client(environment: dict[str, str]) -> Iterator[TestClient]:
    store(*history())
    with opened() as client:
        yield client


def got(client: TestClient, path: str, **query: Any) -> Any:
    answered = client.get(f"{STOCK}/{path}", params=query)
    assert answered.status_code == 200, answered.text
    return answered.json()


# --- daily


def test_sessions_come_oldest_first_within_the_days_asked_for(client: TestClient) -> None:
    found = got(client, "prices/daily", **{"from": "2026-10-14", "to": "2026-10-16"})["bars"]
    assert [one["first_session"] for one in found] == ["2026-10-14", "2026-10-15", "2026-10-16"]
    assert [one["sessions"] for one in found] == [1, 1, 1]
    assert len(got(client, "prices/daily")["bars"]) == len(DAYS)


def test_a_revision_counts_once_it_is_known(client: TestClient) -> None:
    store(
        DailyBar(**bar(CODE, FRIDAY, 12_345, NOON - timedelta(hours=1))),
        DailyBar(**bar(CODE, FRIDAY, 99_999, LATER)),
    )
    asked = {"from": "2026-10-16", "to": "2026-10-16"}
    known = {bar["close_won"] for bar in got(client, "prices/daily", **asked)["bars"]}
    assert 99_999.0 not in known
    assert len(known) == 1


def test_prices_before_a_split_are_on_todays_footing_unless_asked_as_traded(client: TestClient) -> None:
    store(
        Adjustment(code=CODE, from_session=SPLIT, known_at=NOON, factor_ratio=0.2),
        Adjustment(code=CODE, from_session=FRIDAY, known_at=LATER, factor_ratio=0.5),
    )
    asked = {"from": "2026-10-13", "to": "2026-10-14"}
    traded = got(client, "prices/daily", adjusted=False, **asked)["bars"]
    adjusted = got(client, "prices/daily", **asked)["bars"]
    assert adjusted[0]["close_won"] == pytest.approx(traded[0]["close_won"] * 0.2)
    assert adjusted[0]["volume_shares"] == traded[0]["volume_shares"]
    assert adjusted[1] == traded[1]


def test_weeks_hold_the_sessions_within_the_days(client: TestClient) -> None:
    weeks = got(client, "prices/daily", interval="week", **{"from": "2026-10-06"})["bars"]
    days = got(client, "prices/daily", **{"from": "2026-10-06"})["bars"]
    assert sum(one["sessions"] for one in weeks) == len(days)
    assert [date.fromisoformat(one["first_session"]).isocalendar().week for one in weeks] == [41, 42]
    assert weeks[-1]["close_won"] == days[-1]["close_won"]
    (october,) = got(client, "prices/daily", interval="month", **{"from": "2026-10-01"})["bars"]
    assert october["high_won"] == max(one["high_won"] for one in days)


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ({"from": "2026-10-17", "to": "2026-10-16"}, "order"),
        ({"from": "2020-01-01", "to": "2026-10-16"}, "span"),
        ({"from": "yesterday"}, "other"),
        ({"interval": "year"}, "literal_error"),
    ],
)
@pytest.mark.parametrize("language", ["en", "ko"])
def test_days_that_can_not_be_asked_for_are_refused(
    client: TestClient, query: dict[str, str], fault: str, language: str
) -> None:
    refused = client.get(f"{STOCK}/prices/daily", params=query, headers={"Accept-Language": language})
    assert code(refused) == "invalid"
    assert [one["code"] for one in refused.json()["errors"]] == [fault]


@pytest.mark.parametrize("ends", ["0001-01-01", "9999-12-31"])
def test_the_ends_of_time_are_days_without_bars(client: TestClient, ends: str) -> None:
    assert got(client, "prices/daily", to=ends)["bars"] == []


# --- minutes


def minutes(*numbers: int, known_at: datetime = NOON) -> list[MinuteBar]:
    return [
        MinuteBar(
            code=CODE,
            at=OPENING + timedelta(minutes=number),
            known_at=known_at,
            open_won=100 + number,
            high_won=103 + number,
            low_won=99 + number,
            close_won=101 + number,
            volume_shares=10,
        )
        for number in numbers
    ]


def test_minutes_are_put_together_from_the_opening(client: TestClient) -> None:
    store(*minutes(0, 1, 4, 5, 390), *minutes(6, known_at=LATER), *minutes(-10, 395))
    found = got(client, "prices/minute", session="2026-10-16", interval_minutes=5)["bars"]
    assert [datetime.fromisoformat(one["at"]) - OPENING for one in found] == [
        timedelta(minutes=number) for number in (0, 5, 390)
    ]
    first = {"open_won": 100, "high_won": 107, "low_won": 99, "close_won": 105, "volume_shares": 30}
    assert found[0] == {"at": "2026-10-16T00:00:00Z", **first}
    assert len(got(client, "prices/minute", session="2026-10-16")["bars"]) == 5


def test_without_a_session_minutes_are_of_the_latest_that_has_opened(client: TestClient) -> None:
    assert got(client, "prices/minute")["session"] == "2026-10-19"


@pytest.mark.parametrize("day", ["2026-10-17", "1999-01-04", "2999-01-04"])
def test_a_day_without_a_session_is_refused(client: TestClient, day: str) -> None:
    refused = client.get(f"{STOCK}/prices/minute", params={"session": day})
    assert refused.json()["errors"][0]["code"] == "no_session"


@pytest.mark.parametrize("length", [0, 2, 61, "1.5", "１", "9" * 5000])
def test_no_other_lengths_are_made(client: TestClient, length: Any) -> None:
    answered = client.get(f"{STOCK}/prices/minute", params={"interval_minutes": length})
    assert answered.status_code == 422


# --- what was asked for last


def test_the_newest_price_and_order_book_are_shown(client: TestClient) -> None:
    for number, known_at in enumerate((NOON - timedelta(minutes=5), NOON, LATER)):
        store(
            Quote(code=CODE, known_at=known_at, price_won=100 + number, volume_shares=7),
            OrderBook(
                code=CODE,
                known_at=known_at,
                ask_won=[101 + number, 102 + number],
                ask_shares=[1, 2],
                bid_won=[99 + number],
                bid_shares=[3],
            ),
        )
    quote, book = got(client, "quote"), got(client, "order-book")
    assert (quote["price_won"], quote["change_won"], quote["change_percent"]) == (101, None, None)
    assert datetime.fromisoformat(quote["known_at"]) == NOON
    assert book["asks"] == [{"price_won": 102, "shares": 1}, {"price_won": 103, "shares": 2}]
    assert book["bids"] == [{"price_won": 100, "shares": 3}]


@pytest.mark.parametrize(("path", "named"), [("quote", "시세 990010"), ("order-book", "호가 990010")])
def test_what_was_never_asked_for_is_not_found(client: TestClient, path: str, named: str) -> None:
    missing = client.get(f"{STOCK}/{path}", headers={"Accept-Language": "ko"})
    assert missing.status_code == 404
    assert named in missing.json()["detail"]


@pytest.mark.parametrize(
    "path",
    ["prices/daily", "prices/minute", "quote", "order-book", "flows", "ratios", "indicators"],
)
def test_nothing_is_found_of_a_stock_that_is_not_there(client: TestClient, path: str) -> None:
    missing = client.get(f"/api/stocks/999999/{path}")
    assert (missing.status_code, missing.json()["detail"]) == (404, "There is no stock 999999.")


# --- figures


def test_investors_are_shown_by_session_as_known_now(client: TestClient) -> None:
    names = [
        f"{who}_{unit}"
        for who in ("individual", "foreign", "institution")
        for unit in ("shares", "krw_millions")
    ]
    for known_at, bought in ((NOON - timedelta(hours=1), 5), (NOON, 7), (LATER, 9)):
        store(InvestorFlow(code=CODE, session=FRIDAY, known_at=known_at, **dict.fromkeys(names, bought)))
    (flow,) = got(client, "flows")["sessions"]
    assert (flow["session"], flow["foreign_shares"], flow["institution_krw_millions"]) == ("2026-10-16", 7, 7)
    assert got(client, "flows", to="2026-10-15")["sessions"] == []


def test_ratios_are_the_newest_periods_first(client: TestClient) -> None:
    for period, quarterly in ((date(2025, 12, 1), False), (date(2026, 3, 1), True), (date(2026, 6, 1), True)):
        for known_at, roe in ((NOON, 5.5), (LATER, 9.9)):
            store(
                FinancialRatio(
                    code=CODE, period=period, quarterly=quarterly, known_at=known_at, roe_percent=roe
                )
            )
    found = got(client, "ratios")["periods"]
    assert [one["period"] for one in found] == ["2026-06-01", "2026-03-01", "2025-12-01"]
    assert {one["roe_percent"] for one in found} == {5.5}
    assert [one["period"] for one in got(client, "ratios", of="years")["periods"]] == ["2025-12-01"]
    assert [one["period"] for one in got(client, "ratios", of="quarters", limit=1)["periods"]] == [
        "2026-06-01"
    ]


def test_indicators_are_those_of_a_case(client: TestClient) -> None:
    found = got(client, "indicators")
    assert found["last_session"] == "2026-10-16"
    assert 0 < found["rsi_14"] < 100
    assert found["sma_60_won"] is None
    assert found["volatility_20_sessions_ratio"] > 0
