"""What an alert tells of a case, read from the stores as known now."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from sqlalchemy.orm import Session

from nunchi.market.calendar import Calendar
from nunchi.models.market import DailyBar
from nunchi.models.quotes import Quote
from nunchi.notify import rules
from nunchi.notify.messages import Facts, Price, Recorded
from nunchi.notify.repository import news
from nunchi.notify.repository.news import Opened
from nunchi.notify.rules import News, Told
from nunchi.notify.texts import Phase
from nunchi.quotes import repository as quotes
from nunchi.seoul import SEOUL, midnight, seoul_date
from nunchi.settings import get_settings

HEADLINE = 3  # sessions: the horizon whose record and past returns are told
DISCLOSURES = "dart"  # the source
LIMIT = 0.3005  # a day's price limit, rounded: a change beyond it is a split or a right


def news_of(session: Session, opened: Opened, *, now: datetime) -> News:
    """A case's sealed forecasts, and whether its story is a disclosure."""
    rows = news.sealed(session, opened.case.id, as_of=now)
    told = tuple(
        Told(
            arm=forecast.arm,
            horizon=forecast.horizon_sessions,
            down=forecast.shown_down,
            flat=forecast.shown_flat,
            up=forecast.shown_up,
            impact=impact or "",
        )
        for forecast, impact in rows
    )
    sealed_at = max((forecast.sealed_at for forecast, _ in rows if forecast.sealed_at), default=None)
    return News(told, opened.article.source == DISCLOSURES, sealed_at)


def facts_of(session: Session, opened: Opened, told: News, calendar: Calendar, *, now: datetime) -> Facts:
    """All that an alert tells."""
    case, story = opened.case, opened.story
    return Facts(
        phase=phase(calendar, now),
        stock_name=opened.stock.name,
        stock_code=opened.stock.code,
        title=story.title,
        lead=story.lead,
        is_disclosure=told.is_disclosure,
        source_url=opened.article.url,
        web_url=_web_url(case.id),
        price=price(session, opened.stock.code, story.known_at, now=now),
        followed=rules.followed(case.evidence, opened.stock.code, HEADLINE),
        horizon=HEADLINE,
        arms=_recorded(session, told.told),
        sealed_at=told.sealed_at or now,
    )


def _web_url(case_id: object) -> str:
    base = get_settings().web_url
    return f"{base}/cases/{case_id}" if base else ""


def phase(calendar: Calendar, now: datetime) -> Phase:
    """The time of day on the exchange: in session, after that day's close, or before the next opening."""
    if calendar.session_of(now) is not None:
        return "open"
    today = calendar.on(seoul_date(now))
    return "after" if today is not None and now >= today.closes_at else "before"


def _recorded(session: Session, told: Sequence[Told]) -> dict[str, list[Recorded]]:
    bins = news.reliability(session, {one.arm for one in told})
    found: dict[str, list[Recorded]] = {}
    for one in told:
        known: dict[str, Any] = bins.get((one.arm, one.horizon), {})
        record = rules.record_of(known.get(one.direction, ()), one.probability)
        found.setdefault(one.arm, []).append(Recorded(one, record))
    return found


def price(session: Session, code: str, known_at: datetime, *, now: datetime) -> Price | None:
    """A stock's newest price: seen today, else of its last bar; with its changes since the day before and since then.

    None where neither is stored. A price of today and one of the moment at which the news was known tell what moved.
    """
    since = midnight(seoul_date(now))
    seen = quotes.last_quotes(session, [code], as_of=now, since=since).get(code)
    before = quotes.last_quotes(session, [code], as_of=known_at, since=since).get(code) if seen else None
    bars = news.last_bars(session, code, as_of=now)
    if seen is not None and (not bars or bars[0].session < seoul_date(now)):
        return _of_quote(seen, before)
    return _of_bars(bars, before) if bars else None


def _of_quote(seen: Quote, before: Quote | None) -> Price:
    today = seen.price_won / seen.base_won - 1 if seen.base_won else None
    return Price(seen.price_won, "quote", seen.known_at, today, _moved(seen.price_won, before))


def _moved(won: int, before: Quote | None) -> float | None:
    """What a price moved since the news was known; None where no price of that moment was seen that day."""
    return won / before.price_won - 1 if before is not None else None


def _of_bars(bars: Sequence[DailyBar], before: Quote | None) -> Price:
    """Changes are as traded: on the day of a split there is none told."""
    newest = bars[0]
    today = newest.close_won / bars[1].close_won - 1 if len(bars) > 1 and bars[1].close_won else None
    if today is not None and abs(today) > LIMIT:
        today = None
    return Price(
        newest.close_won,
        "close",
        datetime.combine(newest.session, time(12), SEOUL),
        today,
        _moved(newest.close_won, before),
    )
