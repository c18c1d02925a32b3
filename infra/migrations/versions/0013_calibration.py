"""Recalibrators, by arm, horizon and version. They are sealed by name, so they are kept as they were."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0013"
down_revision: str | Sequence[str] | None = "0012"
branch_labels = None
depends_on = None

LOSSES = ("rps_before", "rps_after", "log_loss_before", "log_loss_after")


def upgrade() -> None:
    op.create_table(
        "calibrators",
        sa.Column("arm", sa.String(), nullable=False),
        sa.Column("horizon_sessions", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("fitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("known_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(), nullable=False),
        sa.Column("forecasts", sa.Integer(), nullable=False),
        sa.Column("entry_sessions", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Double(), nullable=True) for name in LOSSES),
        sa.ForeignKeyConstraint(["arm"], ["arms.name"], name=op.f("fk_calibrators_arm")),
        sa.PrimaryKeyConstraint("arm", "horizon_sessions", "version", name=op.f("pk_calibrators")),
    )
    for name, when in (("no_change", "UPDATE"), ("no_delete", "DELETE")):
        op.execute(
            f"CREATE TRIGGER ledger_{name} BEFORE {when} ON calibrators FOR EACH ROW"
            " EXECUTE FUNCTION ledger_refuse()"
        )
        op.execute(f"ALTER TABLE calibrators ENABLE ALWAYS TRIGGER ledger_{name}")


def downgrade() -> None:
    op.drop_table("calibrators")
