"""Alerts and deliveries are forgotten after a while: by the time they were made."""

from alembic import op

revision, down_revision, branch_labels, depends_on = "0022", "0021", None, None


def upgrade() -> None:
    op.create_index("ix_alerts_decided_at", "alerts", ["decided_at"])
    op.create_index("ix_deliveries_made_at", "deliveries", ["made_at"])


def downgrade() -> None:
    op.drop_index("ix_deliveries_made_at", "deliveries")
    op.drop_index("ix_alerts_decided_at", "alerts")
