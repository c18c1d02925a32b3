"""The order of hits, and equals where a store cuts them as it happens to hold them."""

from collections.abc import Callable
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from nunchi.adapters.milvus import MOST_HITS, Hit
from nunchi.embed.nearest import nearest, place

NOBODY = UUID(int=2**100)


def store_of(hits: list[Hit], asked: list[int] | None = None) -> Callable[[int], list[Hit]]:
    """A store's search: the most similar first, equals in the order of the list."""

    def search(limit: int) -> list[Hit]:
        if asked is not None:
            asked.append(limit)
        return sorted(hits, key=lambda hit: -hit.similarity)[:limit]

    return search


stories = st.lists(
    st.builds(Hit, st.integers(0, 10**6).map(lambda n: UUID(int=n)), st.sampled_from([0.5, 0.8, 0.9])),
    max_size=80,
    unique_by=lambda hit: hit.story_id,
)


@given(stories, st.randoms(), st.integers(1, 12))
def test_the_order_in_which_a_store_holds_equals_does_not_matter(
    hits: list[Hit], draw: object, n: int
) -> None:
    shuffled = list(hits)
    draw.shuffle(shuffled)  # type: ignore[attr-defined]
    found = nearest(store_of(hits), n, but=NOBODY)
    assert found == nearest(store_of(shuffled), n, but=NOBODY)
    assert found == sorted(hits, key=place)[:n]


@given(stories, st.integers(1, 12))
def test_the_story_itself_is_left_out_and_takes_nobodys_place(hits: list[Hit], n: int) -> None:
    own = Hit(NOBODY, 1.0)
    assert nearest(store_of([own, *hits]), n, but=NOBODY) == nearest(store_of(hits), n, but=NOBODY)


def test_digits_that_engines_differ_in_make_no_order() -> None:
    hits = [Hit(UUID(int=2), 0.9 + 1e-9), Hit(UUID(int=1), 0.9)]
    assert [hit.story_id.int for hit in nearest(store_of(hits), 2, but=NOBODY)] == [1, 2]


def test_a_store_is_asked_once_where_nothing_is_equal_and_no_further_than_its_limit() -> None:
    once, often = list[int](), list[int]()
    nearest(store_of([Hit(UUID(int=n), 1 - n / 1000) for n in range(200)], once), 10, but=NOBODY)
    same = [Hit(UUID(int=n), 0.9) for n in range(MOST_HITS + 5)]
    assert len(nearest(store_of(same, often), 10, but=NOBODY)) == 10
    assert once == [20]
    assert often[-1] == MOST_HITS
    assert often == sorted(set(often))
