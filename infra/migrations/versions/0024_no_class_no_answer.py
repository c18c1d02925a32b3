"""A reaction of a stock with too short a history has no class; an arm that never answered in time has a cost."""

import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "0024", "0023", None, None


def upgrade() -> None:
    op.alter_column("reactions", "band_ratio", nullable=True)
    op.alter_column("reactions", "outcome", nullable=True)
    op.add_column("performance", sa.Column("cost_usd", sa.Double(), nullable=True))
    op.execute("UPDATE performance SET cost_usd = cost_usd_per_forecast * answered")


def downgrade() -> None:
    op.drop_column("performance", "cost_usd")
    op.execute("DELETE FROM reactions WHERE outcome IS NULL")
    op.alter_column("reactions", "outcome", nullable=False)
    op.alter_column("reactions", "band_ratio", nullable=False)
