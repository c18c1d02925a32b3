"""Reads what two arms lost on the same cases; reads and writes what was said of it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Row, and_, func, literal, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from nunchi.database import beyond
from nunchi.evaluate.repository import counting
from nunchi.evaluate.repository.counting import PRIOR
from nunchi.evaluate.repository.scores import current
from nunchi.models.comparisons import ArmComparison
from nunchi.models.costs import Experiment
from nunchi.models.evaluation import Evaluation, Performance, ScoreDay
from nunchi.models.forecasts import Arm, Case, Forecast
from nunchi.models.stories import Story


def experiments(session: Session, *, now: datetime, ended_after: datetime) -> list[Experiment]:
    """Those that had started by `now`, and whose end, if any, is later than `ended_after`; by name."""
    alive = or_(Experiment.ended_at.is_(None), Experiment.ended_at > ended_after)
    query = select(Experiment).where(Experiment.started_at <= now, alive)
    return list(session.scalars(query.order_by(Experiment.name)))


def training_cutoffs(session: Session, arms: Sequence[str]) -> list[Any]:
    """The last days that the arms' models may have read of, of those arms that have one."""
    query = select(Arm.training_cutoff).where(Arm.name.in_(arms), Arm.training_cutoff.is_not(None))
    return list(session.scalars(query))


def daily_differences(
    session: Session, experiment: Experiment, *, now: datetime, known_after: datetime | None
) -> Sequence[Row[Any]]:
    """What each entry session says of an experiment, by horizon and session, as evaluated by `now`.

    The cases are those opened while the experiment ran that were put to both arms and on which `prior` has a score.
    Each arm's loss counts beside that of `prior` on the same trade; without a score in time it is `prior`'s. The mean
    difference (a - b) and the counts of pairs and of what is missing are of stories known after `known_after`;
    `before_cutoff` counts the others.
    """
    base, base_score = aliased(Forecast), aliased(Evaluation)
    own = {arm: (aliased(Forecast), aliased(Evaluation)) for arm in (experiment.arm_a, experiment.arm_b)}
    counted = Story.known_at >= known_after if known_after else literal(True)
    query = (
        select(base.horizon_sessions, base_score.entry_session, *_day(base_score, own, counted))
        .select_from(base)
        .join(base_score, and_(base_score.forecast_id == base.id, current(base_score, now=now)))
        .join(Case, Case.id == base.case_id)
        .join(Story, Story.id == Case.story_id)
        .where(base.arm == PRIOR, *_put_to_both(experiment))
        .group_by(base.horizon_sessions, base_score.entry_session)
        .order_by(base.horizon_sessions, base_score.entry_session)
    )
    for arm, (forecast, score) in own.items():
        query = query.outerjoin(forecast, _same_question(forecast, base, arm))
        query = query.outerjoin(score, _in_time(score, forecast, now))
    return session.execute(query).all()


def _put_to_both(experiment: Experiment) -> list[ColumnElement[bool]]:
    asked = [Case.asked.has_key(experiment.arm_a), Case.asked.has_key(experiment.arm_b)]
    ran = [Case.as_of >= experiment.started_at]
    if experiment.ended_at is not None:
        ran.append(Case.as_of < experiment.ended_at)
    return [*asked, *ran]


def _same_question(forecast: Any, base: Any, arm: str) -> ColumnElement[bool]:
    same_horizon = forecast.horizon_sessions == base.horizon_sessions
    return and_(forecast.case_id == base.case_id, same_horizon, forecast.arm == arm)


def _in_time(score: Any, forecast: Any, now: datetime) -> ColumnElement[bool]:
    """The score of a forecast that counts."""
    return and_(
        score.forecast_id == forecast.id, current(score, now=now), counting.in_time(score, forecast.arm)
    )


def _lost(score: Any, base_score: Any) -> ColumnElement[float]:
    """What an arm lost on its own trade beyond `prior`'s loss on that trade; 0 for what is missing."""
    return func.coalesce(score.rps - func.coalesce(score.prior_rps, base_score.rps), 0.0)


def _day(base_score: Any, own: dict[str, tuple[Any, Any]], counted: ColumnElement[bool]) -> list[Any]:
    """The columns of a day; arm a is the first of `own`."""
    (_, a), (_, b) = own.values()
    difference = _lost(a, base_score) - _lost(b, base_score)
    return [
        func.avg(difference).filter(counted).label("mean_difference"),
        func.count().filter(counted).label("pairs"),
        func.count().filter(counted, a.rps.is_(None)).label("missing_a"),
        func.count().filter(counted, b.rps.is_(None)).label("missing_b"),
        func.count().filter(~counted).label("before_cutoff"),
    ]


def put_looks(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Stores a day's looks, over those of an earlier run of the same day."""
    if not rows:
        return
    query = insert(ArmComparison)
    updated = {key: query.excluded[key] for key in rows[0]}
    keys = ["experiment", "horizon_sessions", "day"]
    session.execute(query.on_conflict_do_update(index_elements=keys, set_=updated), rows)


def latest_looks(
    session: Session, *, limit: int | None = None, after: tuple[str, str, int] | None = None
) -> Sequence[Row[ArmComparison, Experiment]]:
    """The newest look at each experiment and horizon, with the experiment; the primary one of each first."""
    newest = (
        select(func.max(ArmComparison.day))
        .where(ArmComparison.experiment == Experiment.name)
        .correlate(Experiment)
        .scalar_subquery()
    )
    order = (ArmComparison.experiment, ArmComparison.role, ArmComparison.horizon_sessions)
    query = (
        select(ArmComparison, Experiment)
        .join(Experiment, Experiment.name == ArmComparison.experiment)
        .where(ArmComparison.day == newest, beyond(order, after, going="up"))
        .order_by(*order)
        .limit(limit)
    )
    return session.execute(query).all()


def records(
    session: Session,
    level: Literal["all", "market", "event_kind"],
    *,
    arm: str | None,
    horizon_sessions: int | None,
    limit: int,
    after: tuple[int, str, str, str] | None,
) -> Sequence[Performance]:
    """The newest day's records over all events, or in each market, or of each kind of event; no hindsight."""
    order = (Performance.horizon_sessions, Performance.arm, Performance.market, Performance.event_kind)
    query = select(Performance).where(
        Performance.day == select(func.max(Performance.day)).scalar_subquery(),
        ~Performance.before_cutoff,
        (Performance.market != "") if level == "market" else (Performance.market == ""),
        (Performance.event_kind != "") if level == "event_kind" else (Performance.event_kind == ""),
        beyond(order, after, going="up"),
    )
    if arm is not None:
        query = query.where(Performance.arm == arm)
    if horizon_sessions is not None:
        query = query.where(Performance.horizon_sessions == horizon_sessions)
    return session.scalars(query.order_by(*order).limit(limit)).all()


def series(
    session: Session, arm: str, horizon_sessions: int, *, since: date | None, limit: int, after: date | None
) -> Sequence[Row[Any]]:
    """An arm's sums by entry session, oldest first: those of the day, and those of all days up to it.

    Events before the arm's cut-off are left out.
    """
    names = ("cases", "sum_rps", "sum_prior_rps")
    sums = {name: func.sum(getattr(ScoreDay, name)) for name in names}
    whole = (
        select(
            ScoreDay.entry_session,
            *(one.label(name) for name, one in sums.items()),
            *(
                func.sum(one).over(order_by=ScoreDay.entry_session).label(f"so_far_{name}")
                for name, one in sums.items()
            ),
            func.row_number().over(order_by=ScoreDay.entry_session).label("entry_sessions"),
        )
        .where(ScoreDay.arm == arm, ScoreDay.horizon_sessions == horizon_sessions, ~ScoreDay.before_cutoff)
        .group_by(ScoreDay.entry_session)
        .subquery()
    )
    query = select(whole).order_by(whole.c.entry_session).limit(limit)
    if since is not None:
        query = query.where(whole.c.entry_session >= since)
    if after is not None:
        query = query.where(whole.c.entry_session > after)
    return session.execute(query).all()


def looks(
    session: Session, experiment: str, *, limit: int, after: tuple[date, int] | None
) -> Sequence[ArmComparison]:
    """Every look at an experiment, the newest first."""
    order = (ArmComparison.day, ArmComparison.horizon_sessions)
    query = select(ArmComparison).where(ArmComparison.experiment == experiment, beyond(order, after))
    return session.scalars(query.order_by(*(one.desc() for one in order)).limit(limit)).all()


def cost_rows(
    session: Session, *, limit: int, after: tuple[str] | None
) -> Sequence[Row[str, date, float | None, int]]:
    """By arm, of the newest day's headline records: the day, the dollars in all, and what was answered."""
    query = (
        select(
            Performance.arm,
            func.max(Performance.day).label("day"),
            func.max(Performance.cost_usd).label("cost_usd"),
            func.sum(Performance.answered).label("resolved"),
        )
        .where(
            Performance.day == select(func.max(Performance.day)).scalar_subquery(),
            and_(Performance.market == "", Performance.event_kind == "", ~Performance.before_cutoff),
            beyond([Performance.arm], after, going="up"),
        )
        .group_by(Performance.arm)
        .order_by(Performance.arm)
        .limit(limit)
    )
    return session.execute(query).all()
