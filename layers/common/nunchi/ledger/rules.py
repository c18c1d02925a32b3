"""What a seal is: content hashes under a Merkle root, each root chained to the one before. Pure."""

import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

GENESIS = "0" * 64
_LEAF, _NODE, _LINK = b"\x00", b"\x01", b"\x02"  # so that no value of one kind passes for another (RFC 6962)


def canonical(content: dict[str, Any]) -> bytes:
    """JSON with sorted keys and no spaces: the same content is always the same bytes."""
    return json.dumps(
        content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    ).encode()


def content_hash(content: dict[str, Any]) -> str:
    """The SHA-256 of a forecast's content, hexadecimal."""
    return sha256(_LEAF + canonical(content)).hexdigest()


def merkle_root(hashes: Sequence[str]) -> str:
    """The root over content hashes in their order, as in RFC 6962. Raises `ValueError` for none."""
    if not hashes:
        raise ValueError("nothing to seal")
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return _pair(_NODE, merkle_root(hashes[:split]), merkle_root(hashes[split:]))


def chain(previous_root: str, root: str) -> str:
    """A root chained to the one before it."""
    return _pair(_LINK, previous_root, root)


def _pair(kind: bytes, left: str, right: str) -> str:
    return sha256(kind + bytes.fromhex(left) + bytes.fromhex(right)).hexdigest()
