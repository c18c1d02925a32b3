"""What lies between the probabilities that an arm gives and those that are shown."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from nunchi.models.base import Base


class Calibrator(Base):
    """A recalibrator of an arm at one horizon, fitted on what was known at `known_until`. It is never changed.

    Losses are means out of time, without and with the best method; none with too little data to try.
    """

    __tablename__ = "calibrators"

    arm: Mapped[str] = mapped_column(ForeignKey("arms.name"), primary_key=True)
    horizon_sessions: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(primary_key=True)  # the day in Seoul
    fitted_at: Mapped[datetime]
    known_until: Mapped[datetime | None]  # the newest evaluation that it was fitted on
    method: Mapped[str]
    parameters: Mapped[dict[str, Any]]
    forecasts: Mapped[int]
    entry_sessions: Mapped[int]
    rps_before: Mapped[float | None]
    rps_after: Mapped[float | None]
    log_loss_before: Mapped[float | None]
    log_loss_after: Mapped[float | None]
