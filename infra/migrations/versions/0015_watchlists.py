"""Watchlists: the stocks that users watch."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | Sequence[str] | None = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "watchlists",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_watchlists_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watchlists")),
        sa.UniqueConstraint("user_id", "name", name=op.f("uq_watchlists_user_id_name")),
    )
    op.create_table(
        "watched_stocks",
        sa.Column("watchlist_id", sa.Uuid(), nullable=False),
        sa.Column("stock_code", sa.String(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["watchlist_id"],
            ["watchlists.id"],
            name=op.f("fk_watched_stocks_watchlist_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["stock_code"], ["stocks.code"], name=op.f("fk_watched_stocks_stock_code")),
        sa.PrimaryKeyConstraint("watchlist_id", "stock_code", name=op.f("pk_watched_stocks")),
    )
    op.create_index(op.f("ix_watched_stocks_stock_code"), "watched_stocks", ["stock_code"])


def downgrade() -> None:
    op.drop_table("watched_stocks")
    op.drop_table("watchlists")
