"""Forecasts that are due: those that end with a session, that wait, or that stand on a bar that changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, Uuid, cast, exists, func, select
from sqlalchemy.orm import Session

from nunchi.database import recordset
from nunchi.evaluate.page_rules import Window
from nunchi.evaluate.repository import work
from nunchi.evaluate.repository.work import is_open, touched, within
from nunchi.models.evaluation import Evaluation
from nunchi.models.forecasts import Case, Forecast
from nunchi.models.market import Stock

KIND = "evaluations"


@dataclass(frozen=True)
class Due:
    """Forecasts of one stock, horizon and seal, which are one trade; `ids` are theirs, with commas between."""

    stock_code: str
    market: str
    horizon: int
    moment: datetime
    as_of: datetime
    ids: str


def earliest(session: Session) -> datetime | None:
    """When the first forecast was sealed."""
    return session.scalar(select(func.min(Forecast.sealed_at)))


def ending(session: Session, windows: Sequence[Window], *, now: datetime) -> list[Due]:
    """The sealed forecasts of these windows without a score that don't wait already."""
    return _due(session, ending_query(windows, now=now)) if windows else []


def ending_query(windows: Sequence[Window], *, now: datetime) -> Select[Any]:
    """The query of `ending`."""
    return _grouped().where(
        Forecast.sealed_at < now,
        within(Forecast.sealed_at, Forecast.horizon_sessions, windows),
        ~exists().where(Evaluation.forecast_id == Forecast.id),
        ~is_open(KIND, Forecast.id),
    )


def waiting(session: Session) -> list[Due]:
    """The forecasts that wait for a bar."""
    return _of_ids(session, [owner for owner, _, _ in work.owners_waiting(session, KIND)])


def standing_on_changes(session: Session, since: datetime, *, now: datetime) -> list[Due]:
    """The scored forecasts whose returns reach over a bar or a factor that changed after `since`."""
    return _of_ids(session, list(session.scalars(touched(Evaluation, ["forecast_id"], since, now))))


def _of_ids(session: Session, ids: Sequence[UUID]) -> list[Due]:
    if not ids:
        return []
    given = recordset([{"id": str(one)} for one in ids], {"id": Uuid()})
    return _due(session, _grouped().where(Forecast.id.in_(select(given.c.id))))


def _grouped() -> Select[Any]:
    """Stock, market, horizon, seal and evidence cut, with the ids of their forecasts."""
    ids = func.string_agg(cast(Forecast.id, Text), ",")
    keys = (Case.stock_code, Stock.market, Forecast.horizon_sessions, Forecast.sealed_at, Case.as_of)
    return (
        select(*keys, ids)
        .join(Case, Case.id == Forecast.case_id)
        .join(Stock, Stock.code == Case.stock_code)
        .group_by(*keys)
        .order_by(*keys)
    )


def _due(session: Session, query: Select[Any]) -> list[Due]:
    return [Due(*row) for row in session.execute(query)]
