"""Revisions and flags of reactions and evaluations, records by day and kind, grades of reports, and ratings.

Evaluate and Performance of the release before fail on these tables until they are replaced; the next run does their work.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0011"
down_revision: str | Sequence[str] | None = "0010"
branch_labels = None
depends_on = None

NEWEST = sa.text("superseded_at IS NULL")
JSONB = postgresql.JSONB(astext_type=sa.Text())


def moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def text(name: str, server_default: str | None = None) -> sa.Column[object]:
    return sa.Column(name, sa.String(), nullable=False, server_default=server_default)


def number(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Double(), nullable=nullable)


def whole(name: str, server_default: str | None = None) -> sa.Column[object]:
    return sa.Column(name, sa.Integer(), nullable=False, server_default=server_default)


def flags() -> sa.Column[object]:
    return sa.Column("flags", JSONB, server_default="[]", nullable=False)


def upgrade() -> None:
    op.add_column("products", sa.Column("delisted_on", sa.Date(), nullable=True))
    op.create_index("ix_daily_bars_known_at", "daily_bars", ["known_at"])
    op.create_index("ix_forecasts_horizon_sessions_sealed_at", "forecasts", ["horizon_sessions", "sealed_at"])
    _reactions()
    _evaluations()
    _work()
    _score_days()
    _performance()
    _reports()


def _revised(table: str, key: list[str]) -> None:
    """Makes the revision a part of a table's key, and the newest ones quick to find by stock and session."""
    op.add_column(table, whole("revision", server_default="1"))
    op.drop_constraint(op.f(f"pk_{table}"), table, type_="primary")
    op.create_primary_key(op.f(f"pk_{table}"), table, [*key, "revision"])
    op.add_column(table, flags())
    op.add_column(table, moment("entry_at", nullable=True))
    op.add_column(table, moment("superseded_at", nullable=True))
    op.create_index(
        f"ix_{table}_stock_code_exit_session", table, ["stock_code", "exit_session"], postgresql_where=NEWEST
    )


def _reactions() -> None:
    _revised("reactions", ["story_id", "stock_code", "horizon_sessions"])
    op.add_column("reactions", sa.Column("from_session", sa.Date(), nullable=True))
    op.execute("UPDATE reactions SET from_session = entry_session")
    op.add_column("reactions", number("moved_since_known_ratio", nullable=True))
    op.add_column("reactions", number("moved_since_published_ratio", nullable=True))


def _evaluations() -> None:
    op.add_column("evaluations", sa.Column("stock_code", sa.String(), nullable=True))
    op.add_column("evaluations", sa.Column("from_session", sa.Date(), nullable=True))
    op.add_column("evaluations", number("stock_return_ratio", nullable=True))
    op.add_column("evaluations", number("raw_rps", nullable=True))
    op.add_column("evaluations", number("prior_rps", nullable=True))
    op.add_column("evaluations", sa.Column("late", sa.Boolean(), nullable=True))
    op.execute(
        """
        UPDATE evaluations AS scored
        SET stock_code = cases.stock_code, from_session = scored.entry_session, raw_rps = scored.rps,
            stock_return_ratio = scored.exit_won::double precision / scored.entry_won - 1,
            late = coalesce((base.entry_session, base.entry_kind) <> (scored.entry_session, scored.entry_kind), false),
            prior_rps = CASE WHEN (base.entry_session, base.entry_kind) = (scored.entry_session, scored.entry_kind)
                             THEN base.rps END
        FROM forecasts
        JOIN cases ON cases.id = forecasts.case_id
        LEFT JOIN forecasts AS prior ON prior.case_id = forecasts.case_id AND prior.arm = 'prior'
            AND prior.horizon_sessions = forecasts.horizon_sessions
        LEFT JOIN evaluations AS base ON base.forecast_id = prior.id
        WHERE forecasts.id = scored.forecast_id
        """
    )
    for name in ("stock_code", "from_session", "stock_return_ratio", "raw_rps", "late"):
        op.alter_column("evaluations", name, nullable=False)
    op.create_index(op.f("ix_evaluations_known_at"), "evaluations", ["known_at"])
    _revised("evaluations", ["forecast_id"])


def _work() -> None:
    op.create_table(
        "worked_sessions",
        text("kind"),
        sa.Column("session", sa.Date(), nullable=False),
        moment("known_at"),
        sa.PrimaryKeyConstraint("kind", "session", name=op.f("pk_worked_sessions")),
    )
    op.create_table(
        "waiting",
        text("kind"),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        text("stock_code"),
        whole("horizon_sessions"),
        text("reason"),
        sa.Column("due_session", sa.Date(), nullable=False),
        moment("known_at"),
        moment("missing_at", nullable=True),
        moment("resolved_at", nullable=True),
        sa.ForeignKeyConstraint(["stock_code"], ["stocks.code"], name=op.f("fk_waiting_stock_code")),
        sa.PrimaryKeyConstraint(
            "kind", "owner_id", "stock_code", "horizon_sessions", name=op.f("pk_waiting")
        ),
    )
    op.create_index(
        "ix_waiting_open", "waiting", ["kind", "due_session"], postgresql_where=sa.text("resolved_at IS NULL")
    )


def _score_days() -> None:
    sums = ("sum_rps", "sum_brier", "sum_log_loss", "sum_prior_rps", "sum_raw_rps", "sum_entropy")
    op.create_table(
        "score_days",
        sa.Column("entry_session", sa.Date(), nullable=False),
        text("arm"),
        whole("horizon_sessions"),
        text("market"),
        text("event_kind"),
        sa.Column("before_cutoff", sa.Boolean(), nullable=False),
        *(whole(name) for name in ("cases", "answered", "late", "abstained", "hits")),
        *(number(name) for name in sums),
        sa.Column("reliability", JSONB, nullable=False),
        sa.ForeignKeyConstraint(["arm"], ["arms.name"], name=op.f("fk_score_days_arm")),
        sa.PrimaryKeyConstraint(
            "entry_session",
            "arm",
            "horizon_sessions",
            "market",
            "event_kind",
            "before_cutoff",
            name=op.f("pk_score_days"),
        ),
    )


def _performance() -> None:
    op.add_column("performance", text("market", server_default=""))
    op.add_column("performance", text("event_kind", server_default=""))
    op.add_column(
        "performance",
        sa.Column("before_cutoff", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.drop_constraint(op.f("pk_performance"), "performance", type_="primary")
    key = ["arm", "horizon_sessions", "day", "market", "event_kind", "before_cutoff"]
    op.create_primary_key(op.f("pk_performance"), "performance", key)
    for name in ("late", "abstained"):
        op.add_column("performance", whole(name, server_default="0"))
    for name in (
        "skill_lower",
        "skill_upper",
        "raw_mean_rps",
        "mean_entropy",
        "ece",
        "cost_usd_per_forecast",
    ):
        op.add_column("performance", number(name, nullable=True))
    op.add_column("performance", sa.Column("reliability", JSONB, server_default="{}", nullable=False))


def _reports() -> None:
    numbers = ("base_won", "target_won", "support_won", "chance", "accuracy", "timing", "risk", "grade")
    op.create_table(
        "report_evaluations",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        text("span"),
        text("stock_code"),
        text("arm"),
        sa.Column("first_session", sa.Date(), nullable=False),
        sa.Column("last_session", sa.Date(), nullable=False),
        *(number(name) for name in numbers),
        sa.Column("touch_sessions", sa.Integer(), nullable=True),
        sa.Column("break_sessions", sa.Integer(), nullable=True),
        moment("known_at"),
        sa.ForeignKeyConstraint(
            ["stock_code"], ["stocks.code"], name=op.f("fk_report_evaluations_stock_code")
        ),
        sa.ForeignKeyConstraint(["arm"], ["arms.name"], name=op.f("fk_report_evaluations_arm")),
        sa.PrimaryKeyConstraint("report_id", "span", name=op.f("pk_report_evaluations")),
    )
    op.create_table(
        "ratings",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("rater_id", sa.Uuid(), nullable=False),
        whole("stars"),
        moment("changed_at"),
        sa.CheckConstraint("stars BETWEEN 1 AND 5", name=op.f("ck_ratings_stars")),
        sa.PrimaryKeyConstraint("report_id", "rater_id", name=op.f("pk_ratings")),
    )
    op.create_table(
        "rating_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in ("report_id", "rater_id", "author_id")),
        sa.Column("stars_before", sa.Integer(), nullable=True),
        whole("stars"),
        text("reason"),
        moment("changed_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rating_changes")),
    )
    op.create_index("ix_rating_changes_report_id_rater_id", "rating_changes", ["report_id", "rater_id"])


def downgrade() -> None:
    """Goes back to one revision of each row: the newest; what it superseded is lost, with all that is new here."""
    for table in (
        "rating_changes",
        "ratings",
        "report_evaluations",
        "score_days",
        "waiting",
        "worked_sessions",
    ):
        op.drop_table(table)
    op.execute("DELETE FROM performance WHERE market <> '' OR event_kind <> '' OR before_cutoff")
    op.execute("ALTER TABLE performance DROP CONSTRAINT pk_performance")
    op.create_primary_key(op.f("pk_performance"), "performance", ["arm", "horizon_sessions", "day"])
    added = (
        "market event_kind before_cutoff late abstained skill_lower skill_upper raw_mean_rps mean_entropy ece"
    )
    for name in (*added.split(), "cost_usd_per_forecast", "reliability"):
        op.drop_column("performance", name)
    _once("evaluations", ["forecast_id"])
    for name in ("stock_code", "from_session", "stock_return_ratio", "raw_rps", "prior_rps", "late"):
        op.drop_column("evaluations", name)
    op.drop_index("ix_evaluations_known_at", table_name="evaluations")
    _once("reactions", ["story_id", "stock_code", "horizon_sessions"])
    for name in ("from_session", "moved_since_known_ratio", "moved_since_published_ratio"):
        op.drop_column("reactions", name)
    op.drop_index("ix_forecasts_horizon_sessions_sealed_at", table_name="forecasts")
    op.drop_index("ix_daily_bars_known_at", table_name="daily_bars")
    op.drop_column("products", "delisted_on")


def _once(table: str, key: list[str]) -> None:
    rows = sa.table(table, sa.column("superseded_at"))
    op.execute(sa.delete(rows).where(rows.c.superseded_at.is_not(None)))
    op.drop_constraint(op.f(f"pk_{table}"), table, type_="primary")
    op.create_primary_key(op.f(f"pk_{table}"), table, key)
    for name in (
        "revision",
        "flags",
        "entry_at",
        "superseded_at",
    ):  # the last takes its partial indices along
        op.drop_column(table, name)
