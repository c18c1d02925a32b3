"""The first tables, and the four arms."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0001"
down_revision: str | Sequence[str] | None = None
branch_labels = None
depends_on = None


COLUMNS = ("name", "provider", "model", "prompt_version", "role", "active")
# the models stay off until an operator, or a local platform that finds their key, turns them on
ARMS = [
    dict(zip(COLUMNS, row, strict=True))
    for row in (
        ("prior", "baseline", "prior", "", "baseline", True),
        ("neighbours", "baseline", "neighbours", "", "baseline", True),
        ("gpt-4o", "openai", "gpt-4o", "forecast.v1", "main", False),
        ("deepseek-v3.2", "openrouter", "deepseek/deepseek-v3.2-exp", "forecast.v1", "challenger", False),
    )
]


def upgrade() -> None:
    arms = op.create_table(
        "arms",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("prompt_version", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_arms")),
    )
    op.create_table(
        "base_rates",
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("scope", "known_at", name=op.f("pk_base_rates")),
    )
    op.create_table(
        "daily_bars",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("session", sa.Date(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("open_won", sa.Integer(), nullable=False),
        sa.Column("high_won", sa.Integer(), nullable=False),
        sa.Column("low_won", sa.Integer(), nullable=False),
        sa.Column("close_won", sa.Integer(), nullable=False),
        sa.Column("volume_shares", sa.BigInteger(), nullable=False),
        sa.Column("backfilled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("code", "session", "known_at", name=op.f("pk_daily_bars")),
    )
    op.create_index("ix_daily_bars_code_known_at", "daily_bars", ["code", "known_at"], unique=False)
    op.create_table(
        "index_bars",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("session", sa.Date(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("open", sa.Double(), nullable=False),
        sa.Column("high", sa.Double(), nullable=False),
        sa.Column("low", sa.Double(), nullable=False),
        sa.Column("close", sa.Double(), nullable=False),
        sa.Column("backfilled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("code", "session", "known_at", name=op.f("pk_index_bars")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("correlation_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("patience_s", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("given_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index(
        "ix_outbox_open",
        "outbox",
        ["deadline_at"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL AND given_up_at IS NULL"),
    )
    op.create_table(
        "seals",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("root", sa.String(), nullable=False),
        sa.Column("previous_root", sa.String(), nullable=False),
        sa.Column("forecasts", sa.Integer(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seals")),
        sa.UniqueConstraint("previous_root", name=op.f("uq_seals_previous_root")),
        sa.UniqueConstraint("root", name=op.f("uq_seals_root")),
    )
    op.create_table(
        "stocks",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("market", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_stocks")),
        sa.UniqueConstraint("name", name=op.f("uq_stocks_name")),
    )
    op.create_table(
        "stories",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("known_on", sa.Date(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("lead", sa.String(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stories")),
        sa.UniqueConstraint("fingerprint", "known_on", name=op.f("uq_stories_fingerprint_known_on")),
    )
    op.create_index(op.f("ix_stories_known_at"), "stories", ["known_at"], unique=False)
    op.create_table(
        "articles",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("story_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], name=op.f("fk_articles_story_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_articles")),
        sa.UniqueConstraint("url", name=op.f("uq_articles_url")),
    )
    op.create_index(op.f("ix_articles_known_at"), "articles", ["known_at"], unique=False)
    op.create_index(op.f("ix_articles_story_id"), "articles", ["story_id"], unique=False)
    op.create_table(
        "cases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("story_id", sa.Uuid(), nullable=False),
        sa.Column("stock_code", sa.String(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("correlation_id", sa.String(), nullable=False),
        sa.Column("sigma20_ratio", sa.Double(), nullable=False),
        sa.Column("asked", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["stock_code"], ["stocks.code"], name=op.f("fk_cases_stock_code")),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], name=op.f("fk_cases_story_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("story_id", "stock_code", name=op.f("uq_cases_story_id_stock_code")),
    )
    op.create_index(op.f("ix_cases_as_of"), "cases", ["as_of"], unique=False)
    op.create_index("ix_cases_stock_code_as_of", "cases", ["stock_code", "as_of"], unique=False)
    op.create_table(
        "performance",
        sa.Column("arm", sa.String(), nullable=False),
        sa.Column("horizon_sessions", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("entry_sessions", sa.Integer(), nullable=False),
        sa.Column("mean_rps", sa.Double(), nullable=False),
        sa.Column("mean_brier", sa.Double(), nullable=False),
        sa.Column("mean_log_loss", sa.Double(), nullable=False),
        sa.Column("hit_rate", sa.Double(), nullable=False),
        sa.Column("skill", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["arm"], ["arms.name"], name=op.f("fk_performance_arm")),
        sa.PrimaryKeyConstraint("arm", "horizon_sessions", "day", name=op.f("pk_performance")),
    )
    op.create_table(
        "reactions",
        sa.Column("story_id", sa.Uuid(), nullable=False),
        sa.Column("stock_code", sa.String(), nullable=False),
        sa.Column("horizon_sessions", sa.Integer(), nullable=False),
        sa.Column("entry_session", sa.Date(), nullable=False),
        sa.Column("entry_kind", sa.String(), nullable=False),
        sa.Column("exit_session", sa.Date(), nullable=False),
        sa.Column("stock_return_ratio", sa.Double(), nullable=False),
        sa.Column("adjusted_return_ratio", sa.Double(), nullable=False),
        sa.Column("band_ratio", sa.Double(), nullable=False),
        sa.Column("outcome", sa.Integer(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["stock_code"], ["stocks.code"], name=op.f("fk_reactions_stock_code")),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], name=op.f("fk_reactions_story_id")),
        sa.PrimaryKeyConstraint("story_id", "stock_code", "horizon_sessions", name=op.f("pk_reactions")),
    )
    op.create_table(
        "story_stocks",
        sa.Column("story_id", sa.Uuid(), nullable=False),
        sa.Column("stock_code", sa.String(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["stock_code"], ["stocks.code"], name=op.f("fk_story_stocks_stock_code")),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], name=op.f("fk_story_stocks_story_id")),
        sa.PrimaryKeyConstraint("story_id", "stock_code", name=op.f("pk_story_stocks")),
    )
    op.create_index(op.f("ix_story_stocks_known_at"), "story_stocks", ["known_at"], unique=False)
    op.create_index(
        "ix_story_stocks_stock_code_known_at", "story_stocks", ["stock_code", "known_at"], unique=False
    )
    op.create_table(
        "answers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("arm", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("prompt_version", sa.String(), nullable=False),
        sa.Column("rationale", sa.String(), nullable=False),
        sa.Column("cited", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("input_tokens", sa.Integer(), nullable=False),
        sa.Column("output_tokens", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["arm"], ["arms.name"], name=op.f("fk_answers_arm")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_answers_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers")),
        sa.UniqueConstraint("case_id", "arm", name=op.f("uq_answers_case_id_arm")),
    )
    op.create_table(
        "forecasts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("answer_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("arm", sa.String(), nullable=False),
        sa.Column("horizon_sessions", sa.Integer(), nullable=False),
        sa.Column("p_down", sa.Double(), nullable=False),
        sa.Column("p_flat", sa.Double(), nullable=False),
        sa.Column("p_up", sa.Double(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=True),
        sa.Column("seal_id", sa.Integer(), nullable=True),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["answer_id"], ["answers.id"], name=op.f("fk_forecasts_answer_id")),
        sa.ForeignKeyConstraint(["arm"], ["arms.name"], name=op.f("fk_forecasts_arm")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_forecasts_case_id")),
        sa.ForeignKeyConstraint(["seal_id"], ["seals.id"], name=op.f("fk_forecasts_seal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forecasts")),
        sa.UniqueConstraint(
            "case_id", "arm", "horizon_sessions", name=op.f("uq_forecasts_case_id_arm_horizon_sessions")
        ),
    )
    op.create_index(op.f("ix_forecasts_answer_id"), "forecasts", ["answer_id"], unique=False)
    op.create_index(op.f("ix_forecasts_created_at"), "forecasts", ["created_at"], unique=False)
    op.create_index(op.f("ix_forecasts_seal_id"), "forecasts", ["seal_id"], unique=False)
    op.create_index(
        "ix_forecasts_unsealed",
        "forecasts",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("sealed_at IS NULL"),
    )
    op.create_table(
        "evaluations",
        sa.Column("forecast_id", sa.Uuid(), nullable=False),
        sa.Column("entry_session", sa.Date(), nullable=False),
        sa.Column("entry_kind", sa.String(), nullable=False),
        sa.Column("entry_won", sa.Integer(), nullable=False),
        sa.Column("exit_session", sa.Date(), nullable=False),
        sa.Column("exit_won", sa.Integer(), nullable=False),
        sa.Column("adjusted_return_ratio", sa.Double(), nullable=False),
        sa.Column("band_ratio", sa.Double(), nullable=False),
        sa.Column("outcome", sa.Integer(), nullable=False),
        sa.Column("rps", sa.Double(), nullable=False),
        sa.Column("brier", sa.Double(), nullable=False),
        sa.Column("log_loss", sa.Double(), nullable=False),
        sa.Column("hit", sa.Boolean(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["forecast_id"], ["forecasts.id"], name=op.f("fk_evaluations_forecast_id")),
        sa.PrimaryKeyConstraint("forecast_id", name=op.f("pk_evaluations")),
    )
    op.create_index(op.f("ix_evaluations_entry_session"), "evaluations", ["entry_session"], unique=False)
    op.bulk_insert(arms, ARMS)


def downgrade() -> None:
    op.drop_index(op.f("ix_evaluations_entry_session"), table_name="evaluations")
    op.drop_table("evaluations")
    op.drop_index(
        "ix_forecasts_unsealed", table_name="forecasts", postgresql_where=sa.text("sealed_at IS NULL")
    )
    op.drop_index(op.f("ix_forecasts_seal_id"), table_name="forecasts")
    op.drop_index(op.f("ix_forecasts_created_at"), table_name="forecasts")
    op.drop_index(op.f("ix_forecasts_answer_id"), table_name="forecasts")
    op.drop_table("forecasts")
    op.drop_table("answers")
    op.drop_index("ix_story_stocks_stock_code_known_at", table_name="story_stocks")
    op.drop_index(op.f("ix_story_stocks_known_at"), table_name="story_stocks")
    op.drop_table("story_stocks")
    op.drop_table("reactions")
    op.drop_table("performance")
    op.drop_index("ix_cases_stock_code_as_of", table_name="cases")
    op.drop_index(op.f("ix_cases_as_of"), table_name="cases")
    op.drop_table("cases")
    op.drop_index(op.f("ix_articles_story_id"), table_name="articles")
    op.drop_index(op.f("ix_articles_known_at"), table_name="articles")
    op.drop_table("articles")
    op.drop_index(op.f("ix_stories_known_at"), table_name="stories")
    op.drop_table("stories")
    op.drop_table("stocks")
    op.drop_table("seals")
    op.drop_index(
        "ix_outbox_open",
        table_name="outbox",
        postgresql_where=sa.text("closed_at IS NULL AND given_up_at IS NULL"),
    )
    op.drop_table("outbox")
    op.drop_table("index_bars")
    op.drop_index("ix_daily_bars_code_known_at", table_name="daily_bars")
    op.drop_table("daily_bars")
    op.drop_table("base_rates")
    op.drop_table("arms")
