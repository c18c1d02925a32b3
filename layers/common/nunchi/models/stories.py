"""Stories, the stocks that they are about, and what finds the story that an article tells."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from nunchi.models.base import Base


class Story(Base):
    """A cluster of near-identical articles. `title`, `lead` and `known_at` are those of the article that founded it."""

    __tablename__ = "stories"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    title: Mapped[str]
    lead: Mapped[str]
    known_at: Mapped[datetime] = mapped_column(index=True)


class StoryStock(Base):
    """A story is about a listed stock, with a relevance from 0.5 to 1."""

    __tablename__ = "story_stocks"

    story_id: Mapped[UUID] = mapped_column(ForeignKey("stories.id"), primary_key=True)
    stock_code: Mapped[str] = mapped_column(ForeignKey("stocks.code"), primary_key=True)
    known_at: Mapped[datetime] = mapped_column(index=True)
    relevance: Mapped[float] = mapped_column(server_default="1")

    __table_args__ = (Index("ix_story_stocks_stock_code_known_at", "stock_code", "known_at"),)


class StoryFounder(Base):
    """The article that founded a story, which later ones are compared with, and the companies that it is about.

    `companies` are codes of the whole market, tracked or not.
    """

    __tablename__ = "story_founders"

    story_id: Mapped[UUID] = mapped_column(ForeignKey("stories.id"), primary_key=True)
    article_id: Mapped[UUID] = mapped_column(ForeignKey("articles.id"), unique=True)
    companies: Mapped[list[str]] = mapped_column(ARRAY(String))


class StoryBand(Base):
    """A story is found by this band. The key answers, without the table, what was told in a band at what time."""

    __tablename__ = "story_bands"

    band: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    known_at: Mapped[datetime] = mapped_column(primary_key=True)
    story_id: Mapped[UUID] = mapped_column(ForeignKey("stories.id"), primary_key=True)


class BandLock(Base):
    """A row to lock, so that two near-identical articles are worked one after the other. It holds nothing else."""

    __tablename__ = "band_locks"

    stripe: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
