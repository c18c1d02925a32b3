"""Stories by likeness: who founded a story, the bands in which it is found, and the rows that serialise founding.

The fingerprints that told stories apart stay for the functions that still write them, and are dropped by a later
revision. A story of before has no bands: what reprints it in the three days after this revision founds a new one.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0003"
down_revision: str | Sequence[str] | None = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("stories", "fingerprint", nullable=True)
    op.alter_column("stories", "known_on", nullable=True)
    op.create_table(
        "story_founders",
        sa.Column("story_id", sa.Uuid(), nullable=False),
        sa.Column("article_id", sa.Uuid(), nullable=False),
        sa.Column("companies", postgresql.ARRAY(sa.String()), nullable=False),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], name=op.f("fk_story_founders_story_id")),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name=op.f("fk_story_founders_article_id")),
        sa.PrimaryKeyConstraint("story_id", name=op.f("pk_story_founders")),
        sa.UniqueConstraint("article_id", name=op.f("uq_story_founders_article_id")),
    )
    op.create_table(
        "story_bands",
        sa.Column("band", sa.BigInteger(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("story_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], name=op.f("fk_story_bands_story_id")),
        sa.PrimaryKeyConstraint("band", "known_at", "story_id", name=op.f("pk_story_bands")),
    )
    op.create_table(
        "band_locks",
        sa.Column("stripe", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("stripe", name=op.f("pk_band_locks")),
    )


def downgrade() -> None:
    op.drop_table("band_locks")
    op.drop_table("story_bands")
    op.drop_table("story_founders")
    op.execute(
        "UPDATE stories SET fingerprint = coalesce(fingerprint, id::text),"
        " known_on = coalesce(known_on, (known_at AT TIME ZONE 'Asia/Seoul')::date)"
    )
    op.alter_column("stories", "known_on", nullable=False)
    op.alter_column("stories", "fingerprint", nullable=False)
