"""Whether an operator has switched an arm, which a local start then leaves as it is."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0017"
down_revision: str | Sequence[str] | None = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "arms", sa.Column("switched_by_hand", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )


def downgrade() -> None:
    op.drop_column("arms", "switched_by_hand")
