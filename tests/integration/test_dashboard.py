"""The dashboard over HTTP."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.pool import QueuePool

from nunchi import database, ids
from nunchi.adapters import redis
from nunchi.models import (
    Adjustment,
    Arm,
    CalendarDay,
    DailyBar,
    IndexBar,
    IndexLevel,
    InvestorFlow,
    ModelCall,
    OutboxRow,
    Quote,
    Stock,
    WatchedStock,
    Watchlist,
)
from nunchi.models.crawling import CrawlRun
from tests.factories import NOON, article, bar, stock, story
from tests.integration.accounts_played import Hands, bearing, grant, stored_user
from tests.integration.api_rows import store

MONDAY, FRIDAY = date(2026, 10, 19), date(2026, 10, 16)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NIGHT_BEFORE = NOON - timedelta(hours=12, minutes=1)  # Sunday 23:59 in Seoul


@pytest.fixture
def hands() -> Hands:
    return Hands()


def got(client: TestClient, name: str, headers: dict[str, str] | None = None, **asked: Any) -> Any:
    answer = client.get(f"/api/dashboard/{name}", params=asked, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def quote(code: str, price: int, base: int | None, at: datetime = NOON, volume: int = 10) -> Quote:
    return Quote(code=code, known_at=at, price_won=price, volume_shares=volume, base_won=base)


def daily(code: str, day: date, close: int, at: datetime, volume: int = 10) -> DailyBar:
    return DailyBar(**bar(code, day, close, at) | {"volume_shares": volume})


def stocks(*codes: str) -> None:
    store(*(stock(code, f"종목 {code}") for code in codes))


# --- the summary


def test_the_summary_of_an_empty_day_says_so(client: TestClient) -> None:
    found = got(client, "summary")
    assert found["indices"] == []
    assert found["today"] == {
        "articles": 0,
        "stories": 0,
        "forecasts": 0,
        "sealed_forecasts": 0,
        "reports": 0,
        "newest_forecast_at": None,
        "newest_report_at": None,
    }


def test_what_came_in_is_counted_from_midnight_in_seoul(client: TestClient) -> None:
    store(
        article(1, known_at=NIGHT_BEFORE),
        article(2, known_at=NIGHT_BEFORE + MINUTE),
        article(3),
        article(4, known_at=NOON + MINUTE),
        story("one"),
        story("two", NIGHT_BEFORE),
    )
    today = got(client, "summary")["today"]
    assert (today["articles"], today["stories"]) == (2, 1)


@pytest.mark.parametrize(
    ("hour", "day", "state"),
    [(8, 19, "before"), (9, 19, "open"), (15, 19, "open"), (16, 19, "closed"), (12, 18, "holiday")],
)
def test_the_session_is_that_of_today(
    client: TestClient, hands: Hands, hour: int, day: int, state: str
) -> None:
    hands.now = datetime(2026, 10, day, tzinfo=UTC) + (hour - 9) * HOUR
    trading = got(client, "summary")["trading"]
    assert trading["state"] == state
    assert trading["session"] == (None if state == "holiday" else "2026-10-19")
    after = "2026-10-19" if state in {"before", "holiday"} else "2026-10-20"
    assert trading["next_opens_at"] == f"{after}T09:00:00+09:00"


def test_a_day_that_the_broker_calls_closed_is_a_holiday(client: TestClient) -> None:
    store(CalendarDay(day=MONDAY, known_at=NIGHT_BEFORE, is_open=False))
    assert got(client, "summary")["trading"]["state"] == "holiday"


def index_bar(code: str, day: date, close: float, at: datetime) -> IndexBar:
    return IndexBar(code=code, session=day, known_at=at, open=1, high=1, low=1, close=close)


def test_an_index_shows_its_level_in_session_and_its_close_afterwards(
    client: TestClient, hands: Hands
) -> None:
    friday = NOON - timedelta(days=3)
    store(index_bar("0001", FRIDAY, 2000, friday), index_bar("0001", date(2026, 10, 15), 1900, friday))
    store(IndexLevel(code="0001", known_at=NOON - MINUTE, level_points=2050))
    store(IndexLevel(code="0001", known_at=NOON, level_points=2100))
    (kospi,) = got(client, "summary")["indices"]
    assert (kospi["name"], kospi["session"], kospi["level_points"]) == ("KOSPI", "2026-10-19", 2100)
    assert (kospi["base_points"], kospi["at"]) == (2000, "2026-10-19T03:00:00Z")
    assert kospi["change_ratio"] == pytest.approx(0.05)
    store(index_bar("0001", MONDAY, 2200, NOON + 4 * HOUR))
    hands.move(hours=4)
    (kospi,) = got(client, "summary")["indices"]
    assert (kospi["level_points"], kospi["base_points"], kospi["at"]) == (2200, 2000, None)
    assert kospi["change_ratio"] == pytest.approx(0.1)


def test_an_index_of_one_session_has_no_change(client: TestClient) -> None:
    store(index_bar("1001", FRIDAY, 800, NOON - HOUR))
    (kosdaq,) = got(client, "summary")["indices"]
    assert (kosdaq["name"], kosdaq["change_ratio"], kosdaq["base_points"]) == ("KOSDAQ", None, None)


# --- movers


def test_movers_are_ordered_by_their_newest_quotes(client: TestClient) -> None:
    stocks("1", "2", "3", "4", "5")
    store(
        quote("1", 110, 100),
        quote("1", 90, 100, NOON - MINUTE),
        quote("1", 200, 100, NOON + MINUTE),
        quote("2", 120, 100),
        quote("3", 95, 100),
        quote("4", 70, 100),
        quote("5", 100, 100),
    )
    found = got(client, "movers")
    assert found["session"] == "2026-10-19"
    assert [(one["code"], round(one["change_ratio"], 6)) for one in found["up"]] == [("2", 0.2), ("1", 0.1)]
    assert [(one["code"], round(one["change_ratio"], 6)) for one in found["down"]] == [
        ("4", -0.3),
        ("3", -0.05),
    ]
    assert found["up"][1] == {
        "code": "1",
        "name": "종목 1",
        "market": "KOSPI",
        "price_won": 110,
        "base_won": 100,
        "change_ratio": pytest.approx(0.1),
        "volume_shares": 10,
        "known_at": "2026-10-19T03:00:00Z",
    }
    first = got(client, "movers", limit=1)
    assert ([one["code"] for one in first["up"]], [one["code"] for one in first["down"]]) == (["2"], ["4"])


def test_after_the_close_the_days_bar_counts(client: TestClient, hands: Hands) -> None:
    stocks("1", "2")
    evening = NOON + 4 * HOUR
    store(quote("1", 110, 100), daily("1", MONDAY, 130, evening), daily("1", MONDAY, 125, evening + MINUTE))
    store(daily("2", FRIDAY, 1000, NOON - HOUR), daily("2", MONDAY, 900, evening))
    hands.now = evening
    found = got(client, "movers")
    assert [(one["code"], one["price_won"], one["base_won"]) for one in found["up"]] == [("1", 130, 100)]
    assert [(one["code"], one["price_won"], one["base_won"]) for one in found["down"]] == [("2", 900, 1000)]
    hands.move(minutes=1)
    assert got(client, "movers")["up"][0]["price_won"] == 125


def test_a_split_is_no_fall(client: TestClient, hands: Hands) -> None:
    stocks("1")
    evening = NOON + 4 * HOUR
    store(daily("1", FRIDAY, 1000, NOON - HOUR), daily("1", MONDAY, 110, evening))
    store(Adjustment(code="1", from_session=MONDAY, known_at=evening, factor_ratio=0.1))
    hands.now = evening
    (risen,) = got(client, "movers")["up"]
    assert (risen["base_won"], round(risen["change_ratio"], 6)) == (100, 0.1)


def test_who_is_not_traded_or_not_followed_does_not_move(client: TestClient) -> None:
    stocks("1", "2")
    store(Stock(code="3", name="셋", market="KOSPI", active=False))
    store(quote("1", 110, 100, volume=0), quote("2", 110, None), quote("3", 110, 100))
    assert got(client, "movers") == {"session": "2026-10-19", "up": [], "down": []}


def test_a_quote_of_the_session_before_does_not_count(client: TestClient, hands: Hands) -> None:
    stocks("1")
    store(quote("1", 110, 100, NOON - timedelta(days=3)))
    assert got(client, "movers")["up"] == []
    hands.now = datetime(2026, 10, 18, 23, tzinfo=UTC)  # Monday, before the opening
    assert [one["code"] for one in got(client, "movers")["up"]] == ["1"]


# --- who bought


def flow(code: str, day: date, at: datetime, foreign: int, institution: int = 0) -> InvestorFlow:
    shares = {f"{who}_shares": 7 for who in ("individual", "foreign", "institution")}
    won = {"individual": 0, "foreign": foreign, "institution": institution}
    return InvestorFlow(
        code=code, session=day, known_at=at, **shares, **{f"{who}_krw_millions": won[who] for who in won}
    )


def test_net_buying_is_that_of_the_newest_session_as_known_now(client: TestClient) -> None:
    stocks("1", "2", "3", "4")
    store(
        flow("1", FRIDAY, NOON - HOUR, 50, -3),
        flow("1", FRIDAY, NOON, 70, -5),
        flow("1", FRIDAY, NOON + MINUTE, 900),
        flow("2", FRIDAY, NOON, 90, 4),
        flow("3", FRIDAY, NOON, -20, 0),
        flow("4", date(2026, 10, 15), NOON, 500),
    )
    found = got(client, "foreign-buying")
    assert (found["investor"], found["session"]) == ("foreign", "2026-10-16")
    assert [(one["code"], one["foreign_krw_millions"]) for one in found["bought"]] == [("2", 90), ("1", 70)]
    assert [(one["code"], one["foreign_krw_millions"]) for one in found["sold"]] == [("3", -20)]
    other = got(client, "foreign-buying", investor="institution")
    assert [one["code"] for one in other["bought"]] == ["2"]
    assert [(one["code"], one["institution_krw_millions"]) for one in other["sold"]] == [("1", -5)]


def test_where_nothing_is_known_nobody_bought(client: TestClient) -> None:
    assert got(client, "foreign-buying") == {"investor": "foreign", "session": None, "bought": [], "sold": []}


# --- what is watched


def test_the_most_watched_are_counted_by_users_once_a_minute(client: TestClient) -> None:
    stocks("1", "2")
    users = [stored_user(name) for name in ("one", "two")]
    lists = [Watchlist(id=uuid4(), user_id=user.id, name="하나", created_at=NOON) for user in users]
    again = Watchlist(id=uuid4(), user_id=users[0].id, name="둘", created_at=NOON)
    store(*lists, again)
    watched = [(lists[0], "1"), (again, "1"), (lists[0], "2"), (lists[1], "2")]
    store(*(WatchedStock(watchlist_id=one.id, stock_code=code, added_at=NOON) for one, code in watched))
    headers = bearing(grant(users[0]))
    found = got(client, "most-watched", headers)
    assert [(one["code"], one["watchers"]) for one in found] == [("2", 2), ("1", 1)]
    with database.session() as session:
        session.delete(session.get_one(Watchlist, lists[1].id))
    assert got(client, "most-watched", headers) == found
    redis.get_client().flushall()
    assert [(one["code"], one["watchers"]) for one in got(client, "most-watched", headers)] == [
        ("1", 1),
        ("2", 1),
    ]


def watched(call: Callable[..., Any], held: dict[str, int]) -> Callable[..., Any]:
    """A call that tells how many connections to the database are taken while it is made."""

    def told(*arguments: Any, **options: Any) -> Any:
        pool = database.get_engine().pool
        assert isinstance(pool, QueuePool)
        held[call.__name__] = pool.checkedout()
        return call(*arguments, **options)

    return told


def test_no_connection_is_held_while_redis_is_waited_for(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = bearing(grant(stored_user("minji")))
    asked = dict[str, int]()
    for name in ("recall", "remember"):
        monkeypatch.setattr(redis, name, watched(getattr(redis, name), asked))
    got(client, "most-watched", headers)
    assert asked == {"recall": 0, "remember": 0}


# --- the system


def event(queue: str, at: datetime, **changed: Any) -> OutboxRow:
    return OutboxRow(
        name="ArticleStored",
        queue=queue,
        payload={},
        correlation_id="one",
        created_at=at,
        deadline_at=at,
        patience_s=60,
        **changed,
    )


def call(number: int, krw: float, at: datetime = NOON, outcome: str = "ok", **changed: Any) -> ModelCall:
    values: dict[str, Any] = {
        "id": ids.derive("model_call", number),
        "purpose": "forecast",
        "subject_id": ids.derive("case", number),
        "arm": "gpt-4o",
        "attempt": 1,
        "provider": "openai",
        "model": "gpt-4o",
        "input_tokens": 0,
        "cached_tokens": 0,
        "output_tokens": 0,
        "usd": 0,
        "krw": krw,
        "outcome": outcome,
        "latency_ms": 0,
        "started_at": at,
        "expires_at": at + MINUTE,
    }
    return ModelCall(**values | changed)


def test_the_system_tells_what_waits_and_what_may_be_spent(client: TestClient) -> None:
    with database.session() as session:
        session.get_one(Arm, "gpt-4o").daily_budget_krw = 1000
    store(
        event("embed", NOON - HOUR),
        event("embed", NOON),
        event("embed", NOON - 2 * HOUR, closed_at=NOON),
        event("report", NOON - 2 * HOUR, given_up_at=NOON),
        call(1, 100),
        call(2, 40, outcome="reserved"),
        call(3, 500, outcome="reserved", expires_at=NOON),
        call(4, 700, NIGHT_BEFORE),
        CrawlRun(
            crawler="maekyung",
            scheduled_at=NOON,
            started_at=NOON,
            ended_at=NOON + MINUTE,
            outcome="ok",
            error="",
            new=1,
            revised=0,
            failed=0,
            enqueued=0,
        ),
    )
    found = got(client, "system", bearing(grant(stored_user("minji"))))
    assert found["queues"] == [
        {"queue": "embed", "open_events": 2, "oldest_at": "2026-10-19T02:00:00Z", "given_up_events": 0},
        {"queue": "report", "open_events": 0, "oldest_at": None, "given_up_events": 1},
    ]
    arms = {one["arm"]: one for one in found["budgets"]}
    assert not {"prior", "neighbours"} & set(arms)
    assert (arms["gpt-4o"]["left_krw"], arms["gpt-4o"]["limit_krw"]) == (860, 1000)
    crawlers = {one["crawler"]: one for one in found["crawlers"]}
    assert crawlers["maekyung"]["last_success_at"] == "2026-10-19T03:01:00Z"
    assert crawlers["dart"]["last_success_at"] is None


# --- polling


@pytest.mark.parametrize("name", ["summary", "movers", "foreign-buying", "most-watched", "system"])
def test_a_poll_after_which_nothing_has_changed_is_answered_without_a_body(
    client: TestClient, hands: Hands, name: str
) -> None:
    stocks("1")
    store(event("embed", NOON - HOUR), article(1), quote("1", 110, 100), flow("1", FRIDAY, NOON, 5))
    headers = bearing(grant(stored_user("minji")))
    first = client.get(f"/api/dashboard/{name}", headers=headers)
    hands.move(minutes=1)
    again = client.get(f"/api/dashboard/{name}", headers=headers | {"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_poll_after_a_change_has_it(client: TestClient, hands: Hands) -> None:
    first = client.get("/api/dashboard/summary")
    store(article(1))
    again = client.get("/api/dashboard/summary", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.json()["today"]["articles"]) == (200, 1)
