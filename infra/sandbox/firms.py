"""The firms that DART knows: the sample's listed ones, and a few thousand that are not listed."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from infra.sandbox.entities import Company

_SYLLABLES = "갈늠돔룸븐숨읍줌춤폼겔눌덥럼믈벙슴옴쥼틈"
_TRADES = (
    "개발",
    "산업개발",
    "종합건설",
    "유동화전문유한회사",
    "자산관리",
    "엔지니어링",
    "홀딩스투자조합",
    "물류센터",
)
FIRST_LISTED, FIRST_UNLISTED = 1_900_000, 400_000
CLASSES = {"KOSPI": "Y", "KOSDAQ": "K"}


@dataclass(frozen=True)
class Firm:
    """A firm by DART's number (8 digits); `code` is empty for an unlisted one, whose class is E."""

    corp_code: str
    name: str
    code: str
    corp_class: str
    modified: str


def of(company: Company, place: int) -> Firm:
    """A listed company, the `place`-th of its market, as DART has it."""
    number = f"{FIRST_LISTED + 37 * place:08d}"
    return Firm(number, company.name, company.code, CLASSES[company.market], "20260302")


def unlisted() -> list[Firm]:
    """Every unlisted firm, always the same ones. No name holds a listed company's."""
    names = (f"{a}{b}{trade}" for a, b in product(_SYLLABLES, repeat=2) if a != b for trade in _TRADES)
    return [
        Firm(f"{FIRST_UNLISTED + 211 * place:08d}", name, "", "E", f"20{10 + place % 16}0{1 + place % 9}30")
        for place, name in enumerate(names)
    ]


def registered(companies: Sequence[Company]) -> list[Firm]:
    """Every firm, the listed ones here and there between the others, as DART lists them."""
    firms = unlisted()
    step = len(firms) // (len(companies) + 1)
    for place, company in reversed(list(enumerate(companies))):
        firms.insert(step * (place + 1), of(company, place))
    return firms
