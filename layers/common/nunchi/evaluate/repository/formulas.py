"""The scores as expressions of SQL, of the probabilities of down, flat and up and the class that came true.

A test holds them to the rules in Python.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, case

from nunchi.market.rules import Outcome


def _is(outcome: Any, *classes: Outcome) -> Any:
    return case((outcome.in_([one.value for one in classes]), 1.0), else_=0.0)


def rps(probabilities: Sequence[Any], outcome: Any) -> Any:
    """The ranked probability score, 0..1."""
    down, flat, _ = probabilities
    low = down - _is(outcome, Outcome.DOWN)
    high = down + flat - _is(outcome, Outcome.DOWN, Outcome.FLAT)
    return (low * low + high * high) / 2


def brier(probabilities: Sequence[Any], outcome: Any) -> Any:
    """The Brier score, 0..2."""
    off = [given - _is(outcome, one) for one, given in zip(Outcome, probabilities, strict=True)]
    return off[0] * off[0] + off[1] * off[1] + off[2] * off[2]


def given_to(probabilities: Sequence[Any], outcome: Any) -> Any:
    """The probability of what came true."""
    return case(*((outcome == one.value, given) for one, given in zip(Outcome, probabilities, strict=True)))


def likeliest(probabilities: Sequence[Any]) -> Any:
    """The class with the highest probability; of equals the lower."""
    down, flat, up = probabilities
    return case((and_(down >= flat, down >= up), 0), (flat >= up, 1), else_=2)
