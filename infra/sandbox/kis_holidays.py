"""Which days KRX is open, in pages of 24: the sample's own sessions, and its last one is the last day that is known."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from infra.sandbox.entities import Market

PAGE = 24
KEY_WIDTH = 20
DAY = timedelta(days=1)
MORE, LAST = "M", "E"  # `tr_cont` of a page


@dataclass(frozen=True)
class Page:
    """Some days from `first` on, and whether there are more after them."""

    first: date
    days: tuple[date, ...]
    more: bool


def page(market: Market, first: date, after: date | None) -> Page:
    """The page that begins at `first`, or for a later one behind the day `after` at which the one before it ended."""
    start = after + DAY if after else first
    left = max(0, (market.sessions[-1] - start).days + 1)
    days = tuple(start + DAY * n for n in range(min(PAGE, left)))
    return Page(first, days, more=left > PAGE)


def parts(market: Market, shown: Page) -> dict[str, object]:
    """A page as the answer of chk-holiday has it, without its result code."""
    last = shown.days[-1] if shown.days else shown.first
    return {
        "ctx_area_nk": f"{last:%Y%m%d}".ljust(KEY_WIDTH) if shown.more else " " * KEY_WIDTH,
        "ctx_area_fk": f"{shown.first:%Y%m%d}".ljust(KEY_WIDTH),
        "output": list(_rows(market, shown)),
    }


def _rows(market: Market, shown: Page) -> Iterator[dict[str, str]]:
    for day in shown.days:
        is_workday = day.weekday() < 5
        is_open = _is_session(market, day) if day >= market.sessions[0] else is_workday
        yield {
            "bass_dt": f"{day:%Y%m%d}",
            "wday_dvsn_cd": f"{day.isoweekday() % 7 + 1:02d}",  # from Sunday on
            "bzdy_yn": _yes(is_workday),
            "tr_day_yn": "Y",
            "opnd_yn": _yes(is_open),
            "sttl_day_yn": _yes(is_open),
        }


def _is_session(market: Market, day: date) -> bool:
    place = bisect_left(market.sessions, day)
    return place < len(market.sessions) and market.sessions[place] == day


def _yes(fact: bool) -> str:
    return "Y" if fact else "N"


def day(text: str) -> date | None:
    """A day as KIS writes it (YYYYMMDD, with blanks behind it), or None."""
    try:
        return datetime.strptime(text.strip(), "%Y%m%d").date()  # noqa: DTZ007 - a day of Seoul's
    except ValueError:
        return None
