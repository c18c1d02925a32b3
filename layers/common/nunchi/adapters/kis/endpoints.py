"""The calls that we know, as KIS's portal lists them."""

from dataclasses import dataclass

BASE = "/uapi/domestic-stock/v1"


@dataclass(frozen=True)
class Endpoint:
    """A call: its TR, its path, whether paper trading has it, and whether more of it may be on further pages.

    `contexts` are the fields of an answer that a request for the next page gives back.
    """

    tr_id: str
    path: str
    on_paper: bool = False
    pages: bool = False
    contexts: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What errors call it: the end of its path."""
        return self.path.rpartition("/")[2]


def _quotations(tr_id: str, name: str, *, on_paper: bool = False, pages: bool = False) -> Endpoint:
    return Endpoint(tr_id, f"{BASE}/quotations/{name}", on_paper, pages)


PRICE = _quotations("FHKST01010100", "inquire-price", on_paper=True)
PRICES = _quotations("FHKST11300006", "intstock-multprice")
ORDER_BOOK = _quotations("FHKST01010200", "inquire-asking-price-exp-ccn", on_paper=True)
DAILY_BARS = _quotations("FHKST03010100", "inquire-daily-itemchartprice", on_paper=True)
MINUTE_BARS = _quotations("FHKST03010200", "inquire-time-itemchartprice", on_paper=True)
PAST_MINUTE_BARS = _quotations("FHKST03010230", "inquire-time-dailychartprice")
INVESTORS = _quotations("FHKST01010900", "inquire-investor", on_paper=True, pages=True)
OVERTIME_PRICE = _quotations("FHPST02300000", "inquire-overtime-price")
OVERTIME_DAYS = _quotations("FHPST02320000", "inquire-daily-overtimeprice", on_paper=True, pages=True)
INDEX_PRICE = _quotations("FHPUP02100000", "inquire-index-price")
INDEX_DAYS = _quotations("FHPUP02120000", "inquire-index-daily-price", pages=True)
PRODUCT = _quotations("CTPF1002R", "search-stock-info")
RATIOS = Endpoint("FHKST66430300", f"{BASE}/finance/financial-ratio", pages=True)
MOVERS = Endpoint("FHPST01700000", f"{BASE}/ranking/fluctuation")
CLOSED_DAYS = Endpoint(
    "CTCA0903R",
    f"{BASE}/quotations/chk-holiday",
    pages=True,
    contexts=("ctx_area_nk", "ctx_area_fk"),
)
TOKEN_NAME, TOKEN_PATH = "tokenP", "/oauth2/tokenP"
