"""Events on their way."""

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from nunchi.models.base import Base


class OutboxRow(Base):
    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str]
    queue: Mapped[str]
    payload: Mapped[dict[str, object]]
    correlation_id: Mapped[str]
    created_at: Mapped[datetime]
    deadline_at: Mapped[datetime]
    patience_s: Mapped[int]
    attempts: Mapped[int] = mapped_column(default=1)
    closed_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "ix_outbox_open",
            "deadline_at",
            postgresql_where=text("closed_at IS NULL AND given_up_at IS NULL"),
        ),
        Index(
            "ix_outbox_given_up",
            "queue",
            postgresql_where=text("closed_at IS NULL AND given_up_at IS NOT NULL"),
        ),
    )

    def retry(self, now: datetime, max_attempts: int) -> None:
        """Counts one more sending, or gives up after `max_attempts`; what is given up stays for an operator."""
        if self.attempts >= max_attempts:
            self.given_up_at = now
            return
        self.attempts += 1
        self.deadline_at = now + timedelta(seconds=self.patience_s)
