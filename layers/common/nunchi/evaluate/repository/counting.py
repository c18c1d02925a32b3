"""Which forecasts count in a record: the one rule, as conditions of queries."""

from typing import Any

from sqlalchemy import ColumnElement, Date, cast, false, func, or_

from nunchi.models.forecasts import Arm
from nunchi.models.stories import Story

PRIOR = "prior"


def in_time(score: Any, arm: Any) -> ColumnElement[bool]:
    """Whether a score (the table or an alias) counts as its arm's own: one in time, and `prior`'s whenever it came."""
    return or_(~score.late, arm == PRIOR)


def before_cutoff() -> ColumnElement[bool]:
    """Whether a story is older than the end of the arm's training data: its model may have read what followed."""
    day = cast(func.timezone("Asia/Seoul", Story.known_at), Date)
    return func.coalesce(day <= Arm.training_cutoff, false())
