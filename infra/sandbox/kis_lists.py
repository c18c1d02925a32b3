"""Answers about many at once: the prices of up to thirty stocks and indices, and the stocks that moved most."""

from collections.abc import Iterable, Mapping, Sequence

from infra.sandbox import kis_book, kis_indices
from infra.sandbox.entities import Bar
from infra.sandbox.kis_desk import Desk, Level, Quote
from infra.sandbox.kis_signs import change, sign

MAX_CODES = 30
MOVERS = 30


def asked_for(query: Mapping[str, str]) -> list[tuple[str, str]]:
    """The pairs of market (J, U) and code that a query numbers from 1 on; at most thirty of them."""
    pairs = (
        (query.get(f"FID_COND_MRKT_DIV_CODE_{n}", ""), query.get(f"FID_INPUT_ISCD_{n}", ""))
        for n in range(1, MAX_CODES + 1)
    )
    return [(market, code) for market, code in pairs if market and code]


def short(desk: Desk, quote: Quote) -> dict[str, str]:
    """A stock's row of intstock-multprice."""
    lowest, highest = quote.limits_won
    book = kis_book.of(desk.market.seed, quote)
    market = "거래소" if quote.company.market == "KOSPI" else "코스닥"
    return {
        "kospi_kosdaq_cls_name": market,
        "mrkt_trtm_cls_name": market,
        "hour_cls_code": "0",
        "inter_shrn_iscd": quote.company.code,
        "inter_kor_isnm": quote.company.name,
        "inter2_prpr": str(quote.price_won),
        "inter2_prdy_vrss": str(quote.change_won),
        "prdy_vrss_sign": quote.sign,
        "prdy_ctrt": f"{quote.change_percent:.2f}",
        "acml_vol": str(quote.bar.volume_shares),
        "inter2_oprc": str(quote.bar.open_won),
        "inter2_hgpr": str(quote.bar.high_won),
        "inter2_lwpr": str(quote.bar.low_won),
        "inter2_llam": str(lowest),
        "inter2_mxpr": str(highest),
        "inter2_askp": str(book.asks[0].price_won),
        "inter2_bidp": str(book.bids[0].price_won),
        "seln_rsqn": str(book.asks[0].shares),
        "shnu_rsqn": str(book.bids[0].shares),
        "total_askp_rsqn": str(sum(one.shares for one in book.asks)),
        "total_bidp_rsqn": str(sum(one.shares for one in book.bids)),
        "acml_tr_pbmn": str(quote.value_won),
        "inter2_prdy_clpr": str(quote.base_won),
        "oprc_vrss_hgpr_rate": change(quote.bar.high_won, quote.bar.open_won),
        "intr_antc_cntg_vrss": "0",
        "intr_antc_cntg_vrss_sign": "3",
        "intr_antc_cntg_prdy_ctrt": "0.00",
        "intr_antc_vol": "0",
        "inter2_sdpr": str(quote.base_won),
    }


def movers(desk: Desk, quotes: Iterable[Quote], *, falling: bool) -> list[dict[str, str]]:
    """The `output` of the ranking by change: the stocks that rose, or fell, the most."""
    order = sorted(quotes, key=lambda one: one.change_percent if falling else -one.change_percent)
    return [_mover(desk, quote, rank) for rank, quote in enumerate(order[:MOVERS], start=1)]


def _mover(desk: Desk, quote: Quote, rank: int) -> dict[str, str]:
    bar, price_won = quote.bar, quote.price_won
    day = f"{bar.session:%Y%m%d}"
    bars = desk.market.bars[quote.company.code][: quote.place]
    return {
        "stck_shrn_iscd": quote.company.code,
        "data_rank": str(rank),
        "hts_kor_isnm": quote.company.name,
        "stck_prpr": str(price_won),
        "prdy_vrss": str(quote.change_won),
        "prdy_vrss_sign": quote.sign,
        "prdy_ctrt": f"{quote.change_percent:.2f}",
        "acml_vol": str(bar.volume_shares),
        "stck_hgpr": str(bar.high_won),
        "hgpr_hour": "000000",
        "acml_hgpr_date": day,
        "stck_lwpr": str(bar.low_won),
        "lwpr_hour": "000000",
        "acml_lwpr_date": day,
        "lwpr_vrss_prpr_rate": change(price_won, bar.low_won),
        "dsgt_date_clpr_vrss_prpr_rate": change(price_won, quote.base_won),
        "cnnt_ascn_dynu": str(_run(bars, price_won, 1)),
        "hgpr_vrss_prpr_rate": change(price_won, bar.high_won),
        "cnnt_down_dynu": str(_run(bars, price_won, -1)),
        "oprc_vrss_prpr_sign": sign(price_won, bar.open_won or price_won),
        "oprc_vrss_prpr": str(price_won - bar.open_won if bar.open_won else 0),
        "oprc_vrss_prpr_rate": change(price_won, bar.open_won),
        "prd_rsfl": "0",
        "prd_rsfl_rate": "0.00",
    }


def _run(bars: Sequence[Bar], price_won: int, direction: int) -> int:
    """How many sessions in a row, this one too, closed higher (1) or lower (-1) than the one before."""
    closes, days = [price_won, *(bar.close_won for bar in reversed(bars))], 0
    while days + 1 < len(closes) and (closes[days] - closes[days + 1]) * direction > 0:
        days += 1
    return days


def index_row(level: Level) -> dict[str, str]:
    """An index's row of intstock-multprice; much of it is empty."""
    empty = ("inter2_llam", "inter2_mxpr", "inter2_askp", "inter2_bidp", "seln_rsqn", "shnu_rsqn")
    return dict.fromkeys(empty, "") | {
        "kospi_kosdaq_cls_name": "업종",
        "mrkt_trtm_cls_name": "",
        "hour_cls_code": "2",
        "inter_shrn_iscd": level.code,
        "inter_kor_isnm": kis_indices.name_of(level.code),
        "inter2_prpr": f"{level.level:.2f}",
        "inter2_prdy_vrss": f"{level.level - level.before.close:.2f}",
        "prdy_vrss_sign": sign(level.level, level.before.close),
        "prdy_ctrt": change(level.level, level.before.close),
        "acml_vol": str(int(kis_indices.thousand_shares(level.place) * level.passed)),
        "inter2_oprc": f"{level.bar.open:.2f}",
        "inter2_hgpr": f"{level.bar.high:.2f}",
        "inter2_lwpr": f"{level.bar.low:.2f}",
        "total_askp_rsqn": "0",
        "total_bidp_rsqn": "0",
        "acml_tr_pbmn": str(int(kis_indices.krw_millions(level.place) * level.passed)),
        "inter2_prdy_clpr": f"{level.before.close:.2f}",
        "oprc_vrss_hgpr_rate": "",
        "intr_antc_cntg_vrss": "0.00",
        "intr_antc_cntg_vrss_sign": "3",
        "intr_antc_cntg_prdy_ctrt": "0.00",
        "intr_antc_vol": "0",
        "inter2_sdpr": f"{level.before.close:.2f}",
    }
