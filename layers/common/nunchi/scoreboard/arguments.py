"""Bad arguments are refused by name, with a ValueError. Pure."""

from collections.abc import Sequence


def same_length(name: str, one: Sequence[object], other_name: str, other: Sequence[object]) -> None:
    """Refuses two sequences that should have one entry for each forecast and have not."""
    if len(one) != len(other):
        raise ValueError(f"{name} has {len(one)} entries, {other_name} has {len(other)}")


def check_span(span: int) -> None:
    """Refuses what is no number of sessions."""
    if span < 1 or span != int(span):
        raise ValueError(f"span is {span}: it must be a whole number of sessions, at least 1")


def check_alpha(alpha: float) -> None:
    """Refuses what is no probability of error."""
    if not 0 < alpha < 1:
        raise ValueError(f"alpha is {alpha}: it must be between 0 and 1")
