"""What crawlers did, run by run."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from nunchi.models.base import Base


class CrawlRun(Base):
    """A scheduled run of a crawler. A run that failed and was tried again is one row, which tells of the last try.

    `outcome` is `ok`, `failed` or `off`: it had nobody to ask, or was not allowed to. `error` is the kind of an error.
    `enqueued` counts what was handed on to a queue, the others what was stored, stored again, and not readable.
    """

    __tablename__ = "crawl_runs"

    crawler: Mapped[str] = mapped_column(primary_key=True)
    scheduled_at: Mapped[datetime] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    outcome: Mapped[str]
    error: Mapped[str]
    new: Mapped[int]
    revised: Mapped[int]
    failed: Mapped[int]
    enqueued: Mapped[int]

    __table_args__ = (CheckConstraint("outcome IN ('ok', 'failed', 'off')", name="outcome"),)
