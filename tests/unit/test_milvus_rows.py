"""What is refused before it reaches Milvus."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nunchi.adapters.milvus_rows import BadVector, StoryVector, check, entities, matching

NOON = datetime(2026, 10, 19, 3, 0, tzinfo=UTC)
ONE, OTHER = UUID(int=1), UUID(int=2)
ALLOWED = frozenset("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


def row(story_id: UUID = ONE, codes: tuple[str, ...] = ("005930",), *vector: float) -> StoryVector:
    return StoryVector(story_id, NOON, codes, list(vector or (1.0, 0.5)))


def test_a_row_is_stored_with_its_codes_set_apart() -> None:
    (entity,) = entities([row(codes=("005930", "0009K0"))], 2)
    assert entity == {
        "story_id": str(ONE),
        "known_at_us": 1_792_378_800_000_000,
        "stocks": " 005930 0009K0 ",
        "embedding": [1.0, 0.5],
    }


@pytest.mark.parametrize(
    ("vector", "said"),
    [
        ([1.0, float("nan")], "not finite"),
        ([float("inf"), 1.0], "not finite"),
        ([1.0, float("-inf")], "not finite"),
        ([1.0], "1 numbers where 2 are wanted"),
        ([1.0, 2.0, 3.0], "3 numbers where 2 are wanted"),
        ([], "0 numbers where 2 are wanted"),
        ([0.0, 0.0], "zeros"),
    ],
)
def test_a_vector_that_no_search_can_rank_is_refused_by_the_storys_name(
    vector: list[float], said: str
) -> None:
    with pytest.raises(BadVector, match=said):
        check(vector, 2, "here")
    with pytest.raises(BadVector, match=str(OTHER)):
        entities([row(), StoryVector(OTHER, NOON, (), vector)], 2)


def test_a_story_that_is_in_a_batch_twice_is_refused() -> None:
    with pytest.raises(BadVector, match=f"story {ONE} is in one batch twice"):
        entities([row(), row(OTHER), row()], 2)


def test_a_time_without_a_zone_is_refused_and_one_of_another_zone_is_the_same_moment() -> None:
    with pytest.raises(BadVector, match="no time zone"):
        matching(NOON.replace(tzinfo=None), None)
    seoul = NOON.astimezone(timezone(timedelta(hours=9)))
    assert matching(seoul, None) == matching(NOON, None) == "known_at_us < 1792378800000000"


def test_a_stocks_filter_finds_whole_codes_only() -> None:
    assert matching(NOON, "005930").endswith(' and stocks like "% 005930 %"')


WIDE = "\N{FULLWIDTH DIGIT ZERO}05930"
BROKEN = ["", " ", "005930\n", "\x00", "\ud800", WIDE]
HOSTILE = [*BROKEN, '"', "\\", '005930" or 1 == 1 or stocks like "', "%", "00593_"]


@pytest.mark.parametrize("code", HOSTILE)
def test_a_hostile_code_is_neither_stored_nor_searched_for(code: str) -> None:
    with pytest.raises(BadVector, match="no stock's code"):
        matching(NOON, code)
    with pytest.raises(BadVector, match="no stock's code"):
        entities([row(codes=("005930", code))], 2)


@given(st.text(max_size=30).filter(lambda code: not set(code) <= ALLOWED))
def test_nothing_but_letters_and_digits_gets_into_a_filter(code: str) -> None:
    with pytest.raises(BadVector) as raised:
        matching(NOON, code)
    assert str(raised.value).isascii()
    assert len(str(raised.value)) < 80


def test_a_story_about_more_stocks_than_fit_is_refused() -> None:
    with pytest.raises(BadVector, match=f"story {ONE} is about 600 stocks"):
        entities([row(codes=tuple(f"{number:06}" for number in range(600)))], 2)
