"""Answers of KIS about indices, companies, the ranking and the calendar; see `kis_bodies`."""

from tests.kis_bodies import STOCK, Body, succeeded

INDEX_ROW = {
    "bstp_nmix_prpr": "3211.45",
    "bstp_nmix_prdy_vrss": "-18.20",
    "prdy_vrss_sign": "5",
    "bstp_nmix_prdy_ctrt": "-0.56",
    "acml_vol": "412345",
    "acml_tr_pbmn": "9876543",
    "bstp_nmix_oprc": "3230.00",
    "bstp_nmix_hgpr": "3234.56",
    "bstp_nmix_lwpr": "3201.02",
    "ascn_issu_cnt": "300",
    "stnr_issu_cnt": "58",
    "down_issu_cnt": "590",
}
INDEX = succeeded(output=INDEX_ROW)


def index_row(day: str, **changed: str) -> dict[str, str]:
    """An index's session."""
    kept = {name: INDEX_ROW[name] for name in INDEX_ROW if not name.endswith("_cnt")}
    return {"stck_bsop_date": day, **kept, "d20_dsrt": "97.44"} | changed


INDEX_DAYS = succeeded(output1=INDEX_ROW, output2=[index_row("20260703"), index_row("20260702")])

PRODUCT_ROW = {
    "pdno": f"00000A{STOCK}",
    "prdt_type_cd": "300",
    "mket_id_cd": "STK",
    "lstg_stqt": "88000000",
    "papr": "500",
    "scts_mket_lstg_dt": "20050214",
    "kosdaq_mket_lstg_dt": "19991230",
    "frbd_mket_lstg_dt": "",
    "lstg_abol_dt": "",
    "prdt_abrv_name": "가온정밀",
    "prdt_eng_abrv_name": "GAON PRECISION",
    "std_pdno": "KR7900010000",
    "std_idst_clsf_cd_name": "특수 목적용 기계 제조업",
    "tr_stop_yn": "N",
    "admn_item_yn": "Y",
}
PRODUCT = succeeded(output=PRODUCT_ROW)

RATIO_ROW = {
    "stac_yymm": "202512",
    "grs": "-4.10",
    "bsop_prfi_inrt": "12.50",
    "ntin_inrt": "",
    "roe_val": "8.03",
    "eps": "2131.00",
    "sps": "38120",
    "bps": "26540.00",
    "rsrv_rate": "5208.00",
    "lblt_rate": "41.70",
}
RATIOS = succeeded(output=[RATIO_ROW])

MOVER_ROW = {
    "stck_shrn_iscd": STOCK,
    "data_rank": "1",
    "hts_kor_isnm": "가온정밀",
    "stck_prpr": "41250",
    "prdy_vrss": "-9500",
    "prdy_vrss_sign": "5",
    "prdy_ctrt": "-18.72",
    "acml_vol": "1250000",
}
MOVERS = succeeded(output=[MOVER_ROW])


def calendar_row(day: str, opened: str) -> dict[str, str]:
    """A day of the calendar."""
    return {"bass_dt": day, "wday_dvsn_cd": "06", "bzdy_yn": "Y", "tr_day_yn": "Y", "opnd_yn": opened}


def calendar_page(*days: tuple[str, str], following: str = "") -> Body:
    """A page of the calendar, which names the day that the next one begins with."""
    return succeeded(
        ctx_area_nk=following.ljust(20),
        ctx_area_fk=days[0][0].ljust(20),
        output=[calendar_row(day, opened) for day, opened in days],
    )


CALENDAR = calendar_page(("20260716", "Y"), ("20260717", "N"))
