"""What is shown beside what an arm gave, drafts of seals, and a ledger that the database itself keeps from change.

The triggers hold for every user, also for the owner of the tables and in a session that replays a replica's changes.
What the owner can still do (drop a trigger) is found by `nunchi ledger verify` against the archive.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0012"
down_revision: str | Sequence[str] | None = "0011"
branch_labels = None
depends_on = None

TABLES = ("seals", "forecasts", "answers", "cases")

REFUSE = """
CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: the ledger is append-only', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$
"""
# the one change of a forecast: from no seal to a whole one
SEALING = """
CREATE FUNCTION ledger_sealing_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    mark CONSTANT text[] := ARRAY['seal_id', 'sealed_at', 'content_hash'];
BEGIN
    IF OLD.seal_id IS NULL AND OLD.sealed_at IS NULL AND OLD.content_hash IS NULL
        AND NEW.seal_id IS NOT NULL AND NEW.sealed_at IS NOT NULL AND NEW.content_hash IS NOT NULL
        AND to_jsonb(NEW) - mark = to_jsonb(OLD) - mark
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a change of forecast % is refused: the ledger is append-only', OLD.id
        USING ERRCODE = 'insufficient_privilege';
END $$
"""
# functions of the release before give no shown probabilities while a deployment runs
SHOWN_AS_GIVEN = """
CREATE FUNCTION forecast_shown_as_given() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.shown_down := NEW.p_down;
    NEW.shown_flat := NEW.p_flat;
    NEW.shown_up := NEW.p_up;
    NEW.calibrator := 'identity';
    RETURN NEW;
END $$
"""
# what is sealed of them; what they cost may still be written
FIXED_CASE = ("id", "story_id", "stock_code", "as_of", "sigma20_ratio", "asked", "routine", "evidence")
FIXED_ANSWER = (
    *("id", "case_id", "arm", "outcome", "reason", "model", "prompt_version", "rationale", "cited"),
    *("sentiment", "impact", "urgency", "grounded", "created_at"),
)


def upgrade() -> None:
    op.add_column("seals", sa.Column("header", postgresql.JSONB(), nullable=True))
    op.create_index(op.f("ix_seals_sealed_at"), "seals", ["sealed_at"], unique=False)
    op.create_table(
        "seal_drafts",
        sa.Column("previous_root", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("previous_root", name=op.f("pk_seal_drafts")),
    )
    add_shown()
    keep_append_only()


def add_shown() -> None:
    for name in ("shown_down", "shown_flat", "shown_up"):
        op.add_column("forecasts", sa.Column(name, sa.Double(), nullable=True))
    op.add_column("forecasts", sa.Column("calibrator", sa.String(), nullable=True))
    op.execute(
        "UPDATE forecasts SET shown_down = p_down, shown_flat = p_flat, shown_up = p_up, calibrator = 'identity'"
    )
    for name in ("shown_down", "shown_flat", "shown_up", "calibrator"):
        op.alter_column("forecasts", name, nullable=False)
    op.execute(SHOWN_AS_GIVEN)
    op.execute(
        "CREATE TRIGGER shown_as_given BEFORE INSERT ON forecasts FOR EACH ROW"
        " WHEN (num_nulls(NEW.shown_down, NEW.shown_flat, NEW.shown_up, NEW.calibrator) = 4)"
        " EXECUTE FUNCTION forecast_shown_as_given()"
    )


def keep_append_only() -> None:
    op.execute(REFUSE)
    op.execute(SEALING)
    guard("seals", "no_change", "BEFORE UPDATE", "FOR EACH ROW", "ledger_refuse")
    guard("forecasts", "sealing_only", "BEFORE UPDATE", "FOR EACH ROW", "ledger_sealing_only")
    guard(
        "cases", "no_change", "BEFORE UPDATE", f"FOR EACH ROW WHEN ({differs(FIXED_CASE)})", "ledger_refuse"
    )
    # a recorded failure gives way to a later answer
    good = f"FOR EACH ROW WHEN (OLD.outcome = 'ok' AND ({differs(FIXED_ANSWER)}))"
    guard("answers", "no_change", "BEFORE UPDATE", good, "ledger_refuse")
    for table in TABLES:
        guard(table, "no_delete", "BEFORE DELETE", "FOR EACH ROW", "ledger_refuse")
        guard(table, "no_truncate", "BEFORE TRUNCATE", "FOR EACH STATEMENT", "ledger_refuse")


def differs(columns: Sequence[str]) -> str:
    return " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in columns)


def guard(table: str, name: str, when: str, scope: str, function: str) -> None:
    op.execute(f"CREATE TRIGGER ledger_{name} {when} ON {table} {scope} EXECUTE FUNCTION {function}()")
    op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER ledger_{name}")


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP TRIGGER ledger_no_delete ON {table}")
        op.execute(f"DROP TRIGGER ledger_no_truncate ON {table}")
    for table in ("seals", "cases", "answers"):
        op.execute(f"DROP TRIGGER ledger_no_change ON {table}")
    op.execute("DROP TRIGGER ledger_sealing_only ON forecasts")
    op.execute("DROP TRIGGER shown_as_given ON forecasts")
    for function in ("ledger_sealing_only", "ledger_refuse", "forecast_shown_as_given"):
        op.execute(f"DROP FUNCTION {function}()")
    for name in ("calibrator", "shown_up", "shown_flat", "shown_down"):
        op.drop_column("forecasts", name)
    op.drop_table("seal_drafts")
    op.drop_index(op.f("ix_seals_sealed_at"), table_name="seals")
    op.drop_column("seals", "header")
