"""Ids that follow from what a row is about, so that doing a thing twice finds the same row."""

from uuid import UUID, uuid5

_NAMESPACE = UUID("6f2d2a3c-8a55-5d0c-9d0e-6e756e636869")


def derive(kind: str, *parts: object) -> UUID:
    """A version 5 UUID of a kind of row and its natural key."""
    return uuid5(_NAMESPACE, "\x1f".join([kind, *map(str, parts)]))
