"""The sums of each entry session, which records are made of."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Text,
    and_,
    case,
    cast,
    delete,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Session, aliased

from nunchi.evaluate.performance_rules import FINE_BINS
from nunchi.evaluate.repository.counting import PRIOR, before_cutoff, in_time
from nunchi.evaluate.repository.scores import CLASSES, SHOWN, current
from nunchi.models.articles import Article
from nunchi.models.evaluation import Evaluation, ScoreDay
from nunchi.models.forecasts import Arm, Case, Forecast
from nunchi.models.market import Stock
from nunchi.models.stories import Story, StoryFounder

KEY = ("entry_session", "arm", "horizon_sessions", "market", "event_kind", "before_cutoff")
SUMS = (
    *("cases", "answered", "late", "abstained", "sum_rps", "sum_brier", "sum_log_loss", "hits"),
    *("sum_prior_rps", "sum_raw_rps", "sum_entropy"),
)

_base, _own = aliased(Forecast), aliased(Forecast)
_base_score, _score = aliased(Evaluation), aliased(Evaluation)
_in_time = and_(_score.forecast_id.is_not(None), in_time(_score, Arm.name))


def changed_sessions(session: Session, since: datetime | None) -> list[date]:
    """The entry sessions of the cases of which something was scored after `since`.

    What a replay finds scored later than its own moment counts too: its sums are taken back to that moment.
    """
    fresh = aliased(Evaluation)
    query = (
        select(_base_score.entry_session)
        .distinct()
        .select_from(fresh)
        .join(_own, _own.id == fresh.forecast_id)
        .join(
            _base,
            and_(
                _base.case_id == _own.case_id,
                _base.horizon_sessions == _own.horizon_sessions,
                _base.arm == PRIOR,
            ),
        )
        .join(_base_score, _base_score.forecast_id == _base.id)
        .where(*([fresh.known_at > since] if since else []))
    )
    return list(session.scalars(query.order_by(_base_score.entry_session)))


def sum_sessions(session: Session, days: Sequence[date], *, now: datetime) -> None:
    """Sums entry sessions anew."""
    answers = _answers(days, now).cte("answers")
    cells = _cells(session, answers)
    query = select(*_key_of(answers), *_sums(answers)).group_by(*_key_of(answers))
    rows = [
        {**row._mapping, "reliability": cells.get(tuple(row)[: len(KEY)], {})}
        for row in session.execute(query)
    ]
    stale = delete(ScoreDay).where(ScoreDay.entry_session.in_(days))
    session.execute(stale, execution_options={"synchronize_session": False})
    if rows:
        session.execute(insert(ScoreDay).returning(ScoreDay.arm), rows)


def _key_of(answers: FromClause) -> list[Any]:
    return [answers.c[name] for name in KEY]


def _answers(days: Sequence[date], now: datetime) -> Select[Any]:
    """Every case of these entry sessions (`prior`'s) and each arm that it was put to, with the losses that count."""
    same = and_(
        _own.case_id == _base.case_id,
        _own.horizon_sessions == _base.horizon_sessions,
        _own.arm == Arm.name,
    )
    return (
        select(*_key(), *_losses())
        .select_from(_base_score)
        .join(_base, _base.id == _base_score.forecast_id)
        .join(Case, Case.id == _base.case_id)
        .join(Stock, Stock.code == Case.stock_code)
        .join(Story, Story.id == Case.story_id)
        .join(Arm, Case.asked.has_key(Arm.name))
        .outerjoin(StoryFounder, StoryFounder.story_id == Story.id)
        .outerjoin(Article, Article.id == StoryFounder.article_id)
        .outerjoin(_own, same)
        .outerjoin(_score, and_(_score.forecast_id == _own.id, current(_score, now=now)))
        .where(_base.arm == PRIOR, current(_base_score, now=now), _base_score.entry_session.in_(days))
    )


def _key() -> list[Any]:
    return [
        _base_score.entry_session.label("entry_session"),
        Arm.name.label("arm"),
        _base.horizon_sessions.label("horizon_sessions"),
        Stock.market.label("market"),
        _event_kind().label("event_kind"),
        before_cutoff().label("before_cutoff"),
    ]


def _event_kind() -> ColumnElement[str]:
    """A disclosure, a post or news, by where its story was read first; `routine` where only baselines were asked."""
    source = case(
        (Article.source == "dart", "disclosure"), (Article.source == "reddit", "post"), else_="news"
    )
    return case((Case.routine != "", "routine"), else_=source)


def _losses() -> list[Any]:
    """Of a case and an arm: the arm's own losses where it answered in time, otherwise `prior`'s."""

    def counting(name: str) -> Any:
        own, base = getattr(_score, name), getattr(_base_score, name)
        return case((_in_time, own), else_=base).label(name)

    prior = case((_in_time, func.coalesce(_score.prior_rps, _base_score.rps)), else_=_base_score.rps)
    return [
        _in_time.label("in_time"),
        and_(_score.late, Arm.name != PRIOR).label("late"),
        _own.id.is_(None).label("abstained"),
        *(counting(name) for name in ("rps", "brier", "log_loss", "hit")),
        prior.label("prior_rps"),
        _score.raw_rps,
        _score.outcome,
        *(getattr(_own, column.key).label(name) for name, column in zip(CLASSES, SHOWN, strict=True)),
    ]


def _sums(answers: FromClause) -> list[Any]:
    """The columns of `SUMS`."""
    of = answers.c

    def own(value: Any) -> Any:
        return func.coalesce(func.sum(value).filter(of.in_time), 0.0)

    entropy = sum((-of[name] * func.ln(of[name]) for name in CLASSES), literal(0.0))
    values = (
        func.count(),
        *(func.count().filter(flag) for flag in (of.in_time, of.late, of.abstained)),
        *(func.sum(value) for value in (of.rps, of.brier, of.log_loss)),
        func.count().filter(of.hit),
        func.sum(of.prior_rps),
        own(of.raw_rps),
        own(entropy),
    )
    return [value.label(name) for name, value in zip(SUMS, values, strict=True)]


def _cells(session: Session, answers: FromClause) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The reliability histograms of own forecasts in time."""
    each = union_all(*(_of_class(answers, place) for place in range(len(CLASSES)))).subquery()
    fine = cast(func.least(func.floor(each.c.given * FINE_BINS), FINE_BINS - 1), Integer)
    # the bins are computed before they are grouped: a bound value in both places would be two
    binned = select(*_key_of(each), each.c.name, each.c.given, each.c.came, fine.label("fine")).subquery()
    key = (*_key_of(binned), binned.c.name)
    cell = func.jsonb_build_array(func.count(), func.sum(binned.c.given), func.sum(binned.c.came))
    cells = select(*key, binned.c.fine, cell.label("cell")).group_by(*key, binned.c.fine).subquery()
    of = (*_key_of(cells), cells.c.name)
    histogram = func.jsonb_object_agg(cast(cells.c.fine, Text), cells.c.cell, type_=JSONB)
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for *row, name, counted in session.execute(select(*of, histogram).group_by(*of)):
        found.setdefault(tuple(row), {})[name] = counted
    return found


def _of_class(answers: FromClause, place: int) -> Select[Any]:
    """Of each own forecast in time: what it gave a class, and whether it came."""
    name, came = (
        literal(CLASSES[place]).label("name"),
        cast(answers.c.outcome == place, Integer).label("came"),
    )
    given = answers.c[CLASSES[place]].label("given")
    return select(*_key_of(answers), name, given, came).where(answers.c.in_time)
