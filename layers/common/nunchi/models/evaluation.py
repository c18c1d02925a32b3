"""What the market did, and what that says of each forecast."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from nunchi.models.base import Base

NEWEST = text("superseded_at IS NULL")


class Reaction(Base):
    """What a stock did after a story, `horizon_sessions` after the entry session.

    A changed bar adds a revision; what it supersedes stays as it was known. `from_session` is the first session that it
    stands on: where σ20 begins, and any where there is none. What had moved before the entry is market-adjusted, and
    empty where no price is stored. Where fewer than 21 sessions are known before the entry, there is no σ20, and so
    neither band nor outcome.
    """

    __tablename__ = "reactions"

    story_id: Mapped[UUID] = mapped_column(ForeignKey("stories.id"), primary_key=True)
    stock_code: Mapped[str] = mapped_column(ForeignKey("stocks.code"), primary_key=True)
    horizon_sessions: Mapped[int] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, server_default="1")
    from_session: Mapped[date | None]
    entry_session: Mapped[date]
    entry_kind: Mapped[str]
    entry_at: Mapped[datetime | None]
    exit_session: Mapped[date]
    stock_return_ratio: Mapped[float]
    adjusted_return_ratio: Mapped[float]
    moved_since_known_ratio: Mapped[float | None]
    moved_since_published_ratio: Mapped[float | None]
    band_ratio: Mapped[float | None]
    outcome: Mapped[int | None]
    flags: Mapped[list[str]] = mapped_column(server_default="[]")
    known_at: Mapped[datetime]
    superseded_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_reactions_stock_code_exit_session", "stock_code", "exit_session", postgresql_where=NEWEST),
    )


class BaseRate(Base):
    """How often a stock, or all of a market, fell, stayed or rose: counts by entry kind and horizon."""

    __tablename__ = "base_rates"

    scope: Mapped[str] = mapped_column(primary_key=True)  # a stock's code, or KOSPI or KOSDAQ
    known_at: Mapped[datetime] = mapped_column(primary_key=True)
    counts: Mapped[dict[str, Any]]


class Evaluation(Base):
    """One forecast scored, once a revision: a changed bar adds one, and what it supersedes stays.

    The scores are those of the probabilities that were shown; `raw_rps` is that of the arm's own, and `prior_rps` that
    of `prior`'s forecast of the same case on the same trade, empty where it gave none. `from_session` is where the
    entry should have been: it is later where the stock was suspended. `late` is explained in
    `evaluate/page_rules.py`.
    """

    __tablename__ = "evaluations"

    forecast_id: Mapped[UUID] = mapped_column(ForeignKey("forecasts.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, server_default="1")
    stock_code: Mapped[str]  # its case's
    from_session: Mapped[date]
    entry_session: Mapped[date] = mapped_column(index=True)
    entry_kind: Mapped[str]
    entry_at: Mapped[datetime | None]  # unknown of what was scored before it was kept
    entry_won: Mapped[int]
    exit_session: Mapped[date]
    exit_won: Mapped[int]
    stock_return_ratio: Mapped[float]
    adjusted_return_ratio: Mapped[float]
    band_ratio: Mapped[float]
    outcome: Mapped[int]
    rps: Mapped[float]
    brier: Mapped[float]
    log_loss: Mapped[float]
    hit: Mapped[bool]
    raw_rps: Mapped[float]
    prior_rps: Mapped[float | None]
    late: Mapped[bool]
    flags: Mapped[list[str]] = mapped_column(server_default="[]")
    known_at: Mapped[datetime] = mapped_column(index=True)
    superseded_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "ix_evaluations_stock_code_exit_session", "stock_code", "exit_session", postgresql_where=NEWEST
        ),
        Index("ix_evaluations_exit_session", "exit_session", "forecast_id", postgresql_where=NEWEST),
    )


class WorkedSession(Base):
    """All that ends with a session was looked at: `kind` is `evaluations` or `reactions`."""

    __tablename__ = "worked_sessions"

    kind: Mapped[str] = mapped_column(primary_key=True)
    session: Mapped[date] = mapped_column(primary_key=True)
    known_at: Mapped[datetime]


class Waiting(Base):
    """A forecast or a story's reaction that is due and has no return yet, and why. It is looked at on every run.

    `owner_id` is the forecast's or the story's. `missing_at` is when it was reported as missing.
    """

    __tablename__ = "waiting"

    kind: Mapped[str] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID] = mapped_column(primary_key=True)
    stock_code: Mapped[str] = mapped_column(ForeignKey("stocks.code"), primary_key=True)
    horizon_sessions: Mapped[int] = mapped_column(primary_key=True)
    reason: Mapped[str]
    due_session: Mapped[date]
    known_at: Mapped[datetime]
    missing_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_waiting_open", "kind", "due_session", postgresql_where=text("resolved_at IS NULL")),
    )


class ScoreDay(Base):
    """Sums over the cases of one entry session, by arm, horizon, market and kind of event: what records are made of.

    Counted on `prior`'s cases. An arm that gave no forecast in time has `prior`'s losses in `sum_rps`, `sum_brier`,
    `sum_log_loss` and `hits`; `answered` and the sums after it are of its own forecasts in time alone. `before_cutoff`
    holds those of events before the end of an arm's training data.
    """

    __tablename__ = "score_days"

    entry_session: Mapped[date] = mapped_column(primary_key=True)
    arm: Mapped[str] = mapped_column(ForeignKey("arms.name"), primary_key=True)
    horizon_sessions: Mapped[int] = mapped_column(primary_key=True)
    market: Mapped[str] = mapped_column(primary_key=True)
    event_kind: Mapped[str] = mapped_column(primary_key=True)
    before_cutoff: Mapped[bool] = mapped_column(primary_key=True)
    cases: Mapped[int]
    answered: Mapped[int]
    late: Mapped[int]
    abstained: Mapped[int]
    sum_rps: Mapped[float]
    sum_brier: Mapped[float]
    sum_log_loss: Mapped[float]
    hits: Mapped[int]
    sum_prior_rps: Mapped[float]
    sum_raw_rps: Mapped[float]
    sum_entropy: Mapped[float]
    reliability: Mapped[dict[str, Any]]

    __table_args__ = (Index("ix_score_days_arm", "arm", "horizon_sessions", "entry_session"),)


class Performance(Base):
    """An arm's record at one horizon over everything evaluated up to the end of a day in Seoul.

    `market` and `event_kind` are empty in the record over all of them. With `before_cutoff` it is no headline.
    `cost_usd` is what the arm's calls for the record cost in all, whatever the horizon, and whether it answered or not.
    `lower` and `upper` bound the skill; `ece` is the mean over classes; `entropy` is in nats.
    """

    __tablename__ = "performance"

    arm: Mapped[str] = mapped_column(ForeignKey("arms.name"), primary_key=True)
    horizon_sessions: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    market: Mapped[str] = mapped_column(primary_key=True, server_default="")
    event_kind: Mapped[str] = mapped_column(primary_key=True, server_default="")
    before_cutoff: Mapped[bool] = mapped_column(primary_key=True, server_default=text("false"))
    cases: Mapped[int]
    answered: Mapped[int]
    late: Mapped[int] = mapped_column(server_default="0")
    abstained: Mapped[int] = mapped_column(server_default="0")
    entry_sessions: Mapped[int]
    mean_rps: Mapped[float]
    mean_brier: Mapped[float]
    mean_log_loss: Mapped[float]
    hit_rate: Mapped[float]
    skill: Mapped[float]
    skill_lower: Mapped[float | None]
    skill_upper: Mapped[float | None]
    raw_mean_rps: Mapped[float | None]
    mean_entropy: Mapped[float | None]
    ece: Mapped[float | None]
    reliability: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    cost_usd: Mapped[float | None]
    cost_usd_per_forecast: Mapped[float | None]

    __table_args__ = (Index("ix_performance_day", "day", "horizon_sessions"),)
