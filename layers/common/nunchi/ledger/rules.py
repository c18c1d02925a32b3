"""What a seal is: content hashes under a Merkle root, each root chained to the one before. Pure.

Hashes are SHA-256, written as 64 hexadecimal digits. The tree and its proofs are those of RFC 6962 (section 2.1), which
RFC 9162 keeps.
"""

import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

GENESIS = "0" * 64  # what the first seal stands on
# of what is sealed. 1 was that of 0.1.0, whose contents are nowhere kept; 2 left out who was asked, the expected move,
# and what an answer said beside its words, and was in no release
FORMAT = 3
_LEAF, _NODE, _LINK = b"\x00", b"\x01", b"\x02"  # so that no value of one kind passes for another (RFC 6962)


def canonical(content: Any) -> bytes:
    """JSON with sorted keys and no spaces: the same content is always the same bytes. Raises `ValueError` for NaN."""
    return json.dumps(
        content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    ).encode()


def digest(content: Any) -> str:
    """The SHA-256 of what a leaf names and does not spell out (evidence, the answer's words)."""
    return sha256(canonical(content)).hexdigest()


def content_hash(content: dict[str, Any]) -> str:
    """The leaf of a forecast's content: SHA-256 of 0x00 and its canonical JSON."""
    return sha256(_LEAF + canonical(content)).hexdigest()


def merkle_root(hashes: Sequence[str]) -> str:
    """The root over content hashes in their order. Raises `ValueError` for none."""
    if not hashes:
        raise ValueError("nothing to seal")
    if len(hashes) == 1:
        return hashes[0]
    split = _split(len(hashes))
    return _pair(_NODE, merkle_root(hashes[:split]), merkle_root(hashes[split:]))


def proof(hashes: Sequence[str], index: int) -> list[str]:
    """The audit path of the leaf at `index` (from 0): the hashes that lead from it to the root, lowest first.

    Raises `IndexError` for an index that is no leaf's. RFC 6962, section 2.1.1.
    """
    if not 0 <= index < len(hashes):
        raise IndexError(f"no leaf {index} among {len(hashes)}")
    if len(hashes) == 1:
        return []
    split = _split(len(hashes))
    if index < split:
        return [*proof(hashes[:split], index), merkle_root(hashes[split:])]
    return [*proof(hashes[split:], index - split), merkle_root(hashes[:split])]


def verify_proof(leaf: str, index: int, size: int, path: Sequence[str], root: str) -> bool:
    """Whether `path` leads from a leaf at `index` of a tree of `size` leaves to `root`. RFC 9162, section 2.1.3.2."""
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, leaf
    for other in path:
        if last == 0:
            return False
        if place % 2 or place == last:
            found = _pair(_NODE, other, found)
            while place and not place % 2:  # a right-hand leaf without a sibling rises to where it has one
                place, last = place >> 1, last >> 1
        else:
            found = _pair(_NODE, found, other)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def chain(header: dict[str, Any]) -> str:
    """The root of a seal: SHA-256 of 0x02 and the canonical JSON of its header, which names the root before it."""
    return sha256(_LINK + canonical(header)).hexdigest()


def first_chain(previous_root: str, tree_root: str) -> str:
    """The root of a seal of the first format."""
    return _pair(_LINK, previous_root, tree_root)


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def _pair(kind: bytes, left: str, right: str) -> str:
    return sha256(kind + bytes.fromhex(left) + bytes.fromhex(right)).hexdigest()


def flaws(statement: dict[str, Any], previous_root: str) -> list[str]:
    """What is wrong with a kept statement by itself: one that nobody changed has no flaw.

    It has the form of `statements.read`; `previous_root` is the name that it is kept under.
    """
    leaves = statement["leaves"]
    if "header" not in statement:
        root = first_chain(previous_root, merkle_root(leaves)) if leaves else None
        return ["the root is not that of its leaves"] if root != statement["root"] else []
    header, ids = statement["header"], [one["forecast_id"] for one in statement["contents"]]
    wrong = {
        f"the format is {header.get('format')}, and {FORMAT} is what is read here": not is_ours(statement),
        "the header names another root before it": header["previous_root"] != previous_root,
        "the root is not that of its header": chain(header) != statement["root"],
        "another number of forecasts than the header says": header["forecasts"] != len(leaves),
        "the header's tree is not that of its forecasts": not leaves
        or header["tree_root"] != merkle_root(leaves),
        "its forecasts are not in the order of their ids": ids != sorted(set(ids)),
    }
    return [flaw for flaw, holds in wrong.items() if holds]


def is_ours(statement: dict[str, Any]) -> bool:
    """Whether the contents of a kept statement are written as ours are, so that rows can be held against them."""
    return "header" in statement and statement["header"].get("format") == FORMAT


def differences(sealed: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """The fields in which a row is not what was sealed, each with both values."""
    return [
        f"{name}: sealed {sealed.get(name)}, found {found.get(name)}"
        for name in sorted(sealed.keys() | found.keys())
        if sealed.get(name) != found.get(name)
    ]
