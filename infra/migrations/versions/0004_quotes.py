"""What the broker brings beside daily bars: minutes, quotes, flows, products; and what is kept out of them."""

from collections.abc import Sequence
from itertools import pairwise

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0004"
down_revision: str | Sequence[str] | None = "0003"
branch_labels = None
depends_on = None

MONTHS = ("2026-10-01", "2026-11-01", "2026-12-01", "2027-01-01", "2027-02-01", "2027-03-01", "2027-04-01")


def partition_minutes() -> None:
    """A partition for each month in Seoul, and one for whatever lies beyond; Partitions adds the months to come."""
    for first, end in pairwise(MONTHS):
        name = f"minute_bars_{first[:4]}_{first[5:7]}"
        span = f"FROM ('{first} 00:00+09') TO ('{end} 00:00+09')"
        op.execute(f"CREATE TABLE {name} PARTITION OF minute_bars FOR VALUES {span}")
    op.execute("CREATE TABLE minute_bars_beyond PARTITION OF minute_bars DEFAULT")


def upgrade() -> None:
    op.create_table(
        "adjustments",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("from_session", sa.Date(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("factor_ratio", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("code", "from_session", "known_at", name=op.f("pk_adjustments")),
    )
    op.create_table(
        "calendar_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("day", "known_at", name=op.f("pk_calendar_days")),
    )
    op.create_table(
        "financial_ratios",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("quarterly", sa.Boolean(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sales_growth_percent", sa.Double(), nullable=True),
        sa.Column("operating_profit_growth_percent", sa.Double(), nullable=True),
        sa.Column("net_income_growth_percent", sa.Double(), nullable=True),
        sa.Column("roe_percent", sa.Double(), nullable=True),
        sa.Column("eps_won", sa.Double(), nullable=True),
        sa.Column("bps_won", sa.Double(), nullable=True),
        sa.Column("debt_ratio_percent", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("code", "period", "quarterly", "known_at", name=op.f("pk_financial_ratios")),
    )
    op.create_table(
        "index_levels",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("level_points", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("code", "known_at", name=op.f("pk_index_levels")),
    )
    op.create_table(
        "investor_flows",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("session", sa.Date(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("individual_shares", sa.BigInteger(), nullable=False),
        sa.Column("foreign_shares", sa.BigInteger(), nullable=False),
        sa.Column("institution_shares", sa.BigInteger(), nullable=False),
        sa.Column("individual_krw_millions", sa.BigInteger(), nullable=False),
        sa.Column("foreign_krw_millions", sa.BigInteger(), nullable=False),
        sa.Column("institution_krw_millions", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("code", "session", "known_at", name=op.f("pk_investor_flows")),
    )
    op.create_table(
        "minute_bars",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("open_won", sa.Integer(), nullable=False),
        sa.Column("high_won", sa.Integer(), nullable=False),
        sa.Column("low_won", sa.Integer(), nullable=False),
        sa.Column("close_won", sa.Integer(), nullable=False),
        sa.Column("volume_shares", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("code", "at", name=op.f("pk_minute_bars")),
        postgresql_partition_by="RANGE (at)",
    )
    op.create_table(
        "order_books",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ask_won", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("ask_shares", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("bid_won", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("bid_shares", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.PrimaryKeyConstraint("code", "known_at", name=op.f("pk_order_books")),
    )
    op.create_table(
        "overtime_days",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("session", sa.Date(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("close_won", sa.Integer(), nullable=True),
        sa.Column("volume_shares", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("code", "session", "known_at", name=op.f("pk_overtime_days")),
    )
    op.create_table(
        "products",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("english_name", sa.String(), nullable=False),
        sa.Column("market", sa.String(), nullable=False),
        sa.Column("sector", sa.String(), nullable=False),
        sa.Column("listed_shares", sa.BigInteger(), nullable=False),
        sa.Column("par_won", sa.Double(), nullable=True),
        sa.Column("is_halted", sa.Boolean(), nullable=False),
        sa.Column("is_administrative", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("code", "known_at", name=op.f("pk_products")),
    )
    op.create_table(
        "quarantined",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reasons", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("body", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantined")),
    )
    op.create_index("ix_quarantined_code_known_at", "quarantined", ["code", "known_at"], unique=False)
    op.create_table(
        "quotes",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("price_won", sa.Integer(), nullable=False),
        sa.Column("volume_shares", sa.BigInteger(), nullable=False),
        sa.Column("base_won", sa.Integer(), nullable=True),
        sa.Column("upper_limit_won", sa.Integer(), nullable=True),
        sa.Column("lower_limit_won", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("code", "known_at", name=op.f("pk_quotes")),
    )
    partition_minutes()


def downgrade() -> None:
    op.drop_table("quotes")
    op.drop_index("ix_quarantined_code_known_at", table_name="quarantined")
    op.drop_table("quarantined")
    op.drop_table("products")
    op.drop_table("overtime_days")
    op.drop_table("order_books")
    op.drop_table("minute_bars")
    op.drop_table("investor_flows")
    op.drop_table("index_levels")
    op.drop_table("financial_ratios")
    op.drop_table("calendar_days")
    op.drop_table("adjustments")
