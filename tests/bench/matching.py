"""How many headlines a second are matched on one core, and against a bare alternation of the listed names.

python -m tests.bench.matching
"""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from nunchi.match.rules import Company, Listing, match

MARKET_SIZE = 2700
ROUNDS = 5
_DATA = Path(__file__).parents[1] / "data"
_FIRST = [
    "가람",
    "나래",
    "다솔",
    "라온솔",
    "마루빛",
    "바름결",
    "사론",
    "아라찬",
    "자온",
    "차울",
    "카온",
    "타룬",
    "파란솔",
    "하늬",
    "거누",
    "너울빛",
    "더울",
    "러온",
    "머루솔",
    "버들온",
]
_MIDDLE = ["빛", "결", "솔", "찬", "온", "누리", "마루", "다온", "해랑", "그루"]
_LAST = [
    "전자",
    "바이오",
    "화학",
    "정밀",
    "소재",
    "제약",
    "건설",
    "식품",
    "물류",
    "통신",
    "로보틱스",
    "에너지",
    "테크",
]


@dataclass(frozen=True)
class Matching:
    """Headlines a second, and the time of matching over that of only finding the listed names by one regex."""

    headlines_per_s: float
    against_alternation: float


def table(name: str) -> list[list[str]]:
    """The rows of `tests/data/<name>.tsv` without its comments."""
    lines = (_DATA / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


def market() -> list[Company]:
    """As many companies as the market has: the real ones of `companies.tsv`, then fictional ones."""
    real = [Company(code, name, place) for code, name, place in table("companies")]
    names = map("".join, product(_FIRST, _MIDDLE, _LAST))
    codes = (f"99{number:04d}" for number in range(MARKET_SIZE))
    fictional = (Company(code, name, "KOSDAQ") for code, name in zip(codes, names, strict=False))
    return [*real, *list(fictional)[: MARKET_SIZE - len(real)]]


def measure() -> Matching:
    """The best of some rounds over the labelled headlines, each done both ways in turn."""
    companies = market()
    titles = [row[1] for row in table("headlines")]
    listing = Listing.build(companies)
    bare = re.compile(
        "|".join(re.escape(name) for name in sorted({c.name for c in companies}, key=len, reverse=True))
    )
    ours_s, bare_s = zip(*_rounds(titles, lambda title: match(title, "", listing), bare.findall), strict=True)
    return Matching(len(titles) / min(ours_s), min(ours_s) / min(bare_s))


def _rounds(titles: list[str], *ways: Callable[[str], object]) -> Iterator[tuple[float, ...]]:
    for _ in range(ROUNDS):
        yield tuple(_seconds(way, titles) for way in ways)


def _seconds(way: Callable[[str], object], titles: list[str]) -> float:
    start = time.perf_counter()
    for title in titles:
        way(title)
    return time.perf_counter() - start


if __name__ == "__main__":
    measured = measure()
    print(
        f"{measured.headlines_per_s:,.0f} headlines/s, {measured.against_alternation:.2f} x a bare alternation"
    )
