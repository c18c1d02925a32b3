"""The scores, which the database computes for all forecasts of a trade at once."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Double,
    Integer,
    Select,
    String,
    Subquery,
    Text,
    Uuid,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Session, aliased
from sqlalchemy.types import TypeEngine

from nunchi.database import recordset
from nunchi.evaluate.repository import formulas, work
from nunchi.evaluate.repository.counting import PRIOR
from nunchi.evaluate.repository.dues import KIND
from nunchi.market.rules import FLAT_BAND_MIN_RATIO, FLAT_BAND_SIGMAS, Outcome
from nunchi.models.evaluation import Evaluation, Waiting
from nunchi.models.forecasts import Case, Forecast

CLASSES = ("down", "flat", "up")
TOLERANCE = 1e-12  # of a return, beside what a bar that changed makes of it
SETTLING = ("entry_session", "entry_kind", "entry_won", "exit_session", "exit_won", "flags")
RAW = (Forecast.p_down, Forecast.p_flat, Forecast.p_up)
SHOWN = (Forecast.shown_down, Forecast.shown_flat, Forecast.shown_up)
COLUMNS: dict[str, TypeEngine[Any]] = {
    "ids": Text(),
    "stock_code": String(),
    "from_session": Date(),
    "entry_session": Date(),
    "entry_kind": String(),
    "entry_at": DateTime(timezone=True),
    "entry_won": Integer(),
    "share": Double(),
    "exit_session": Date(),
    "exit_won": Integer(),
    "stock_return_ratio": Double(),
    "adjusted_return_ratio": Double(),
    "late": Boolean(),
    "flags": JSONB(),
}
STORED = [name for name in COLUMNS if name not in ("ids", "share")]


def current(score: Any, *, now: datetime) -> ColumnElement[bool]:
    """Whether a score (the table or an alias of it) was known by `now`, and not replaced by then."""
    return and_(score.known_at <= now, or_(score.superseded_at.is_(None), score.superseded_at > now))


def score(session: Session, rows: Sequence[Mapping[str, Any]], *, now: datetime) -> int:
    """Scores all forecasts of these trades (rows of `COLUMNS`), each that has no score or another one.

    Returns how many scores were stored. The formulas are those of the rules in Python, and a test holds them together.
    """
    if not rows:
        return 0
    source = _scored(_classed(_traded(rows)), now)
    query = insert(Evaluation).from_select([column.name for column in source.selected_columns], source)
    return session.connection().execute(query.on_conflict_do_nothing()).rowcount


def supersede(session: Session, *, now: datetime) -> int:
    """Marks the scores that were stored anew at `now` as superseded; returns how many."""
    newer = aliased(Evaluation)
    query = (
        update(Evaluation)
        .where(Evaluation.superseded_at.is_(None), Evaluation.forecast_id == newer.forecast_id)
        .where(newer.known_at == now, newer.revision == Evaluation.revision + 1)
        .values(superseded_at=now)
    )
    return session.connection().execute(query).rowcount


def resolve(session: Session, *, now: datetime) -> None:
    """Closes what waited and has a score."""
    work.resolve(session, KIND, exists().where(Evaluation.forecast_id == Waiting.owner_id), now=now)


def _traded(rows: Sequence[Mapping[str, Any]]) -> Subquery:
    """Each forecast with its trade, its flat band, its probabilities and those of `prior`."""
    given, base = recordset(rows, COLUMNS), aliased(Forecast)
    owners = work.each_id(given)
    width = FLAT_BAND_SIGMAS * Case.sigma20_ratio * func.sqrt(Forecast.horizon_sessions + given.c.share)
    same = and_(
        base.case_id == Forecast.case_id,
        base.horizon_sessions == Forecast.horizon_sessions,
        base.arm == PRIOR,
    )
    return (
        select(
            Forecast.id.label("forecast_id"),
            *(given.c[name] for name in STORED),
            func.greatest(FLAT_BAND_MIN_RATIO, width).label("band_ratio"),
            *_labelled("shown", SHOWN),
            *_labelled("raw", RAW),
            *_labelled("prior", (getattr(base, column.key) for column in SHOWN)),
        )
        .select_from(given)
        .join(owners, true())
        .join(Forecast, Forecast.id == cast(owners.c.id, Uuid))
        .join(Case, Case.id == Forecast.case_id)
        .outerjoin(base, same)
        .subquery("traded")
    )


def _labelled(kind: str, columns: Iterable[Any]) -> list[Any]:
    return [column.label(f"{kind}_{name}") for name, column in zip(CLASSES, columns, strict=True)]


def _classed(traded: Subquery) -> Subquery:
    """The same with the class that came true."""
    moved, band = traded.c.adjusted_return_ratio, traded.c.band_ratio
    outcome = case(
        (moved < -band, Outcome.DOWN.value), (moved > band, Outcome.UP.value), else_=Outcome.FLAT.value
    )
    return select(traded, outcome.label("outcome")).subquery("classed")


def _scored(classed: Subquery, now: datetime) -> Select[Any]:
    """Rows of `evaluations`: of forecasts without a score, and of those whose score differs."""
    last = aliased(Evaluation)
    of_forecast = and_(last.forecast_id == classed.c.forecast_id, last.superseded_at.is_(None))
    return (
        select(
            *(classed.c[name] for name in ("forecast_id", *STORED, "band_ratio", "outcome")),
            *_losses(classed),
            cast(literal(now), Evaluation.known_at.type).label("known_at"),
            (func.coalesce(last.revision, 0) + 1).label("revision"),
        )
        .select_from(classed)
        .outerjoin(last, of_forecast)
        .where(or_(last.forecast_id.is_(None), not_(_is_same(last, classed))))
    )


def _losses(classed: Subquery) -> list[ColumnElement[Any]]:
    outcome = classed.c.outcome
    shown, raw, base = (
        [classed.c[f"{kind}_{name}"] for name in CLASSES] for kind in ("shown", "raw", "prior")
    )
    return [
        formulas.rps(shown, outcome).label("rps"),
        formulas.brier(shown, outcome).label("brier"),
        (-func.ln(formulas.given_to(shown, outcome))).label("log_loss"),
        (formulas.likeliest(shown) == outcome).label("hit"),
        formulas.rps(raw, outcome).label("raw_rps"),
        formulas.rps(base, outcome).label("prior_rps"),
    ]


def _is_same(last: Any, classed: Subquery) -> ColumnElement[bool]:
    """Whether the last score of a forecast stands on the same trade."""
    moved = classed.c.adjusted_return_ratio
    return and_(
        last.adjusted_return_ratio.between(moved - TOLERANCE, moved + TOLERANCE),
        *(getattr(last, name) == classed.c[name] for name in SETTLING),
    )
