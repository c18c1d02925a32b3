"""What the sources bring: revisions of articles, the market's registered names, how much a stock matters."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | Sequence[str] | None = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("articles", sa.Column("stock_code", sa.String(), nullable=True))
    op.add_column("articles", sa.Column("listed_title", sa.String(), server_default="", nullable=False))
    op.create_table(
        "article_revisions",
        sa.Column("article_id", sa.Uuid(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_article_revisions_article_id_articles")
        ),
        sa.PrimaryKeyConstraint("article_id", "known_at", name=op.f("pk_article_revisions")),
    )
    op.create_table(
        "listed_names",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("code", "name", name=op.f("pk_listed_names")),
    )
    op.add_column("stocks", sa.Column("priority", sa.Integer(), server_default="2", nullable=False))
    op.create_check_constraint(op.f("ck_stocks_priority"), "stocks", "priority BETWEEN 1 AND 3")
    op.add_column("story_stocks", sa.Column("relevance", sa.Float(), server_default="1", nullable=False))


def downgrade() -> None:
    op.drop_column("story_stocks", "relevance")
    op.drop_constraint(op.f("ck_stocks_priority"), "stocks")
    op.drop_column("stocks", "priority")
    op.drop_table("listed_names")
    op.drop_table("article_revisions")
    op.drop_column("articles", "listed_title")
    op.drop_column("articles", "stock_code")
