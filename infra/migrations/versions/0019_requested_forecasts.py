"""Forecasts that users ask for, and indexes for what the API lists."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0019"
down_revision: str | Sequence[str] | None = "0018"
branch_labels = None
depends_on = None

JSONB = postgresql.JSONB(astext_type=sa.Text())
NEWEST = sa.text("superseded_at IS NULL")
INDEXES = (
    ("ix_forecasts_created_at", "forecasts", ["created_at", "id"]),
    ("ix_forecasts_arm_created_at", "forecasts", ["arm", "created_at", "id"]),
    ("ix_reports_as_of", "reports", ["as_of", "id"]),
    ("ix_report_evaluations_last_session", "report_evaluations", ["last_session", "report_id", "span"]),
    ("ix_score_days_arm", "score_days", ["arm", "horizon_sessions", "entry_session"]),
    ("ix_performance_day", "performance", ["day", "horizon_sessions"]),
)


def text(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.String(), nullable=False)


def moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def json(name: str) -> sa.Column[object]:
    return sa.Column(name, JSONB, nullable=False)


def _requested() -> None:
    op.create_table(
        "requested_forecasts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("story_id", sa.Uuid(), nullable=False),
        *(text(name) for name in ("stock_code", "arm")),
        moment("as_of"),
        *(text(name) for name in ("outcome", "reason")),
        moment("finished_at", nullable=True),
        *(text(name) for name in ("model", "prompt_version", "rationale")),
        json("cited"),
        sa.Column("grounded", sa.Boolean(), nullable=True),
        *(json(name) for name in ("forecasts", "evidence")),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], name=op.f("fk_requested_forecasts_story_id")),
        sa.ForeignKeyConstraint(
            ["stock_code"], ["stocks.code"], name=op.f("fk_requested_forecasts_stock_code")
        ),
        sa.ForeignKeyConstraint(["arm"], ["arms.name"], name=op.f("fk_requested_forecasts_arm")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requested_forecasts")),
    )
    op.create_index(
        "ix_requested_forecasts_due",
        "requested_forecasts",
        ["story_id", "stock_code", "arm"],
        unique=True,
        postgresql_where=sa.text("outcome = 'due'"),
    )
    op.create_index(
        "ix_requested_forecasts_question", "requested_forecasts", ["stock_code", "arm", "story_id", "as_of"]
    )


def _requests() -> None:
    op.create_table(
        "forecast_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("requested_id", sa.Uuid(), nullable=False),
        moment("asked_at"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_forecast_requests_user_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["requested_id"], ["requested_forecasts.id"], name=op.f("fk_forecast_requests_requested_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forecast_requests")),
        sa.UniqueConstraint("user_id", "day", "number", name=op.f("uq_forecast_requests_user_id_day_number")),
    )
    op.create_index(op.f("ix_forecast_requests_requested_id"), "forecast_requests", ["requested_id"])
    op.create_index(
        "ix_forecast_requests_user_id_asked_at", "forecast_requests", ["user_id", "asked_at", "id"]
    )


def upgrade() -> None:
    _requested()
    _requests()
    op.drop_index("ix_forecasts_created_at", table_name="forecasts")
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns)
    op.create_index(
        "ix_evaluations_exit_session",
        "evaluations",
        ["exit_session", "forecast_id"],
        postgresql_where=NEWEST,
    )


def downgrade() -> None:
    op.drop_index("ix_evaluations_exit_session", table_name="evaluations")
    for name, table, _ in reversed(INDEXES):
        op.drop_index(name, table_name=table)
    op.create_index("ix_forecasts_created_at", "forecasts", ["created_at"])
    op.drop_table("forecast_requests")
    op.drop_table("requested_forecasts")
