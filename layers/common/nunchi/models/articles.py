"""What was read."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Computed, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from nunchi.models.base import Base


class Article(Base):
    """One page, post or disclosure as it was read first.

    `known_at` is when we fetched it; `published_at` is what it says.

    `stock_code` is the company that the source itself names by its code; `listed_title` is how its listing named it.
    `title_pairs` are the pairs of neighbouring letters in the title, which searches go by; the database fills them in.
    """

    __tablename__ = "articles"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    source: Mapped[str]
    url: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    body: Mapped[str]
    author: Mapped[str]
    published_at: Mapped[datetime]
    known_at: Mapped[datetime] = mapped_column(index=True)
    stock_code: Mapped[str | None]
    listed_title: Mapped[str] = mapped_column(server_default="")
    story_id: Mapped[UUID | None] = mapped_column(ForeignKey("stories.id"), index=True)
    title_pairs: Mapped[list[str]] = mapped_column(
        ARRAY(Text), Computed("letter_pairs(title)", persisted=True), deferred=True
    )

    __table_args__ = (
        Index(
            "ix_articles_disclosed",
            "stock_code",
            "known_at",
            postgresql_where=text("stock_code IS NOT NULL"),
        ),
        Index("ix_articles_source_known_at_id", "source", "known_at", "id"),
        Index("ix_articles_title_pairs", "title_pairs", postgresql_using="gin"),
    )


class ArticleRevision(Base):
    """What a page said when it was read again and said something else; the article keeps what it said first."""

    __tablename__ = "article_revisions"

    article_id: Mapped[UUID] = mapped_column(ForeignKey("articles.id"), primary_key=True)
    known_at: Mapped[datetime] = mapped_column(primary_key=True)
    title: Mapped[str]
    body: Mapped[str]
    author: Mapped[str]
