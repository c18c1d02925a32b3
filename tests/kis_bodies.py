"""Answers of KIS about stocks, in the shapes of its portal: the numbers are invented, the companies fictional."""

from typing import Any

Body = dict[str, Any]

STOCK, OTHER = "900010", "900020"


def succeeded(**outputs: Any) -> Body:
    """A call that succeeded."""
    return outputs | {"rt_cd": "0", "msg_cd": "MCA00000", "msg1": "정상처리 되었습니다."}


def refused(code: str, message: str = "초당 거래건수를 초과하였습니다.") -> Body:
    """A data call that failed."""
    return {"rt_cd": "1", "msg_cd": code, "msg1": message}


TOO_OFTEN = {
    "error_description": "접근토큰 발급 잠시 후 다시 시도하세요(1분당 1회)",
    "error_code": "EGW00133",
}

PRICE_ROW = {
    "iscd_stat_cls_code": "55",
    "rprs_mrkt_kor_name": "KOSPI",
    "stck_prpr": "41250",
    "prdy_vrss": "-750",
    "prdy_vrss_sign": "5",
    "prdy_ctrt": "-1.79",
    "acml_tr_pbmn": "51637500000",
    "acml_vol": "1250000",
    "stck_oprc": "42000",
    "stck_hgpr": "42300",
    "stck_lwpr": "41100",
    "stck_mxpr": "54600",
    "stck_llam": "29400",
    "stck_sdpr": "42000",
    "per": "",
    "lstn_stcn": "88000000",
    "stck_shrn_iscd": STOCK,
    "temp_stop_yn": "N",
}
PRICE = succeeded(output=PRICE_ROW)


def one_of_many(code: str, **changed: str) -> dict[str, str]:
    """A row of a call for many prices."""
    return {
        "kospi_kosdaq_cls_name": "거래소",
        "hour_cls_code": "0",
        "inter_shrn_iscd": code,
        "inter_kor_isnm": "가온정밀",
        "inter2_prpr": "41250",
        "inter2_prdy_vrss": "-750",
        "prdy_vrss_sign": "5",
        "prdy_ctrt": "-1.79",
        "acml_vol": "1250000",
        "inter2_oprc": "42000",
        "inter2_hgpr": "42300",
        "inter2_lwpr": "41100",
        "inter2_llam": "29400",
        "inter2_mxpr": "54600",
        "inter2_askp": "41300",
        "inter2_bidp": "41250",
        "acml_tr_pbmn": "51637500000",
        "inter2_prdy_clpr": "42000",
        "inter2_sdpr": "42000",
    } | changed


INDEX_AMONG_STOCKS = one_of_many("0001", inter2_prpr="3211.45", inter2_mxpr="", inter2_llam="")
PRICES = succeeded(
    output=[one_of_many(STOCK), one_of_many(OTHER, inter2_prpr="990", inter2_oprc="0"), INDEX_AMONG_STOCKS]
)

BOOK_ROW = (
    {"aspr_acpt_hour": "093015"}
    | {f"askp{n}": str(41_250 + 50 * n) if n < 10 else "0" for n in range(1, 11)}
    | {f"bidp{n}": str(41_300 - 50 * n) for n in range(1, 11)}
    | {f"askp_rsqn{n}": str(100 * n) if n < 10 else "0" for n in range(1, 11)}
    | {f"bidp_rsqn{n}": str(7 * n) for n in range(1, 11)}
    | {"total_askp_rsqn": "4500", "total_bidp_rsqn": "385"}
)
ORDER_BOOK = succeeded(
    output1=BOOK_ROW,
    output2={
        "antc_mkop_cls_code": "311",
        "stck_prpr": "41250",
        "antc_cnpr": "0",
        "antc_vol": "0",
        "stck_shrn_iscd": STOCK,
    },
)


def daily_row(day: str, **changed: str) -> dict[str, str]:
    """A stock's session."""
    return {
        "stck_bsop_date": day,
        "stck_clpr": "41250",
        "stck_oprc": "42000",
        "stck_hgpr": "42300",
        "stck_lwpr": "41100",
        "acml_vol": "1250000",
        "acml_tr_pbmn": "51637500000",
        "flng_cls_code": "00",
        "prtt_rate": "0.00",
        "mod_yn": "N",
        "prdy_vrss_sign": "5",
        "prdy_vrss": "-750",
        "revl_issu_reas": "",
    } | changed


DAILY_NOW = {
    "prdy_vrss": "-750",
    "prdy_vrss_sign": "5",
    "stck_prdy_clpr": "42000",
    "acml_vol": "1250000",
    "hts_kor_isnm": "가온정밀",
    "stck_prpr": "41250",
    "stck_oprc": "42000",
    "stck_hgpr": "42300",
    "stck_lwpr": "41100",
    "stck_mxpr": "54600",
    "stck_llam": "29400",
    "itewhol_loan_rmnd_ratem name": "0.32",
}
DAILY = succeeded(
    output1=DAILY_NOW,
    output2=[
        daily_row("20260703"),
        daily_row("20260702", stck_clpr="42000", stck_hgpr="42500", prdy_vrss="500", prdy_vrss_sign="2"),
        daily_row("20260701", stck_oprc="0", stck_hgpr="0", stck_lwpr="0", acml_vol="0", prdy_vrss="0"),
    ],
)


def minute_row(hour: str, day: str = "20260703", **changed: str) -> dict[str, str]:
    """A stock's minute."""
    return {
        "stck_bsop_date": day,
        "stck_cntg_hour": hour,
        "stck_prpr": "41250",
        "stck_oprc": "41300",
        "stck_hgpr": "41350",
        "stck_lwpr": "41200",
        "cntg_vol": "1383",
        "acml_tr_pbmn": "55858827400",
    } | changed


MINUTES = succeeded(output1=DAILY_NOW, output2=[minute_row("093000"), minute_row("092900", cntg_vol="0")])
PAST_MINUTES = succeeded(
    output1=DAILY_NOW, output2=[minute_row("090000"), minute_row("153000", day="20260702")]
)


def flow_row(day: str, **changed: str) -> dict[str, str]:
    """What investors did with a stock in a session."""
    return {
        "stck_bsop_date": day,
        "stck_clpr": "41250",
        "prsn_ntby_qty": "-12000",
        "frgn_ntby_qty": "15000",
        "orgn_ntby_qty": "-3000",
        "prsn_ntby_tr_pbmn": "-495",
        "frgn_ntby_tr_pbmn": "619",
        "orgn_ntby_tr_pbmn": "-124",
        "prsn_shnu_vol": "400000",
    } | changed


FLOWS = tuple(f"{who}_ntby_{what}" for what in ("qty", "tr_pbmn") for who in ("prsn", "frgn", "orgn"))
INVESTORS = succeeded(
    output=[flow_row("20260703", **dict.fromkeys(FLOWS, "")), flow_row("20260702"), flow_row("20260701")]
)

OVERTIME_ROW = {
    "ovtm_untp_prpr": "41300",
    "ovtm_untp_prdy_vrss": "-50",
    "ovtm_untp_prdy_vrss_sign": "5",
    "ovtm_untp_prdy_ctrt": "-0.12",
    "ovtm_untp_vol": "3500",
    "ovtm_untp_tr_pbmn": "144550000",
    "ovtm_untp_mxpr": "45450",
    "ovtm_untp_llam": "37150",
    "ovtm_untp_oprc": "41300",
    "ovtm_untp_hgpr": "41350",
    "ovtm_untp_lwpr": "41250",
    "ovtm_untp_sdpr": "41250",
    "new_lstn_cls_name": "        ",
    "bidp": "41250",
    "askp": "41300",
}
OVERTIME = succeeded(output=OVERTIME_ROW)
OVERTIME_DAYS = succeeded(
    output1={"ovtm_untp_prpr": "41300"},
    output2=[
        {
            "stck_bsop_date": "20260703",
            "ovtm_untp_prpr": "41300",
            "ovtm_untp_vol": "3500",
            "ovtm_untp_tr_pbmn": "144550000",
            "stck_clpr": "41250",
            "acml_vol": "1250000",
        },
        {
            "stck_bsop_date": "20260702",
            "ovtm_untp_prpr": "0",
            "ovtm_untp_vol": "0",
            "ovtm_untp_tr_pbmn": "0",
            "stck_clpr": "42000",
            "acml_vol": "900000",
        },
    ],
)
