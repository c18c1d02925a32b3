"""When two articles tell the same story: labelled pairs, laws, and the numbers that texts quote."""

import json
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nunchi.stories import numerals, rules
from nunchi.stories.rules import Founder, Telling

PAIRS = Path(__file__).parents[1] / "data" / "story_pairs.jsonl"
NOON = datetime(2026, 10, 19, 3, tzinfo=UTC)
TITLE = "다온솔전자, 북미에 4천200억원 규모 모듈 공급"
BODY = (
    "다온솔전자가 북미 장비업체에 4천200억원 규모의 모듈을 공급한다.\n"
    "회사는 18일 이런 내용의 계약을 맺었다고 공시했다. 지난해 매출액의 14.8%이며 기간은 2028년 3월까지다.\n"
    "공급 제품은 서버에 들어가는 12단 적층 모듈이다. 내년 하반기부터 음성 2공장에서 만든다.\n"
    "이날 주가는 전 거래일보다 6.3% 오른 5만7천400원에 거래를 마쳤다."
)
STORED = 12208216487540339877  # the sum of its bands
texts = st.text(max_size=300)
tellings = st.builds(rules.telling, texts, texts, st.lists(st.sampled_from(["990010", "990020"]), max_size=2))


@dataclass(frozen=True)
class Pair:
    """Two articles, written for the project, and whether they tell the same story."""

    kind: str
    same: bool
    one: Telling
    other: Telling

    @property
    def joined(self) -> bool:
        """Whether the second would join the first: it is looked for in a band of it, and then compared."""
        found = bool(set(rules.bands(self.one)) & set(rules.bands(self.other)))
        return found and rules.same_story(self.one, self.other)


@pytest.fixture(scope="module")
def pairs() -> list[Pair]:
    rows = map(json.loads, PAIRS.read_text(encoding="utf-8").splitlines())
    return [Pair(row["class"], row["same"], told(row["a"]), told(row["b"])) for row in rows]


def told(row: dict[str, Any]) -> Telling:
    return rules.telling(row["title"], row["body"], row["codes"])


def other_numbers(text: str) -> str:
    """The same template a day later; only the year and the month stay."""
    changes = {
        "4천200": "3천750",
        "18일": "19일",
        "14.8": "13.2",
        "12단": "16단",
        "6.3": "2.9",
        "5만7천400": "5만9천50",
    }
    for number, other in changes.items():
        text = text.replace(number, other)
    return text


def plain(**changed: Any) -> Telling:
    return rules.telling(**{"title": TITLE, "body": BODY, "companies": ["990010"]} | changed)


# --- the labelled pairs


def test_labelled_pairs_are_clustered_with_a_precision_of_098_and_a_recall_of_095(
    pairs: list[Pair], record_property: Any
) -> None:
    hits = sum(pair.joined and pair.same for pair in pairs)
    precision, recall = hits / sum(pair.joined for pair in pairs), hits / sum(pair.same for pair in pairs)
    kinds = defaultdict[str, list[Pair]](list)
    for pair in pairs:
        kinds[pair.kind].append(pair)
    for kind, of_kind in sorted(kinds.items()):
        right = sum(pair.joined == pair.same for pair in of_kind)
        record_property(kind, f"{right} of {len(of_kind)}")
        print(f"{kind:24} {right:3} of {len(of_kind):3}")
    print(f"precision {precision:.3f}, recall {recall:.3f} of {len(pairs)} pairs")
    assert len(pairs) >= 300
    assert precision >= 0.98
    assert recall >= 0.95


# --- what still matches, and what does not


@pytest.mark.parametrize(
    "reprint",
    [
        plain(title="[속보] 다온솔전자 서버용 모듈 첫 수출(종합)"),
        plain(body=f"(서울=가온뉴스) 홍길동 기자 = {BODY}"),
        plain(body=f"[누리경제 홍길동 기자] {BODY}"),
        plain(body="\n\n".join(reversed(BODY.split("\n")))),
        plain(
            body=f"{BODY}\n다온솔전자는 1987년 라디오용 부품회사로 출발했다. 지난해 매출은 2조8천억원이다."
        ),
        plain(body=BODY[: len(BODY) // 2]),
        plain(body=BODY.replace("4천200억원", "4,200억 원").replace("%", "퍼센트")),
        plain(companies=[]),
        plain(title="한글", body=f"…{BODY[60:150]}…"),
    ],
    ids=["title", "by-line", "outlet", "order", "added", "cut", "notation", "nobody named", "excerpt"],
)
def test_a_reprint_tells_the_same_story(reprint: Telling) -> None:
    assert rules.same_story(plain(), reprint)


@pytest.mark.parametrize(
    "other",
    [
        plain(companies=["990020"]),
        plain(body=other_numbers(BODY)),
        plain(body="다온솔전자가 18일 이사회를 열어 300억원어치 자사주를 사들이기로 했다. 기간은 석 달이다."),
        plain(body=""),
    ],
    ids=["another company", "other numbers", "other text", "title alone"],
)
def test_what_only_looks_alike_is_another_story(other: Telling) -> None:
    assert not rules.same_story(plain(), other)


def test_a_body_of_a_few_words_is_told_apart_by_its_title() -> None:
    one, other = (plain(title=f"코스피 {close} 마감", body="장 마감") for close in ("2,650.12", "2,701.44"))
    assert not rules.same_story(one, other)
    assert rules.same_story(one, one)


# --- the best founder


def founder(number: int, after: timedelta = timedelta(), **changed: Any) -> Founder:
    return Founder(UUID(int=number), NOON + after, plain(**changed))


def test_the_most_similar_founder_is_joined_whatever_the_order() -> None:
    longer = founder(1, body=f"{BODY}\n다온솔전자는 1987년 라디오용 부품회사로 출발했다. 본사는 수원이다.")
    exact, stranger = founder(2, timedelta(hours=1)), founder(3, companies=["990020"])
    for founders in ([longer, exact, stranger], [stranger, exact, longer]):
        assert rules.best(plain(), founders) == exact
    assert rules.best(plain(), [stranger]) is None
    assert rules.best(plain(), []) is None


def test_of_equally_similar_founders_the_earliest_is_joined_then_the_one_with_the_lowest_id() -> None:
    late, early, twin = founder(1, timedelta(seconds=1)), founder(2), founder(3)
    assert rules.best(plain(), [late, twin, early]) == early


# --- bands


def test_bands_are_many_signed_numbers_of_64_bits() -> None:
    found = rules.bands(plain())
    assert len(found) == rules.BODY_BANDS + rules.HEAD_BANDS + 1
    assert list(found) == sorted(set(found))
    assert min(found) < 0 < max(found)
    assert max(map(abs, found)) < 2**63


def test_a_shortened_reprint_shares_a_band_of_the_head_and_a_search_hit_that_of_the_title() -> None:
    long = plain(title="가", body=BODY + "".join(f" {n}번째 문단은 {n * 7}쪽에 있다." for n in range(200)))
    brief = plain(title="나", body=BODY.split("\n")[0] + BODY.split("\n")[1])
    excerpt = plain(title="[단독] 가", body=BODY[-60:])
    assert set(rules.bands(long)) & set(rules.bands(brief))
    assert set(rules.bands(long)) & set(rules.bands(excerpt))
    assert not set(rules.bands(brief)) & set(rules.bands(replace(excerpt, title="다")))


def test_bands_are_the_same_in_another_process() -> None:
    script = f"from nunchi.stories import rules; print(rules.bands(rules.telling({TITLE!r}, {BODY!r}, ())))"
    for seed in ("0", "4242"):
        environment = {"PYTHONHASHSEED": seed, "PATH": "/usr/bin:/bin"}
        done = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == str(rules.bands(plain()))


def test_bands_are_those_that_are_stored() -> None:
    # another release of the library that hashes otherwise would found every story of three days again
    assert sum(rules.bands(plain())) == STORED


# --- laws


@given(tellings)
def test_a_text_matches_itself_and_is_found(one: Telling) -> None:
    assert rules.same_story(one, one) is bool(one.text)
    assert bool(rules.bands(one)) is bool(one.text)


@given(tellings, tellings)
def test_the_order_of_two_texts_does_not_matter(one: Telling, other: Telling) -> None:
    assert rules.likeness(one, other) == rules.likeness(other, one)
    assert rules.same_story(one, other) == rules.same_story(other, one)


@given(tellings, tellings)
def test_likeness_is_a_share(one: Telling, other: Telling) -> None:
    found = rules.likeness(one, other)
    assert 0 <= found.similarity <= found.shared_text <= 1
    assert 0 <= found.shared_numbers <= 1


@given(texts, texts, st.text("()[]【】!,.… \n", max_size=20))
def test_spaces_and_punctuation_change_nothing(title: str, body: str, noise: str) -> None:
    one, other = rules.telling(title, f"가{body}", ()), rules.telling(title, f"가{noise}{body}", ())
    assert rules._bare(f"가{noise}{body}") == rules._bare(f"가{body}")
    assert one.title == other.title


# --- numbers


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("4천200억원", {"4.2e+11"}),
        ("4,200억 원", {"4.2e+11"}),
        ("5만7천400원 57,400원", {"57400"}),
        ("1조2천억", {"1.2e+12"}),
        ("3천140대", {"3140"}),
        ("44천원", {"44000"}),
        ("2조 8천400억", {"2e+12", "8.4e+11"}),
        ("14.80% 14.8퍼센트", {"14.8"}),
        ("1,2", {"1", "2"}),
        ("2028년 3월 18일, 3분기", {"2028년", "3월", "18일", "3분"}),
        ("2650.12포인트", {"2650.12"}),
        ("천만 명", set()),
        ("", set()),
    ],
)
def test_a_number_is_the_same_however_it_is_written(text: str, numbers: set[str]) -> None:
    assert numerals.quoted(text) == numbers


@pytest.mark.parametrize(
    ("number", "weight"), [("3", 1), ("4.2e+11", 2), ("51940.2", 6), ("0", 1), ("0.05", 1), ("2028년", 1)]
)
def test_a_number_weighs_its_significant_digits(number: str, weight: int) -> None:
    assert numerals.weight(number) == weight


@given(st.text("0123456789.,조억만천백 가", max_size=400))
def test_any_text_has_numbers_with_a_weight(text: str) -> None:
    assert all(numerals.weight(number) >= 1 for number in numerals.quoted(text))


def test_a_number_of_thousands_of_digits_is_one_number() -> None:
    assert len(numerals.quoted("9" * 10_000)) == 1
