"""The labelled headlines: precision, recall and F1 of the matching, in all and per class of case."""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from nunchi.match.rules import ABOUT, Company, Listing, match
from tests.bench.matching import market, table

LEAST_HEADLINES = 300
LEAST_F1 = 0.97
# Classes in which headlines mostly name no company: the share of headlines labelled just so.
LEAST_EXACT = {"ambiguous": 0.9, "group": 0.9, "none": 0.95}
LEAST_CLASS_F1 = {
    "affiliate": 0.95,
    "broker_source": 0.93,
    "broker_subject": 0.93,
    "english": 0.93,
    "nickname": 0.93,
    "particles": 0.93,
    "plain": 0.97,
    "several": 0.97,
}


@dataclass(frozen=True)
class Labelled:
    """A headline and the companies it is about."""

    kind: str
    title: str
    codes: frozenset[str]


@dataclass(frozen=True)
class Score:
    """Counts over (headline, company) pairs and over headlines."""

    right: int
    wrong: int
    missed: int
    exact: int
    headlines: int

    def f1(self) -> float:
        return 2 * self.right / max(2 * self.right + self.wrong + self.missed, 1)

    def __str__(self) -> str:
        precision = self.right / max(self.right + self.wrong, 1)
        recall = self.right / max(self.right + self.missed, 1)
        return (
            f"{self.headlines:4d} headlines, {self.exact / self.headlines:6.1%} exact, "
            f"precision {precision:.3f}, recall {recall:.3f}, F1 {self.f1():.3f}"
        )


@pytest.fixture(scope="module")
def labelled() -> list[Labelled]:
    rows = table("headlines")
    return [Labelled(row[0], row[1], frozenset(row[2].split() if len(row) > 2 else [])) for row in rows]


@pytest.fixture(scope="module")
def listing() -> Listing:
    return Listing.build(market())


@pytest.fixture(scope="module")
def scores(labelled: list[Labelled], listing: Listing) -> dict[str, Score]:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for headline in labelled:
        found = {m.code for m in match(headline.title, "", listing) if m.relevance >= ABOUT}
        counted = Counter(
            right=len(found & headline.codes),
            wrong=len(found - headline.codes),
            missed=len(headline.codes - found),
            exact=int(found == headline.codes),
            headlines=1,
        )
        counts[headline.kind] += counted
        counts["all"] += counted
    return {
        kind: Score(*(count[part] for part in ("right", "wrong", "missed", "exact", "headlines")))
        for kind, count in counts.items()
    }


def test_the_labels_are_many_and_of_listed_companies(labelled: list[Labelled], listing: Listing) -> None:
    assert len(labelled) >= LEAST_HEADLINES
    assert {code for headline in labelled for code in headline.codes} <= listing.codes


def test_headlines_are_matched_to_their_companies(
    scores: dict[str, Score],
    record_property: Callable[[str, object], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    with capsys.disabled():
        print()
        for kind, score in sorted(scores.items()):
            print(f"  matching {kind:15s} {score}")
            record_property(f"matching {kind}", str(score))
    assert scores["all"].f1() >= LEAST_F1


def test_every_class_of_case_is_matched(scores: dict[str, Score]) -> None:
    assert set(scores) - {"all"} == LEAST_CLASS_F1.keys() | LEAST_EXACT.keys()
    low = [kind for kind, least in LEAST_CLASS_F1.items() if scores[kind].f1() < least]
    loose = [
        kind for kind, least in LEAST_EXACT.items() if scores[kind].exact / scores[kind].headlines < least
    ]
    assert low + loose == []


def test_a_listing_of_registered_names_finds_the_same() -> None:
    registered = {
        "005380": "현대자동차",
        "030200": "케이티",
        "015760": "한국전력공사",
        "033780": "케이티앤지",
        "028050": "삼성엔지니어링",
    }
    listing = Listing.build([Company(code, name, "") for code, name in registered.items()])
    title = "현대차·KT·한국전력·KT&G·삼성E&A 나란히 강세"
    assert {m.code for m in match(title, "", listing) if m.relevance >= ABOUT} == registered.keys()
