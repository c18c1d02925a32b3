"""What the API reads of stocks and articles by: pairs of letters in titles, a source's newest, names in one form."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0018"
down_revision: str | Sequence[str] | None = "0017"
branch_labels = None
depends_on = None

# under the collation C letters mean the same in every database, whatever its locale
FOLDED = """
CREATE FUNCTION folded(written text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN lower(normalize(left(written, 400), NFKC) COLLATE "C")
"""
LETTER_PAIRS = """
CREATE FUNCTION letter_pairs(written text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (
    SELECT coalesce(array_agg(DISTINCT pair), '{}'::text[])
    FROM (
        SELECT substr(whole, place, 2) AS pair
        FROM (SELECT folded(written) AS whole) AS once, generate_series(1, char_length(whole) - 1) AS place
    ) AS pairs
    WHERE pair !~ '[[:space:]]'
)
"""


def upgrade() -> None:
    op.execute(FOLDED)
    op.execute(LETTER_PAIRS)
    op.add_column(
        "articles",
        sa.Column(
            "title_pairs",
            postgresql.ARRAY(sa.Text()),
            sa.Computed("letter_pairs(title)", persisted=True),
            nullable=False,
        ),
    )
    op.create_index("ix_articles_title_pairs", "articles", ["title_pairs"], postgresql_using="gin")
    op.create_index("ix_articles_source_known_at_id", "articles", ["source", "known_at", "id"])
    op.execute("UPDATE stocks SET name = normalize(name, NFC) WHERE name IS NOT NFC NORMALIZED")


def downgrade() -> None:
    op.drop_index("ix_articles_source_known_at_id", "articles")
    op.drop_index("ix_articles_title_pairs", "articles")
    op.drop_column("articles", "title_pairs")
    op.execute("DROP FUNCTION letter_pairs(text)")
    op.execute("DROP FUNCTION folded(text)")
