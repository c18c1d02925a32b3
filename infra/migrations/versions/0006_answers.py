"""What else an answer says, what it has used, and an index on a company's own disclosures. Models get the second prompt."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | Sequence[str] | None = "0005"
branch_labels = None
depends_on = None


def answers() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("sentiment", sa.Double(), nullable=True),
        sa.Column("impact", sa.String(), nullable=True),
        sa.Column("urgency", sa.String(), nullable=True),
        sa.Column("grounded", sa.Boolean(), nullable=True),
        sa.Column("calls", sa.Integer(), server_default="0", nullable=False),
        sa.Column("cached_tokens", sa.Integer(), server_default="0", nullable=False),
        sa.Column("cost_usd", sa.Double(), nullable=True),
    )


def upgrade() -> None:
    for column in answers():
        op.add_column("answers", column)
    op.add_column("forecasts", sa.Column("expected_move_ratio", sa.Double(), nullable=True))
    op.create_index(
        "ix_articles_disclosed",
        "articles",
        ["stock_code", "known_at"],
        unique=False,
        postgresql_where=sa.text("stock_code IS NOT NULL"),
    )
    op.execute("UPDATE arms SET prompt_version = 'forecast.v2' WHERE prompt_version = 'forecast.v1'")


def downgrade() -> None:
    op.execute("UPDATE arms SET prompt_version = 'forecast.v1' WHERE prompt_version = 'forecast.v2'")
    op.drop_index("ix_articles_disclosed", table_name="articles")
    op.drop_column("forecasts", "expected_move_ratio")
    for column in reversed(answers()):
        op.drop_column("answers", column.name)
