"""What KIS says of one stock at a moment, by itself and beside charts."""

from collections.abc import Sequence
from datetime import timedelta

from infra.sandbox import kis_book, kis_products
from infra.sandbox.entities import Bar
from infra.sandbox.kis_desk import Desk, Quote
from infra.sandbox.kis_signs import change, percent
from infra.sandbox.prices import tick

HUNDRED_MILLIONS = 100_000_000  # market values are told in them
YEAR_SESSIONS, YEAR = 250, timedelta(days=364)
CHANGES = ("prdy_vrss", "prdy_vrss_sign", "prdy_ctrt", "acml_vol", "acml_tr_pbmn", "stck_prpr")
_FIXED = {
    "iscd_stat_cls_code": "55",
    "marg_rate": "40.00",
    "temp_stop_yn": "N",
    "oprc_rang_cont_yn": "N",
    "clpr_rang_cont_yn": "N",
    "crdt_able_yn": "Y",
    "grmn_rate_cls_code": "40",
    "elw_pblc_yn": "N",
    "frgn_ntby_qty": "0",
    "pgtr_ntby_qty": "0",
    "hts_deal_qty_unit_val": "1",
    "stac_month": "12",
    "whol_loan_rmnd_rate": "0.00",
    "ssts_yn": "Y",
    "vi_cls_code": "N",
    "ovtm_vi_cls_code": "N",
    "last_ssts_cntg_qty": "0",
    "invt_caful_yn": "N",
    "mrkt_warn_cls_code": "00",
    "short_over_yn": "N",
    "sltr_yn": "N",
}


def full(desk: Desk, quote: Quote) -> dict[str, str]:
    """A stock's `output` of inquire-price."""
    lowest, highest = quote.limits_won
    return {
        **_listing(desk, quote),
        **_today(quote),
        "stck_mxpr": str(highest),
        "stck_llam": str(lowest),
        "stck_sdpr": str(quote.base_won),
        "wghn_avrg_stck_prc": _mean_won(quote),
        "rstc_wdth_prc": str(highest - quote.base_won),
        "aspr_unit": str(tick(quote.price_won)),
        **_pivots(quote.before),
        **_worth(desk, quote),
        **_extremes(desk, quote),
    }


def _listing(desk: Desk, quote: Quote) -> dict[str, str]:
    product = kis_products.of(desk.market, quote.company)
    return _FIXED | {
        "rprs_mrkt_kor_name": quote.company.market,
        "bstp_kor_isnm": product.sector_name,
        "stck_shrn_iscd": quote.company.code,
        "stck_fcam": str(product.par_won),
        "fcam_cnnm": f"{product.par_won:,}",
        "cpfn_cnnm": f"{product.shares * product.par_won // HUNDRED_MILLIONS:,} 억",
        "hts_frgn_ehrt": f"{product.foreign_percent:.2f}",
        "frgn_hldn_qty": str(int(product.shares * product.foreign_percent / 100)),
        "stck_sspr": str(quote.base_won * 76 // 100),
    }


def _today(quote: Quote) -> dict[str, str]:
    return {
        "stck_prpr": str(quote.price_won),
        "prdy_vrss": str(quote.change_won),
        "prdy_vrss_sign": quote.sign,
        "prdy_ctrt": f"{quote.change_percent:.2f}",
        "acml_tr_pbmn": str(quote.value_won),
        "acml_vol": str(quote.bar.volume_shares),
        "prdy_vrss_vol_rate": percent(quote.bar.volume_shares, quote.before.volume_shares),
        "stck_oprc": str(quote.bar.open_won),
        "stck_hgpr": str(quote.bar.high_won),
        "stck_lwpr": str(quote.bar.low_won),
    }


def _mean_won(quote: Quote) -> str:
    volume = quote.bar.volume_shares
    return f"{quote.value_won / volume:.2f}" if volume else "0.00"


def _pivots(before: Bar) -> dict[str, str]:
    """Where chart readers expect a turn after a session."""
    pivot = (before.high_won + before.low_won + before.close_won) // 3
    width = before.high_won - before.low_won
    above, below = 2 * pivot - before.low_won, 2 * pivot - before.high_won
    return {
        "pvt_scnd_dmrs_prc": str(pivot + width),
        "pvt_frst_dmrs_prc": str(above),
        "pvt_pont_val": str(pivot),
        "pvt_frst_dmsp_prc": str(below),
        "pvt_scnd_dmsp_prc": str(pivot - width),
        "dmrs_val": str((pivot + above) // 2),
        "dmsp_val": str((pivot + below) // 2),
    }


def _worth(desk: Desk, quote: Quote) -> dict[str, str]:
    product = kis_products.of(desk.market, quote.company)
    return {
        "cpfn": str(product.shares * product.par_won // HUNDRED_MILLIONS),
        "lstn_stcn": str(product.shares),
        "hts_avls": str(product.shares * quote.price_won // HUNDRED_MILLIONS),
        "per": f"{quote.price_won / product.eps_won:.2f}",
        "pbr": f"{quote.price_won / product.bps_won:.2f}",
        "vol_tnrt": percent(quote.bar.volume_shares, product.shares),
        "eps": f"{product.eps_won:.2f}",
        "bps": f"{product.bps_won:.2f}",
    }


def _extremes(desk: Desk, quote: Quote) -> dict[str, str]:
    bars = desk.market.bars[quote.company.code][: quote.place]
    known = [*bars, quote.bar] if quote.bar.volume_shares else list(bars) or [quote.before]
    today = desk.market.sessions[quote.place]
    year = [bar for bar in known if bar.session.year == today.year] or known[-1:]
    last = [bar for bar in known if bar.session >= today - YEAR] or known[-1:]
    price_won = quote.price_won
    return {
        **_extreme(
            known[-YEAR_SESSIONS:], price_won, ("d250_hgpr", "d250_lwpr"), "d250_{}", "vrss_prpr_rate"
        ),
        **_extreme(year, price_won, ("stck_dryy_hgpr", "stck_dryy_lwpr"), "dryy_{}", "vrss_prpr_rate"),
        **_extreme(last, price_won, ("w52_hgpr", "w52_lwpr"), "w52_{}", "vrss_prpr_ctrt"),
    }


def _extreme(
    bars: Sequence[Bar], price_won: int, names: tuple[str, str], stem: str, rate: str
) -> dict[str, str]:
    """The highest and the lowest price of some sessions, each with its day and what the price is against it."""
    high, low = max(bars, key=lambda bar: bar.high_won), min(bars, key=lambda bar: bar.low_won)
    found = (("hgpr", high.high_won, high.session), ("lwpr", low.low_won, low.session))
    fields = {}
    for name, (kind, won, day) in zip(names, found, strict=True):
        fields[name] = str(won)
        fields[f"{stem.format(kind)}_{rate}"] = change(price_won, won)
        fields[f"{stem.format(kind)}_date"] = f"{day:%Y%m%d}"
    return fields


def beside_bars(desk: Desk, quote: Quote) -> dict[str, str]:
    """A stock's `output1` of inquire-daily-itemchartprice."""
    lowest, highest = quote.limits_won
    book = kis_book.of(desk.market.seed, quote)
    today, worth = _today(quote), _worth(desk, quote)
    return {
        **{name: today[name] for name in (*CHANGES, "stck_oprc", "stck_hgpr", "stck_lwpr")},
        **{name: worth[name] for name in ("vol_tnrt", "lstn_stcn", "cpfn", "hts_avls", "per", "eps", "pbr")},
        "stck_prdy_clpr": str(quote.base_won),
        "hts_kor_isnm": quote.company.name,
        "stck_shrn_iscd": quote.company.code,
        "prdy_vol": str(quote.before.volume_shares),
        "stck_mxpr": str(highest),
        "stck_llam": str(lowest),
        "stck_prdy_oprc": str(quote.before.open_won),
        "stck_prdy_hgpr": str(quote.before.high_won),
        "stck_prdy_lwpr": str(quote.before.low_won),
        "askp": str(book.asks[0].price_won),
        "bidp": str(book.bids[0].price_won),
        "prdy_vrss_vol": str(quote.bar.volume_shares - quote.before.volume_shares),
        "stck_fcam": str(kis_products.of(desk.market, quote.company).par_won),
        "itewhol_loan_rmnd_ratem name": "0.00",  # its name there, to the letter
    }


def beside_minutes(quote: Quote) -> dict[str, str]:
    """A stock's `output1` of the minute charts."""
    today = _today(quote)
    return {
        **{name: today[name] for name in CHANGES},
        "stck_prdy_clpr": str(quote.base_won),
        "hts_kor_isnm": quote.company.name,
    }
