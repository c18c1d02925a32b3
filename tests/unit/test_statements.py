"""What the archive keeps, read as something that anybody may have written: it never raises, and no change passes."""

import json
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nunchi.ledger import rules, service, statements

AT = datetime(2026, 10, 19, 3, 12, tzinfo=UTC)
CONTENTS: list[dict[str, Any]] = [
    {"forecast_id": str(UUID(int=number)), "raw": [0.2, 0.3, 0.5], "arm": "prior"} for number in range(3)
]
KEPT = service.statement(None, CONTENTS, AT)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)
PLACES: list[tuple[Any, ...]] = [
    *((name,) for name in KEPT),
    *(("header", name) for name in KEPT["header"]),
    *(("contents", place) for place in range(3)),
    *(("contents", 1, name) for name in CONTENTS[0]),
]


def written(statement: Any) -> bytes:
    return json.dumps(statement).encode()


def stands(body: bytes) -> bool:
    """Whether a statement would be taken for one that nobody changed."""
    found = statements.read(body)
    assert found is not None
    return statements.is_readable(found) and not rules.flaws(found, rules.GENESIS)


def owner(statement: dict[str, Any], place: tuple[Any, ...]) -> Any:
    for name in place[:-1]:
        statement = statement[name]
    return statement


def test_a_statement_that_nobody_changed_stands_and_is_hashed_from_its_contents() -> None:
    assert stands(written(KEPT))
    found = statements.read(written(KEPT))
    assert found == KEPT | {"leaves": [rules.content_hash(one) for one in CONTENTS]}


def test_what_is_not_there_is_none() -> None:
    assert statements.read(None) is None


@given(st.binary(max_size=200))
def test_no_bytes_raise_nor_stand(body: bytes) -> None:
    assert not stands(body)


@given(JSON)
def test_no_json_raises_nor_stands(found: Any) -> None:
    assert not stands(written(found))


@pytest.mark.parametrize("root", [rules.GENESIS, "f" * 64])
def test_a_seal_of_nothing_does_not_stand(root: str) -> None:
    assert not stands(written({"root": root, "leaves": []}))
    assert not stands(written(KEPT | {"contents": []}))


@given(st.sampled_from(PLACES), JSON)
def test_no_field_can_take_another_value(place: tuple[Any, ...], value: Any) -> None:
    forged = deepcopy(KEPT)
    owner(forged, place)[place[-1]] = value
    if written(forged) != written(KEPT):
        assert not stands(written(forged))


@pytest.mark.parametrize("place", PLACES)
def test_no_field_can_be_left_out(place: tuple[Any, ...]) -> None:
    forged = deepcopy(KEPT)
    del owner(forged, place)[place[-1]]
    assert not stands(written(forged))


@given(st.permutations(range(3)))
def test_contents_stand_in_their_order_alone(order: list[int]) -> None:
    forged = KEPT | {"contents": [CONTENTS[place] for place in order]}
    assert stands(written(forged)) == (order == [0, 1, 2])


@given(st.sampled_from(["leaves", "x"]), JSON)
def test_what_stands_beside_is_not_believed(name: str, value: Any) -> None:
    found = statements.read(written(KEPT | {name: value}))
    assert found is None or not statements.is_readable(found) or found == statements.read(written(KEPT))


@pytest.mark.parametrize("depth", [1_000, 100_000])
def test_depth_is_no_crash(depth: int) -> None:
    deep = b"[" * depth + b"]" * depth
    assert not stands(deep)
    assert not stands(written(KEPT).replace(b'"prior"', deep))


@pytest.mark.parametrize("text", [b"NaN", b"Infinity", b"1e999", b"9" * 5_000, b'"\\ud800"'])
def test_values_that_no_json_of_ours_has_are_unreadable(text: bytes) -> None:
    found = statements.read(written(KEPT).replace(b'"prior"', text))
    assert found == statements.UNREADABLE
