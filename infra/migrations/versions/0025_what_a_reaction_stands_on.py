"""A reaction's `from_session` is the first session that it stands on; of what is stored, as far back as was looked.

Revision ID: 0025
Revises: 0024
"""

from alembic import op

revision, down_revision, branch_labels, depends_on = "0025", "0024", None, None


def upgrade() -> None:
    op.execute("UPDATE reactions SET from_session = from_session - 45 WHERE superseded_at IS NULL")


def downgrade() -> None:
    op.execute("UPDATE reactions SET from_session = entry_session WHERE superseded_at IS NULL")
