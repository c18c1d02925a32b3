"""Each of KIS's calls: how its method is called, an answer, what that is, and a part of the query that must be sent."""

from collections.abc import Callable
from datetime import date, time
from typing import Any

from nunchi.adapters.kis import KisClient, endpoints, read_others, read_stocks
from nunchi.adapters.kis.endpoints import Endpoint
from tests import kis_bodies as bodies
from tests import kis_other_bodies as others
from tests.kis_bodies import OTHER, STOCK, Body

DAY, NOON = date(2026, 7, 3), time(12)
OF_STOCK = {"FID_COND_MRKT_DIV_CODE": "J", "FID_INPUT_ISCD": STOCK}
OF_INDEX = {"FID_COND_MRKT_DIV_CODE": "U", "FID_INPUT_ISCD": "0001"}
Case = tuple[Endpoint, Callable[[KisClient], Any], Body, Any, dict[str, str]]

CASES: list[Case] = [
    (
        endpoints.PRICE,
        lambda client: client.current_price(STOCK),
        bodies.PRICE,
        read_stocks.quote(bodies.PRICE),
        OF_STOCK,
    ),
    (
        endpoints.PRICES,
        lambda client: client.prices([STOCK, OTHER]),
        bodies.PRICES,
        read_stocks.quotes(bodies.PRICES, (STOCK, OTHER)),
        {"FID_COND_MRKT_DIV_CODE_2": "J", "FID_INPUT_ISCD_1": STOCK, "FID_INPUT_ISCD_2": OTHER},
    ),
    (
        endpoints.ORDER_BOOK,
        lambda client: client.order_book(STOCK),
        bodies.ORDER_BOOK,
        read_stocks.order_book(bodies.ORDER_BOOK, STOCK),
        OF_STOCK,
    ),
    (
        endpoints.DAILY_BARS,
        lambda client: client.daily_bars(STOCK, date(2026, 7, 1), DAY),
        bodies.DAILY,
        read_stocks.daily_bars(bodies.DAILY, adjusted=False),
        OF_STOCK
        | {
            "FID_INPUT_DATE_1": "20260701",
            "FID_INPUT_DATE_2": "20260703",
            "FID_PERIOD_DIV_CODE": "D",
            "FID_ORG_ADJ_PRC": "1",
        },
    ),
    (
        endpoints.DAILY_BARS,
        lambda client: client.daily_bars(STOCK, DAY, DAY, adjusted=True),
        bodies.DAILY,
        read_stocks.daily_bars(bodies.DAILY, adjusted=True),
        OF_STOCK | {"FID_ORG_ADJ_PRC": "0"},
    ),
    (
        endpoints.MINUTE_BARS,
        lambda client: client.minute_bars(STOCK, time(9, 30)),
        bodies.MINUTES,
        read_stocks.minute_bars("x", bodies.MINUTES),
        OF_STOCK | {"FID_INPUT_HOUR_1": "093000", "FID_PW_DATA_INCU_YN": "N", "FID_ETC_CLS_CODE": ""},
    ),
    (
        endpoints.PAST_MINUTE_BARS,
        lambda client: client.past_minute_bars(STOCK, DAY, NOON),
        bodies.PAST_MINUTES,
        read_stocks.minute_bars("x", bodies.PAST_MINUTES, DAY),
        OF_STOCK
        | {
            "FID_INPUT_DATE_1": "20260703",
            "FID_INPUT_HOUR_1": "120000",
            "FID_PW_DATA_INCU_YN": "Y",
            "FID_FAKE_TICK_INCU_YN": "N",
        },
    ),
    (
        endpoints.INVESTORS,
        lambda client: client.investor_flows(STOCK),
        bodies.INVESTORS,
        read_stocks.investor_flows(bodies.INVESTORS),
        OF_STOCK,
    ),
    (
        endpoints.OVERTIME_PRICE,
        lambda client: client.overtime_price(STOCK),
        bodies.OVERTIME,
        read_stocks.overtime_quote(bodies.OVERTIME),
        OF_STOCK,
    ),
    (
        endpoints.OVERTIME_DAYS,
        lambda client: client.overtime_days(STOCK),
        bodies.OVERTIME_DAYS,
        read_stocks.overtime_days(bodies.OVERTIME_DAYS),
        OF_STOCK,
    ),
    (
        endpoints.INDEX_PRICE,
        lambda client: client.index_price("0001"),
        others.INDEX,
        read_others.index_quote(others.INDEX, "0001"),
        OF_INDEX,
    ),
    (
        endpoints.INDEX_DAYS,
        lambda client: client.index_days("0001", DAY),
        others.INDEX_DAYS,
        read_others.index_bars(others.INDEX_DAYS, "0001"),
        OF_INDEX | {"FID_PERIOD_DIV_CODE": "D", "FID_INPUT_DATE_1": "20260703"},
    ),
    (
        endpoints.PRODUCT,
        lambda client: client.product(STOCK),
        others.PRODUCT,
        read_others.product(others.PRODUCT),
        {"PRDT_TYPE_CD": "300", "PDNO": STOCK},
    ),
    (
        endpoints.RATIOS,
        lambda client: client.financial_ratios(STOCK, quarterly=True),
        others.RATIOS,
        read_others.financial_ratios(others.RATIOS, quarterly=True),
        {"FID_DIV_CLS_CODE": "1", "fid_cond_mrkt_div_code": "J", "fid_input_iscd": STOCK},
    ),
    (
        endpoints.MOVERS,
        lambda client: client.top_movers(falling=True, market="1001"),
        others.MOVERS,
        read_others.movers(others.MOVERS),
        {"fid_rank_sort_cls_code": "1", "fid_input_iscd": "1001", "fid_prc_cls_code": "1"},
    ),
    (
        endpoints.CLOSED_DAYS,
        lambda client: client.closed_days(date(2026, 7, 16)),
        others.CALENDAR,
        read_others.calendar_days(others.CALENDAR),
        {"BASS_DT": "20260716", "CTX_AREA_NK": "", "CTX_AREA_FK": ""},
    ),
]
