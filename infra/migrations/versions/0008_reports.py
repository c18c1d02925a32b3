"""Reports: the runs that were asked for, what came of them, and their scenarios."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0008"
down_revision: str | Sequence[str] | None = "0007"
branch_labels = None
depends_on = None


def key_columns() -> list[sa.Column[object]]:
    """What names a report, in both tables."""
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("stock_code", sa.String(), nullable=False),
        sa.Column("arm", sa.String(), nullable=False),
        sa.Column("session", sa.Date(), nullable=False),
        sa.Column("slot", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    ]


def key_constraints(table: str) -> list[sa.Constraint]:
    """What holds of those columns."""
    return [
        sa.ForeignKeyConstraint(["stock_code"], ["stocks.code"], name=op.f(f"fk_{table}_stock_code")),
        sa.ForeignKeyConstraint(["arm"], ["arms.name"], name=op.f(f"fk_{table}_arm")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint(
            "stock_code",
            "arm",
            "session",
            "slot",
            "version",
            name=op.f(f"uq_{table}_stock_code_arm_session_slot_version"),
        ),
    ]


def upgrade() -> None:
    op.create_table(
        "report_runs",
        *key_columns(),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("prompt_version", sa.String(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("input_tokens", sa.Integer(), nullable=False),
        sa.Column("output_tokens", sa.Integer(), nullable=False),
        sa.CheckConstraint("slot IN ('1000', '1300', '1545')", name=op.f("ck_report_runs_slot")),
        *key_constraints("report_runs"),
    )
    op.create_table(
        "reports",
        *key_columns(),
        sa.Column("base_price_won", sa.BigInteger(), nullable=False),
        sa.Column("base_price_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("base_price_source", sa.String(), nullable=False),
        sa.Column("sigma20_ratio", sa.Double(), nullable=False),
        sa.Column("summary_ko", sa.String(), nullable=False),
        sa.Column("risks", postgresql.JSONB(), nullable=False),
        sa.Column("opportunities", postgresql.JSONB(), nullable=False),
        sa.Column("recommendation", sa.String(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint(
            "recommendation IN ('favourable', 'balanced', 'cautious', 'uncertain')",
            name=op.f("ck_reports_recommendation"),
        ),
        sa.ForeignKeyConstraint(["id"], ["report_runs.id"], name=op.f("fk_reports_id")),
        *key_constraints("reports"),
    )
    op.create_index(
        "ix_reports_stock_code_arm_as_of", "reports", ["stock_code", "arm", "as_of"], unique=False
    )
    op.create_table(
        "report_scenarios",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("span", sa.String(), nullable=False),
        sa.Column("horizon_sessions", sa.Integer(), nullable=False),
        sa.Column("last_session", sa.Date(), nullable=True),
        sa.Column("target_won", sa.BigInteger(), nullable=False),
        sa.Column("support_won", sa.BigInteger(), nullable=False),
        sa.Column("snapped", sa.Boolean(), nullable=False),
        sa.Column("text_ko", sa.String(), nullable=False),
        sa.CheckConstraint("span IN ('short', 'medium', 'long')", name=op.f("ck_report_scenarios_span")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_report_scenarios_report_id")),
        sa.PrimaryKeyConstraint("report_id", "span", name=op.f("pk_report_scenarios")),
    )


def downgrade() -> None:
    op.drop_table("report_scenarios")
    op.drop_index("ix_reports_stock_code_arm_as_of", table_name="reports")
    op.drop_table("reports")
    op.drop_table("report_runs")
