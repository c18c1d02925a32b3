"""What the sample's companies are: shares, earnings and sectors, drawn from the seed and the code; and their ratios."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from infra.sandbox import kis_indices
from infra.sandbox.companies import NAMES
from infra.sandbox.entities import SEOUL, Company, Market
from infra.sandbox.kis_desk import Desk, Quote

SECTOR_OF = {
    "전자": "0013",
    "바이오": "0009",
    "화학": "0008",
    "중공업": "0015",
    "식품": "0005",
    "소재": "0008",
    "해운": "0019",
    "제약": "0009",
    "건설": "0018",
    "에너지": "0017",
    "반도체": "0013",
    "유통": "0016",
    "생명과학": "0009",
    "철강": "0011",
    "기계": "0012",
    "모터스": "0015",
    "통신": "0020",
    "로보틱스": "0012",
    "패널": "0013",
    "항공": "0019",
    "페인트": "0008",
    "배터리": "0013",
    "섬유": "0006",
    "물산": "0016",
    "제지": "0007",
    "패션": "0006",
    "테라퓨틱스": "0009",
    "목재": "0007",
    "물류": "0019",
    "코스메틱": "0008",
    "광학": "0013",
    "조선": "0015",
    "비료": "0008",
    "시멘트": "0010",
}  # by the second part of a company's name
SERVICES = "0026"
PARS_WON = (100, 500, 1_000, 5_000)
LISTED_FROM, LISTED_DAYS = date(1990, 1, 3), 10_000
REPORTED_AFTER = timedelta(days=45)
PERIODS = {False: 10, True: 30}  # how many a list has, by whether they are quarters
_SUFFIXES = {stem + suffix: suffix for stem, suffix in NAMES}


@dataclass(frozen=True)
class Product:
    """What is fixed about a stock. Earnings and book value are of a year and in won a share."""

    shares: int
    par_won: int
    eps_won: int
    bps_won: int
    foreign_percent: float
    listed_on: date
    sector: str

    @property
    def sector_name(self) -> str:
        """The sector's name with KRX."""
        return kis_indices.SECTORS[self.sector]


@cache
def _product(seed: int, company: Company, first_won: int) -> Product:
    rng = random.Random(f"product {seed} {company.code}")
    return Product(
        shares=rng.randrange(8_000_000, 400_000_000),
        par_won=rng.choice(PARS_WON),
        eps_won=max(1, int(first_won / rng.uniform(6, 25))),
        bps_won=max(1, int(first_won / rng.uniform(0.5, 3))),
        foreign_percent=round(rng.uniform(2, 50), 2),
        listed_on=LISTED_FROM + timedelta(days=rng.randrange(LISTED_DAYS)),
        sector=SECTOR_OF.get(_SUFFIXES.get(company.name, ""), SERVICES),
    )


def of(market: Market, company: Company) -> Product:
    """A company's stock."""
    return _product(market.seed, company, market.bars[company.code][0].close_won)


def info(desk: Desk, quote: Quote) -> dict[str, str]:
    """A stock's `output` of search-stock-info."""
    company, product = quote.company, of(desk.market, quote.company)
    is_kospi, listed = company.market == "KOSPI", f"{product.listed_on:%Y%m%d}"
    english = f"Sample {int(company.code[2:5])}"
    day = desk.market.sessions[quote.place]
    fixed = dict.fromkeys(_EMPTY, "") | _FIXED
    return fixed | {
        "pdno": f"00000A{company.code}",
        "mket_id_cd": "STK" if is_kospi else "KSQ",
        "excg_dvsn_cd": "02" if is_kospi else "03",
        "lstg_stqt": str(product.shares),
        "cpta": str(product.shares * product.par_won),
        "papr": str(product.par_won),
        "issu_pric": str(product.par_won),
        "kospi200_item_yn": "Y" if is_kospi else "N",
        "scts_mket_lstg_dt": listed if is_kospi else "",
        "kosdaq_mket_lstg_dt": "" if is_kospi else listed,
        "frbd_mket_lstg_dt": "",
        "idx_bztp_mcls_cd": product.sector[1:],
        "idx_bztp_scls_cd": product.sector[1:],
        "prdt_name": f"{company.name}보통주",
        "prdt_name120": f"{company.name}보통주",
        "prdt_abrv_name": company.name,
        "std_pdno": f"KR7{company.code}003",
        "prdt_eng_name": f"{english} Co., Ltd.",
        "prdt_eng_name120": f"{english} Co., Ltd.",
        "prdt_eng_abrv_name": english,
        "sbst_pric": str(quote.base_won * 7 // 10),
        "thco_sbst_pric": str(quote.base_won * 7 // 10),
        "thco_sbst_pric_chng_dt": f"{day:%Y%m%d}",
        "thdt_clpr": str(quote.bar.close_won),
        "bfdy_clpr": str(quote.before.close_won),
        "clpr_chng_dt": f"{day:%Y%m%d}",
        "std_idst_clsf_cd_name": product.sector_name,
        "idx_bztp_mcls_cd_name": product.sector_name,
        "idx_bztp_scls_cd_name": product.sector_name,
    }


_FIXED = {
    "prdt_type_cd": "300",
    "scty_grp_id_cd": "ST",
    "setl_mmdd": "12",
    "lstg_cptl_amt": "0",
    "etf_dvsn_cd": "0",
    "oilf_fund_yn": "N",
    "idx_bztp_lcls_cd": "002",
    "stck_kind_cd": "101",
    "etf_cu_qty": "0",
    "dpsi_aptm_erlm_yn": "Y",
    "etf_txtn_type_cd": "00",
    "nwst_odst_dvsn_cd": "1",
    "tr_stop_yn": "N",
    "admn_item_yn": "N",
    "std_idst_clsf_cd": "000000",
    "idx_bztp_lcls_cd_name": "시가총액규모중",
    "ocr_no": "1001",
    "crfd_item_yn": "N",
    "elec_scty_yn": "Y",
}
_EMPTY = (
    "scts_mket_lstg_abol_dt",
    "kosdaq_mket_lstg_abol_dt",
    "frbd_mket_lstg_abol_dt",
    "reits_kind_cd",
    "mfnd_opng_dt",
    "mfnd_end_dt",
    "dpsi_erlm_cncl_dt",
    "etf_type_cd",
    "lstg_abol_dt",
)


def ratios(desk: Desk, company: Company, now: datetime, *, quarterly: bool) -> list[dict[str, str]]:
    """A company's `output` of financial-ratio: of the years or quarters that are reported on, newest first."""
    product = of(desk.market, company)
    ended = _ended(now.astimezone(SEOUL).date() - REPORTED_AFTER, 3 if quarterly else 12)
    return [_ratio(desk.market.seed, company, product, next(ended)) for _ in range(PERIODS[quarterly])]


def _ended(day: date, months: int) -> Iterator[str]:
    """The months (YYYYMM) in which periods ended that were over on a day, newest first."""
    month = (day.year * 12 + day.month - 1) // months * months - 1
    while True:
        yield f"{month // 12}{month % 12 + 1:02d}"
        month -= months


def _ratio(seed: int, company: Company, product: Product, month: str) -> dict[str, str]:
    rng = random.Random(f"ratio {seed} {company.code} {month}")
    eps_won = product.eps_won * int(month[4:]) / 12 * rng.uniform(0.8, 1.2)
    return {
        "stac_yymm": month,
        "grs": f"{rng.gauss(5, 12):.2f}",
        "bsop_prfi_inrt": f"{rng.gauss(5, 40):.2f}",
        "ntin_inrt": f"{rng.gauss(5, 40):.2f}",
        "roe_val": f"{100 * eps_won / product.bps_won:.2f}",
        "eps": f"{eps_won:.2f}",
        "sps": str(product.eps_won * rng.randrange(8, 30)),
        "bps": f"{product.bps_won * rng.uniform(0.9, 1.1):.2f}",
        "rsrv_rate": f"{rng.uniform(200, 5_000):.2f}",
        "lblt_rate": f"{rng.uniform(15, 180):.2f}",
    }
