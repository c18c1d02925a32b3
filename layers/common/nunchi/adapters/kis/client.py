"""KIS OpenAPI (Korea Investment & Securities): market data of Korean stocks and indices.

Every method raises `UpstreamError`s: `Failed` for what still fails after patience, `UnexpectedBody` for an answer in
another shape, `NotOnPaper` for a call that paper trading lacks. Lists are in KIS's order: newest first.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, time, timedelta
from typing import TypeVar
from urllib.parse import urlsplit

from nunchi.adapters.kis import endpoints, read_others, read_stocks
from nunchi.adapters.kis.calls import Body, Calls, Query
from nunchi.adapters.kis.endpoints import Endpoint
from nunchi.adapters.kis.errors import NotOnPaper
from nunchi.adapters.kis.pace import Pace
from nunchi.adapters.kis.results import (
    CalendarDay,
    DailyBar,
    FinancialRatio,
    IndexBar,
    IndexQuote,
    InvestorFlow,
    MinuteBar,
    Mover,
    OrderBook,
    OvertimeDay,
    OvertimeQuote,
    Product,
    Quote,
)
from nunchi.adapters.kis.token import Account, Tokens
from nunchi.adapters.polite import MANNERS, Manners

PAPER_HOST = "openapivts"
REAL_PER_S, PAPER_PER_S = 18.0, 1.0  # since 2026-04-20
MAX_CODES = 30
MAX_DAILY_ROWS = 100
MAX_DAILY_CALLS = 60  # 24 years
STOCKS, INDICES = "J", "U"
WHOLE_MARKET = "0000"

T = TypeVar("T")


class KisClient:
    """An account's calls. All clients of an account share its token and its rate, through Redis."""

    def __init__(
        self,
        base_url: str,
        app_key: str,
        app_secret: str,
        *,
        paper: bool | None = None,
        rate_per_s: float | None = None,
        manners: Manners = MANNERS,
    ) -> None:
        host = urlsplit(base_url).hostname or ""
        self.is_paper = host.startswith(PAPER_HOST) if paper is None else paper
        rate_per_s = rate_per_s or (PAPER_PER_S if self.is_paper else REAL_PER_S)
        account = Account(base_url.rstrip("/"), app_key, app_secret)
        pace = Pace(f"kis:rate:{account.digest}", rate_per_s, manners)
        self._calls = Calls(account, pace, Tokens(account, pace, manners), manners)

    def current_price(self, code: str) -> Quote:
        """A stock's price now."""
        return read_stocks.quote(self._body(endpoints.PRICE, _of(code)))

    def prices(self, codes: Sequence[str]) -> list[Quote]:
        """The prices of up to 30 stocks in one call, in KIS's order; stocks that it doesn't know are not among them."""
        if len(codes) > MAX_CODES:
            raise ValueError(f"{len(codes)} codes, and at most {MAX_CODES} go into one call")
        if not codes:
            return []
        query = {}
        for place, code in enumerate(codes, start=1):
            query[f"FID_COND_MRKT_DIV_CODE_{place}"] = STOCKS
            query[f"FID_INPUT_ISCD_{place}"] = code
        return read_stocks.quotes(self._body(endpoints.PRICES, query), codes)

    def order_book(self, code: str) -> OrderBook:
        """A stock's ten best offers and bids, and the price expected of an auction."""
        return read_stocks.order_book(self._body(endpoints.ORDER_BOOK, _of(code)), code)

    def daily_bars(self, code: str, first: date, last: date, *, adjusted: bool = False) -> list[DailyBar]:
        """A stock's sessions from `first` to `last`, as traded or adjusted for later splits; a call for each 100."""
        bars: list[DailyBar] = []
        for _ in range(MAX_DAILY_CALLS):
            body = self._body(endpoints.DAILY_BARS, _of_days(code, first, last, adjusted))
            found = read_stocks.daily_bars(body, adjusted=adjusted)
            bars += found
            oldest = min((bar.session for bar in found), default=first)
            if len(body["output2"] or ()) < MAX_DAILY_ROWS or oldest <= first:
                break
            last = oldest - timedelta(days=1)
        return bars

    def minute_bars(self, code: str, until: time) -> list[MinuteBar]:
        """A stock's last 30 minutes of today, up to the one that holds `until` (in Seoul)."""
        query = _of(code) | {
            "FID_INPUT_HOUR_1": f"{until:%H%M%S}",
            "FID_PW_DATA_INCU_YN": "N",  # of today alone
            "FID_ETC_CLS_CODE": "",
        }
        return read_stocks.minute_bars(endpoints.MINUTE_BARS.name, self._body(endpoints.MINUTE_BARS, query))

    def past_minute_bars(self, code: str, day: date, until: time) -> list[MinuteBar]:
        """A stock's last 120 minutes of a day within the last year, up to the one that holds `until` (in Seoul)."""
        query = _of(code) | {
            "FID_INPUT_DATE_1": f"{day:%Y%m%d}",
            "FID_INPUT_HOUR_1": f"{until:%H%M%S}",
            "FID_PW_DATA_INCU_YN": "Y",
            "FID_FAKE_TICK_INCU_YN": "N",  # no bars of minutes without a trade
        }
        body = self._body(endpoints.PAST_MINUTE_BARS, query)
        return read_stocks.minute_bars(endpoints.PAST_MINUTE_BARS.name, body, day)

    def investor_flows(self, code: str) -> list[InvestorFlow]:
        """Who bought a stock in its last 30 sessions or so; today's come after the close, and are not there before."""
        pages = self._pages(endpoints.INVESTORS, _of(code))
        return _once(flow for page in pages for flow in read_stocks.investor_flows(page))

    def overtime_price(self, code: str) -> OvertimeQuote:
        """A stock's price after the close."""
        return read_stocks.overtime_quote(self._body(endpoints.OVERTIME_PRICE, _of(code)))

    def overtime_days(self, code: str) -> list[OvertimeDay]:
        """A stock after the close of its last 30 sessions or so."""
        pages = self._pages(endpoints.OVERTIME_DAYS, _of(code))
        return _once(day for page in pages for day in read_stocks.overtime_days(page))

    def index_price(self, code: str) -> IndexQuote:
        """An index now: 0001 KOSPI, 1001 KOSDAQ, 2001 KOSPI 200, and the sectors."""
        return read_others.index_quote(self._body(endpoints.INDEX_PRICE, _of(code, INDICES)), code)

    def index_days(self, code: str, last: date) -> list[IndexBar]:
        """An index's sessions up to `last`, 100 to a page."""
        query = _of(code, INDICES) | {"FID_PERIOD_DIV_CODE": "D", "FID_INPUT_DATE_1": f"{last:%Y%m%d}"}
        pages = self._pages(endpoints.INDEX_DAYS, query)
        return _once(bar for page in pages for bar in read_others.index_bars(page, code))

    def product(self, code: str) -> Product:
        """What a stock is."""
        return read_others.product(self._body(endpoints.PRODUCT, {"PRDT_TYPE_CD": "300", "PDNO": code}))

    def financial_ratios(self, code: str, *, quarterly: bool = False) -> list[FinancialRatio]:
        """A company's ratios by year, or by quarter: those of a year's quarters so far, as KIS adds them up."""
        query = {
            "FID_DIV_CLS_CODE": "1" if quarterly else "0",
            "fid_cond_mrkt_div_code": STOCKS,
            "fid_input_iscd": code,
        }
        pages = self._pages(endpoints.RATIOS, query)
        return _once(
            ratio for page in pages for ratio in read_others.financial_ratios(page, quarterly=quarterly)
        )

    def top_movers(self, *, falling: bool = False, market: str = WHOLE_MARKET) -> list[Mover]:
        """The 30 stocks that rose (or fell) most since the last close; `market` may be 0001 KOSPI or 1001 KOSDAQ."""
        blank = dict.fromkeys(
            ("fid_input_price_1", "fid_input_price_2", "fid_vol_cnt", "fid_rsfl_rate1", "fid_rsfl_rate2"), ""
        )
        query = blank | {
            "fid_cond_mrkt_div_code": STOCKS,
            "fid_cond_scr_div_code": "20170",
            "fid_input_iscd": market,
            "fid_rank_sort_cls_code": "1" if falling else "0",
            "fid_input_cnt_1": "0",
            "fid_prc_cls_code": "1",  # against the last close, not the day's low or high
            "fid_trgt_cls_code": "0",
            "fid_trgt_exls_cls_code": "0",
            "fid_div_cls_code": "0",
        }
        return read_others.movers(self._body(endpoints.MOVERS, query))

    def closed_days(self, first: date) -> list[CalendarDay]:
        """The days from `first` on, some eight months of them, open and closed. KIS asks to be asked once a day."""
        query = {"BASS_DT": f"{first:%Y%m%d}", "CTX_AREA_NK": "", "CTX_AREA_FK": ""}
        pages = self._pages(endpoints.CLOSED_DAYS, query)
        return _once(day for page in pages for day in read_others.calendar_days(page))

    def _body(self, endpoint: Endpoint, query: Query) -> Body:
        self._check(endpoint)
        return self._calls.body(endpoint, query)

    def _pages(self, endpoint: Endpoint, query: Query) -> Iterator[Body]:
        self._check(endpoint)
        return self._calls.pages(endpoint, query)

    def _check(self, endpoint: Endpoint) -> None:
        if self.is_paper and not endpoint.on_paper:
            raise NotOnPaper(endpoint.name)


def _of(code: str, market: str = STOCKS) -> Query:
    return {"FID_COND_MRKT_DIV_CODE": market, "FID_INPUT_ISCD": code}


def _of_days(code: str, first: date, last: date, adjusted: bool) -> Query:
    return _of(code) | {
        "FID_INPUT_DATE_1": f"{first:%Y%m%d}",
        "FID_INPUT_DATE_2": f"{last:%Y%m%d}",
        "FID_PERIOD_DIV_CODE": "D",
        "FID_ORG_ADJ_PRC": "0" if adjusted else "1",
    }


def _once(results: Iterable[T]) -> list[T]:
    """Without repetitions: a page may begin with the last row of the one before."""
    return list(dict.fromkeys(results))
