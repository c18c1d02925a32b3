"""What was read: articles, the stories they tell, and the stocks that a story is about."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from nunchi.models.base import Base


class Story(Base):
    """A cluster of near-identical articles. `title` and `lead` are those of the article that was first."""

    __tablename__ = "stories"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    known_on: Mapped[date]  # the day in Seoul of `known_at`
    title: Mapped[str]
    lead: Mapped[str]
    known_at: Mapped[datetime] = mapped_column(index=True)

    __table_args__ = (UniqueConstraint("fingerprint", "known_on"),)


class Article(Base):
    """One page. `known_at` is when we fetched it; `published_at` is what the page says."""

    __tablename__ = "articles"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    source: Mapped[str]
    url: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    body: Mapped[str]
    author: Mapped[str]
    published_at: Mapped[datetime]
    known_at: Mapped[datetime] = mapped_column(index=True)
    story_id: Mapped[UUID | None] = mapped_column(ForeignKey("stories.id"), index=True)


class StoryStock(Base):
    """A story is about a listed stock."""

    __tablename__ = "story_stocks"

    story_id: Mapped[UUID] = mapped_column(ForeignKey("stories.id"), primary_key=True)
    stock_code: Mapped[str] = mapped_column(ForeignKey("stocks.code"), primary_key=True)
    known_at: Mapped[datetime] = mapped_column(index=True)

    __table_args__ = (Index("ix_story_stocks_stock_code_known_at", "stock_code", "known_at"),)
