"""What users watch: lists of stocks, each of one user."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from nunchi.models.base import Base


class Watchlist(Base):
    """A user's list under a name; their oldest one is the default."""

    __tablename__ = "watchlists"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[str]
    created_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("user_id", "name"),)


class WatchedStock(Base):
    """A stock on a list."""

    __tablename__ = "watched_stocks"

    watchlist_id: Mapped[UUID] = mapped_column(
        ForeignKey("watchlists.id", ondelete="CASCADE"), primary_key=True
    )
    stock_code: Mapped[str] = mapped_column(ForeignKey("stocks.code"), primary_key=True, index=True)
    added_at: Mapped[datetime]
