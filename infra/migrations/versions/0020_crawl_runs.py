"""What crawlers did, run by run; and what the dashboard and operators count: reports of a day, events given up."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0020"
down_revision: str | Sequence[str] | None = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "crawl_runs",
        sa.Column("crawler", sa.String(), nullable=False),
        sa.Column("scheduled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("revised", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("enqueued", sa.Integer(), nullable=False),
        sa.CheckConstraint("outcome IN ('ok', 'failed', 'off')", name=op.f("ck_crawl_runs_outcome")),
        sa.PrimaryKeyConstraint("crawler", "scheduled_at", name=op.f("pk_crawl_runs")),
    )
    op.create_index(op.f("ix_reports_created_at"), "reports", ["created_at"])
    op.create_index(
        "ix_outbox_given_up",
        "outbox",
        ["queue"],
        postgresql_where=sa.text("closed_at IS NULL AND given_up_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_outbox_given_up", "outbox")
    op.drop_index(op.f("ix_reports_created_at"), "reports")
    op.drop_table("crawl_runs")
