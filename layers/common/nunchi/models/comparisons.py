"""What was said of the arms that an experiment compares, day by day."""

from datetime import date

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from nunchi.models.base import Base


class ArmComparison(Base):
    """One look at an experiment: what was known of its arms' RPS at a horizon by the end of a day in Seoul.

    `mean_difference`, `lower` and `upper` are of arm a's loss minus arm b's. `role` is primary or secondary; `alpha` is
    this comparison's own, after the correction for the others. `missing_a` and `missing_b` count the pairs in which
    `prior`'s loss stands for an answer that the arm did not give; `before_cutoff` those that were left out, because the
    story was known before the end of an arm's training data.
    """

    __tablename__ = "comparisons"

    experiment: Mapped[str] = mapped_column(ForeignKey("experiments.name"), primary_key=True)
    horizon_sessions: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    role: Mapped[str]
    alpha: Mapped[float]
    mean_difference: Mapped[float]
    lower: Mapped[float]
    upper: Mapped[float]
    verdict: Mapped[str]
    kind: Mapped[str]
    minimum_days: Mapped[int]
    days: Mapped[int]
    days_needed: Mapped[int | None]
    pairs: Mapped[int]
    missing_a: Mapped[int]
    missing_b: Mapped[int]
    before_cutoff: Mapped[int]
