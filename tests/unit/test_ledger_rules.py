"""Seals."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nunchi.ledger import rules

hashes = st.lists(st.binary(min_size=32, max_size=32).map(bytes.hex), min_size=1, max_size=40)


def test_the_same_content_in_another_order_has_the_same_hash() -> None:
    assert rules.content_hash({"a": 1, "b": [0.1, "나"]}) == rules.content_hash({"b": [0.1, "나"], "a": 1})


def test_a_number_that_json_lacks_is_refused() -> None:
    with pytest.raises(ValueError, match="Out of range"):
        rules.content_hash({"p": float("nan")})


def test_the_root_of_three_is_the_tree_of_rfc_6962() -> None:
    a, b, c = (sha256(text).hexdigest() for text in (b"a", b"b", b"c"))

    def node(left: str, right: str) -> str:
        return sha256(b"\x01" + bytes.fromhex(left) + bytes.fromhex(right)).hexdigest()

    assert rules.merkle_root([a, b, c]) == node(node(a, b), c)


@given(hashes, st.data())
def test_any_changed_leaf_changes_the_root(leaves: list[str], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(leaves) - 1))
    changed = [*leaves]
    changed[place] = sha256(bytes.fromhex(leaves[place])).hexdigest()
    assert rules.merkle_root(changed) != rules.merkle_root(leaves)


def test_a_chained_root_depends_on_the_one_before() -> None:
    root = sha256(b"root").hexdigest()
    assert rules.chain(rules.GENESIS, root) != rules.chain(root, root)


def test_nothing_can_not_be_sealed() -> None:
    with pytest.raises(ValueError, match="nothing to seal"):
        rules.merkle_root([])
