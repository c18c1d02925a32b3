"""Seals."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nunchi.ledger import rules

hashes = st.lists(st.binary(min_size=32, max_size=32).map(bytes.hex), min_size=1, max_size=40, unique=True)


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


def test_nothing_can_not_be_sealed() -> None:
    with pytest.raises(ValueError, match="nothing to seal"):
        rules.merkle_root([])


# --- the tree and its proofs: RFC 6962, 2.1.3 has a tree of seven leaves whose paths are written out by hand


def leaf(text: bytes) -> str:
    return sha256(b"\x00" + text).hexdigest()


def node(left: str, right: str) -> str:
    return sha256(b"\x01" + bytes.fromhex(left) + bytes.fromhex(right)).hexdigest()


D = [leaf(bytes([n])) for n in range(7)]
G, H, E, J = (node(D[n], D[n + 1]) if n < 6 else D[6] for n in (0, 2, 4, 6))
K, L = node(G, H), node(E, J)


def test_the_tree_of_seven_is_that_of_the_rfc() -> None:
    assert rules.merkle_root(D) == node(K, L)


@pytest.mark.parametrize(
    ("index", "path"), [(0, [D[1], H, L]), (3, [D[2], G, L]), (4, [D[5], J, K]), (6, [E, K])]
)
def test_the_paths_of_seven_are_those_of_the_rfc(index: int, path: list[str]) -> None:
    assert rules.proof(D, index) == path
    assert rules.verify_proof(D[index], index, 7, path, node(K, L))


def test_the_leaf_of_nothing_and_the_root_of_one_are_those_of_the_rfc() -> None:
    """The hash of an empty leaf, as certificate-transparency's own reference vectors have it."""
    empty = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert leaf(b"") == empty
    assert rules.merkle_root([empty]) == empty


@given(hashes, st.data())
def test_every_leaf_has_a_proof_and_no_other_place_has_it(leaves: list[str], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    path, root = rules.proof(leaves, index), rules.merkle_root(leaves)
    assert rules.verify_proof(leaves[index], index, len(leaves), path, root)
    for other in {0, index - 1, index + 1, len(leaves) - 1, len(leaves)} - {index}:
        assert not rules.verify_proof(leaves[index], other, len(leaves), path, root)


@given(hashes, st.data())
def test_a_changed_proof_proves_nothing(leaves: list[str], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    path, root = rules.proof(leaves, index), rules.merkle_root(leaves)
    fake = sha256(b"fake").hexdigest()
    assert not rules.verify_proof(fake, index, len(leaves), path, root)
    assert not rules.verify_proof(leaves[index], index, len(leaves), [*path, fake], root)
    assert not rules.verify_proof(leaves[index], index, len(leaves), path, fake)
    for place in range(len(path)):
        changed = [*path[:place], fake, *path[place + 1 :]]
        assert not rules.verify_proof(leaves[index], index, len(leaves), changed, root)
        assert not rules.verify_proof(leaves[index], index, len(leaves), path[:place], root)


@pytest.mark.parametrize("index", [-1, 7])
def test_what_is_no_leaf_has_no_proof(index: int) -> None:
    with pytest.raises(IndexError, match="no leaf"):
        rules.proof(D, index)
    assert not rules.verify_proof(D[0], index, 7, [], D[0])


def test_a_header_is_chained_with_all_that_it_says() -> None:
    header = {"previous_root": rules.GENESIS, "sealed_at": "2026-10-19T03:01:00+00:00", "tree_root": D[0]}
    assert rules.chain(header) == sha256(b"\x02" + rules.canonical(header)).hexdigest()
    assert rules.chain(header) != rules.chain(header | {"sealed_at": "2026-10-19T03:02:00+00:00"})
