"""A reaction of a stock with too short a history has its returns, and neither band nor class."""

from alembic import op

revision, down_revision, branch_labels, depends_on = "0024", "0022", None, None


def upgrade() -> None:
    op.alter_column("reactions", "band_ratio", nullable=True)
    op.alter_column("reactions", "outcome", nullable=True)


def downgrade() -> None:
    op.execute("DELETE FROM reactions WHERE outcome IS NULL")
    op.alter_column("reactions", "outcome", nullable=False)
    op.alter_column("reactions", "band_ratio", nullable=False)
