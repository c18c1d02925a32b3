"""What KIS answers to each of its calls, by path and TR."""

from infra.sandbox import (
    kis_book,
    kis_charts,
    kis_holidays,
    kis_investors,
    kis_levels,
    kis_lists,
    kis_overtime,
    kis_products,
    kis_quotes,
)
from infra.sandbox.entities import SEOUL
from infra.sandbox.kis_calls import FOUND, LAST, MORE, Answer, Asked, Endpoint, body, with_rows, wrong
from infra.sandbox.kis_rows import as_json

ORIGINAL, ADJUSTED = "1", "0"
MARKETS = {"0000": "", "0001": "KOSPI", "1001": "KOSDAQ"}
BY_FALL = "1"


def _price(asked: Asked) -> Answer:
    quote = asked.quote
    return body(output=kis_quotes.full(asked.desk, quote) if quote else {})


def _prices(asked: Asked) -> Answer:
    rows = [_row_of(asked, market, code) for market, code in kis_lists.asked_for(asked.query)]
    return body(output=[row for row in rows if row])


def _row_of(asked: Asked, market: str, code: str) -> dict[str, str]:
    if market == "U":
        level = asked.desk.level(code, asked.now)
        return kis_lists.index_row(level) if level else {}
    quote = asked.desk.quote(code, asked.now)
    return kis_lists.short(asked.desk, quote) if quote else {}


def _order_book(asked: Asked) -> Answer:
    quote = asked.quote
    if quote is None:
        return body(output1={}, output2={})
    book, hours = kis_book.of(asked.desk.market.seed, quote), asked.desk.timeline.hours[quote.place]
    return body(
        output1=kis_book.shown(book, asked.now, hours),
        output2=kis_book.expected(book, quote, asked.now, hours),
    )


def _daily(asked: Asked) -> Answer:
    code, query, quote = asked.code, asked.query, asked.quote
    known = asked.desk.timeline.sessions_known(code, asked.now)
    adjusted = query.get("FID_ORG_ADJ_PRC", ORIGINAL) == ADJUSTED and asked.series.has_new_footing(
        code, asked.now
    )
    rows = asked.series.newest(
        code, known, query["FID_INPUT_DATE_1"], query["FID_INPUT_DATE_2"], adjusted=adjusted
    )
    return with_rows(kis_quotes.beside_bars(asked.desk, quote) if quote else {}, rows)


def _minutes_today(asked: Asked) -> Answer:
    today = f"{asked.now.astimezone(SEOUL):%Y%m%d}"
    return _minutes(asked, today, kis_charts.TODAY_ROWS)


def _minutes_past(asked: Asked) -> Answer:
    return _minutes(asked, asked.query["FID_INPUT_DATE_1"], kis_charts.PAST_ROWS)


def _minutes(asked: Asked, day: str, limit: int) -> Answer:
    until, quote = kis_charts.moment(day, asked.query["FID_INPUT_HOUR_1"]), asked.quote
    if until is None:
        return wrong("FID_INPUT_HOUR_1")
    with_past = asked.query.get("FID_PW_DATA_INCU_YN") == "Y"
    rows = kis_charts.rows(asked.desk, asked.code, until, asked.now, limit, with_past=with_past)
    return body(output1=kis_quotes.beside_minutes(quote) if quote else {}, output2=rows)


def _investors(asked: Asked) -> Answer:
    quote = asked.quote
    return body(output=kis_investors.rows(asked.desk, quote, asked.now) if quote else [])


def _overtime(asked: Asked) -> Answer:
    quote = asked.quote
    return body(output=kis_overtime.full(asked.desk, quote, asked.now) if quote else {})


def _overtime_days(asked: Asked) -> Answer:
    quote = asked.quote
    if quote is None:
        return body(output1={}, output2=[])
    return body(
        output1=kis_overtime.beside_days(asked.desk, quote, asked.now),
        output2=kis_overtime.days(asked.desk, quote, asked.now),
    )


def _index(asked: Asked) -> Answer:
    level = asked.desk.level(asked.code, asked.now)
    return body(output=kis_levels.full(asked.desk, level, asked.now) if level else {})


def _index_days(asked: Asked) -> Answer:
    known = asked.desk.timeline.sessions_known(asked.code, asked.now)
    rows = asked.series.newest(asked.code, known, "", asked.query["FID_INPUT_DATE_1"])
    return with_rows(_beside_index(asked), rows)


def _categories(asked: Asked) -> Answer:
    return body(output1=_beside_index(asked), output2=kis_levels.category(asked.desk, asked.code, asked.now))


def _beside_index(asked: Asked) -> dict[str, str]:
    level = asked.desk.level(asked.code, asked.now)
    return kis_levels.beside_bars(asked.desk, level, asked.now) if level else {}


def _info(asked: Asked) -> Answer:
    quote = asked.desk.quote(asked.query["PDNO"], asked.now)
    return Answer(as_json({"output": kis_products.info(asked.desk, quote) if quote else {}, **FOUND}))


def _ratios(asked: Asked) -> Answer:
    company = asked.desk.companies.get(asked.code)
    quarterly = asked.query["FID_DIV_CLS_CODE"] == "1"
    found = kis_products.ratios(asked.desk, company, asked.now, quarterly=quarterly) if company else []
    return body(output=found)


def _movers(asked: Asked) -> Answer:
    falling = asked.query["FID_RANK_SORT_CLS_CODE"] == BY_FALL
    quotes = asked.desk.quotes(asked.now, MARKETS.get(asked.code, ""))
    return body(output=kis_lists.movers(asked.desk, quotes, falling=falling))


def _closed_days(asked: Asked) -> Answer:
    first = kis_holidays.day(asked.query["BASS_DT"])
    after = kis_holidays.day(asked.query.get("CTX_AREA_NK", "")) if asked.more else None
    if first is None:
        return wrong("BASS_DT")
    page = kis_holidays.page(asked.desk.market, first, after)
    told = kis_holidays.parts(asked.desk.market, page) | (MORE if page.more else LAST)
    return Answer(as_json(told), kis_holidays.MORE if page.more else kis_holidays.LAST)


_CODE, _DIV = "FID_INPUT_ISCD", "FID_COND_MRKT_DIV_CODE"
_DAY, _HOUR = "FID_INPUT_DATE_1", "FID_INPUT_HOUR_1"
ENDPOINTS = (
    Endpoint("quotations/inquire-price", "FHKST01010100", "J", (_DIV, _CODE), _price),
    Endpoint("quotations/intstock-multprice", "FHKST11300006", "", (f"{_DIV}_1", f"{_CODE}_1"), _prices),
    Endpoint("quotations/inquire-asking-price-exp-ccn", "FHKST01010200", "J", (_DIV, _CODE), _order_book),
    Endpoint(
        "quotations/inquire-daily-itemchartprice",
        "FHKST03010100",
        "J",
        (_CODE, _DAY, "FID_INPUT_DATE_2"),
        _daily,
    ),
    Endpoint(
        "quotations/inquire-time-itemchartprice",
        "FHKST03010200",
        "J",
        (_DIV, _CODE, _HOUR),
        _minutes_today,
    ),
    Endpoint(
        "quotations/inquire-time-dailychartprice",
        "FHKST03010230",
        "J",
        (_DIV, _CODE, _DAY, _HOUR),
        _minutes_past,
    ),
    Endpoint("quotations/inquire-investor", "FHKST01010900", "J", (_DIV, _CODE), _investors),
    Endpoint("quotations/inquire-overtime-price", "FHPST02300000", "J", (_DIV, _CODE), _overtime),
    Endpoint("quotations/inquire-daily-overtimeprice", "FHPST02320000", "J", (_DIV, _CODE), _overtime_days),
    Endpoint("quotations/inquire-index-price", "FHPUP02100000", "U", (_DIV, _CODE), _index),
    Endpoint("quotations/inquire-index-daily-price", "FHPUP02120000", "U", (_CODE, _DAY), _index_days),
    Endpoint("quotations/inquire-index-category-price", "FHPUP02140000", "U", (_DIV, _CODE), _categories),
    Endpoint("quotations/search-stock-info", "CTPF1002R", "", ("PRDT_TYPE_CD", "PDNO"), _info),
    Endpoint("finance/financial-ratio", "FHKST66430300", "J", ("FID_DIV_CLS_CODE", _DIV, _CODE), _ratios),
    Endpoint("ranking/fluctuation", "FHPST01700000", "J", (_DIV, _CODE, "FID_RANK_SORT_CLS_CODE"), _movers),
    Endpoint("quotations/chk-holiday", "CTCA0903R", "", ("BASS_DT",), _closed_days),
)
