"""The sample's indices under KIS's codes: KOSPI and KOSDAQ, and those made of them by a fixed factor.

A sector's index says nothing of its companies here: it is its market's, on another level.
"""

from infra.sandbox.entities import IndexBar, Market

KOSPI, KOSDAQ, KOSPI200 = "0001", "1001", "2001"
NAMES = {KOSPI: "종합", KOSDAQ: "KOSDAQ", KOSPI200: "KOSPI200"}
SECTORS = {  # of KOSPI; code → name
    "0005": "음식료품",
    "0006": "섬유의복",
    "0007": "종이목재",
    "0008": "화학",
    "0009": "의약품",
    "0010": "비금속광물",
    "0011": "철강금속",
    "0012": "기계",
    "0013": "전기.전자",
    "0015": "운수장비",
    "0016": "유통업",
    "0017": "전기가스업",
    "0018": "건설업",
    "0019": "운수창고",
    "0020": "통신업",
    "0026": "서비스업",
}
SIZES = {"1002": "대형주", "1003": "중형주", "1004": "소형주"}  # of KOSDAQ
# by the market that a call asks about: the indices that belong to it
GROUPS = {
    KOSPI: {KOSPI: NAMES[KOSPI], **SECTORS},
    KOSDAQ: {KOSDAQ: NAMES[KOSDAQ], **SIZES},
    KOSPI200: {KOSPI200: NAMES[KOSPI200]},
}
MARKETS = {KOSPI: "KOSPI", KOSDAQ: "KOSDAQ", KOSPI200: "KOSPI"}  # whose stocks count as up or down
_FACTORS = {KOSPI: 1.0, KOSDAQ: 1.0, KOSPI200: 0.135}
_FACTORS |= {code: 0.3 + 0.17 * place for place, code in enumerate(SECTORS)}
_FACTORS |= {code: 1.1 + 0.4 * place for place, code in enumerate(SIZES)}


def is_known(code: str) -> bool:
    """Whether there is an index of this code."""
    return code in _FACTORS


def name_of(code: str) -> str:
    """An index's name."""
    return next(names[code] for names in GROUPS.values() if code in names)


def market_of(code: str) -> str:
    """The market whose stocks an index is about: KOSPI or KOSDAQ."""
    return MARKETS[made_of(code)[0]]


def made_of(code: str) -> tuple[str, float]:
    """The index of the market's own that an index is made of, and the factor."""
    return KOSDAQ if code in GROUPS[KOSDAQ] else KOSPI, _FACTORS[code]


def derived(points: float, factor: float) -> float:
    """Points of an index made of another, with two decimals; what is higher there is never lower here."""
    return round(points * factor, 2)


def bars(market: Market, code: str) -> tuple[IndexBar, ...]:
    """Every bar of an index."""
    parent, factor = made_of(code)
    return tuple(
        IndexBar(
            session=bar.session,
            open=derived(bar.open, factor),
            high=derived(bar.high, factor),
            low=derived(bar.low, factor),
            close=derived(bar.close, factor),
        )
        for bar in market.index_bars[parent]
    )


def thousand_shares(place: int) -> int:
    """What is traded of an index in the session at a place, in thousands of shares."""
    return 300_000 + place * 137 % 90_000


def krw_millions(place: int) -> int:
    """What is traded of an index in the session at a place, in millions of won."""
    return 8_000_000 + place * 5_171 % 2_000_000
