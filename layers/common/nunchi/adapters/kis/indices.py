"""Which answers an index code may have. In other sources 1001 is KOSPI, and an answer hardly says what it is of."""

from dataclasses import dataclass

from nunchi.adapters.kis.fields import Row

COUNTS = ("ascn_issu_cnt", "stnr_issu_cnt", "down_issu_cnt")  # of stocks that rose, stayed and fell


@dataclass(frozen=True)
class Plausible:
    """The levels that an index can have, in points, and the most stocks that it can be of."""

    lowest_points: float
    highest_points: float
    most_stocks: int


# Wide: 15 years of levels, and room above. KOSPI has about 950 stocks, KOSDAQ 1,800.
KNOWN = {
    "0001": Plausible(1_300, 20_000, 1_300),
    "1001": Plausible(200, 2_000, 3_000),
    "2001": Plausible(100, 3_000, 250),
}


def check_level(code: str, row: Row, name: str, level_points: float) -> None:
    """Raises `UnexpectedBody` when a level can't be that of an index; codes that we don't know may have any."""
    known = KNOWN.get(code)
    if known and not known.lowest_points <= level_points <= known.highest_points:
        raise row.error(name, f"is no level of index {code}")


def check_count(code: str, row: Row) -> None:
    """Raises `UnexpectedBody` when an answer counts more stocks than an index has."""
    known = KNOWN.get(code)
    count = sum(row.whole_or_none(name) or 0 for name in COUNTS)
    if known and count > known.most_stocks:
        raise row.error(COUNTS[0], f"is of more stocks than index {code} has")
