"""What models cost, which experiments compare them, and why a story is not put to them."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | Sequence[str] | None = "0006"
branch_labels = None
depends_on = None

PRICES = ("price_input_usd_per_mtok", "price_cached_usd_per_mtok", "price_output_usd_per_mtok")
# list prices of the providers; DeepSeek names no cut-off, so it is the day of the release: it can't be later
ARMS: dict[str, tuple[float, float, float, date, int]] = {
    "gpt-4o": (2.5, 1.25, 10.0, date(2023, 10, 1), 10_000),
    "deepseek-v3.2": (0.27, 0.27, 0.41, date(2025, 9, 29), 2_000),
}
# what was named at the start of an experiment can't be named otherwise once its results are seen
FIXED = """
CREATE FUNCTION experiments_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.ended_at IS NOT NULL OR to_jsonb(NEW) - 'ended_at' <> to_jsonb(OLD) - 'ended_at' THEN
    RAISE EXCEPTION 'an experiment can only be ended, and once';
  END IF;
  RETURN NEW;
END $$
"""
TRIGGER = "CREATE TRIGGER experiments_fixed BEFORE UPDATE ON experiments FOR EACH ROW EXECUTE FUNCTION experiments_fixed()"


def upgrade() -> None:
    for price in PRICES:
        op.add_column("arms", sa.Column(price, sa.Double(), server_default="0", nullable=False))
    op.add_column("arms", sa.Column("training_cutoff", sa.Date(), nullable=True))
    op.add_column("arms", sa.Column("daily_budget_krw", sa.Integer(), server_default="0", nullable=False))
    op.add_column("cases", sa.Column("routine", sa.String(), server_default="", nullable=False))
    _price_arms()
    _create_experiments()
    _create_model_calls()


def _price_arms() -> None:
    columns = (*PRICES, "training_cutoff", "daily_budget_krw")
    arms = sa.table("arms", sa.column("name"), *(sa.column(name) for name in columns))
    for name, values in ARMS.items():
        priced: dict[str, Any] = dict(zip(columns, values, strict=True))
        op.execute(arms.update().where(arms.c.name == name).values(priced))


def _create_experiments() -> None:
    op.create_table(
        "experiments",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("arm_a", sa.String(), nullable=False),
        sa.Column("arm_b", sa.String(), nullable=False),
        sa.Column("pair", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("horizon_sessions", sa.Integer(), nullable=False),
        sa.Column("alpha", sa.Double(), nullable=False),
        sa.Column("primary", sa.Boolean(), nullable=False),
        sa.CheckConstraint("arm_a <> arm_b", name=op.f("ck_experiments_two_arms")),
        sa.CheckConstraint("alpha > 0 AND alpha < 1", name=op.f("ck_experiments_alpha")),
        sa.ForeignKeyConstraint(["arm_a"], ["arms.name"], name=op.f("fk_experiments_arm_a")),
        sa.ForeignKeyConstraint(["arm_b"], ["arms.name"], name=op.f("fk_experiments_arm_b")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_experiments")),
    )
    running = sa.text('ended_at IS NULL AND "primary"')
    op.create_index(
        "ix_experiments_running_primary", "experiments", ["pair"], unique=True, postgresql_where=running
    )
    op.execute(FIXED)
    op.execute(TRIGGER)


def _create_model_calls() -> None:
    op.create_table(
        "model_calls",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("arm", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("input_tokens", sa.Integer(), nullable=False),
        sa.Column("cached_tokens", sa.Integer(), nullable=False),
        sa.Column("output_tokens", sa.Integer(), nullable=False),
        sa.Column("usd", sa.Double(), nullable=False),
        sa.Column("krw", sa.Double(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("latency_ms", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["arm"], ["arms.name"], name=op.f("fk_model_calls_arm")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_calls")),
        sa.UniqueConstraint(
            "subject_id", "arm", "attempt", name=op.f("uq_model_calls_subject_id_arm_attempt")
        ),
    )
    op.create_index("ix_model_calls_arm_started_at", "model_calls", ["arm", "started_at"], unique=False)


def downgrade() -> None:
    op.drop_table("model_calls")
    op.drop_table("experiments")
    op.execute("DROP FUNCTION experiments_fixed()")
    for table, column in (("cases", "routine"), ("arms", "daily_budget_krw"), ("arms", "training_cutoff")):
        op.drop_column(table, column)
    for price in PRICES:
        op.drop_column("arms", price)
