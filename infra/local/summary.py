"""What a replay left in the database, held against the sample market that it was played from."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.orm import Session

from infra.sandbox import truth
from infra.sandbox.market import Market
from nunchi.market.calendar import Calendar
from nunchi.market.rules import entry_after
from nunchi.models import (
    Answer,
    Article,
    Case,
    Evaluation,
    Forecast,
    OutboxRow,
    Performance,
    Reaction,
    Report,
    ReportRun,
    Seal,
    Story,
)
from nunchi.report.slots import SLOTS


@dataclass(frozen=True)
class Check:
    """One fact: what was expected and what was found."""

    fact: str
    expected: object
    found: object

    @property
    def holds(self) -> bool:
        return self.expected == self.found


def counts(session: Session, *, since: datetime) -> dict[str, int]:
    """How much the live part of a replay stored, by stage."""
    queries = {
        **{
            name: select(func.count()).where(Article.known_at >= since, kind)
            for name, kind in _kinds().items()
        },
        "stories": select(func.count()).where(Story.known_at >= since),
        "cases": select(func.count(Case.id)),
        "answers": select(func.count(Answer.id)),
        "forecasts": select(func.count(Forecast.id)),
        "reports": select(func.count(Report.id)),
        "seals": select(func.count(Seal.id)),
        "reactions": select(func.count()).where(Reaction.known_at >= since),
        "evaluations": select(func.count(Evaluation.forecast_id)),
        "performance": select(func.count()).select_from(Performance),
    }
    return {name: session.scalar(query) or 0 for name, query in queries.items()}


def checks(session: Session, market: Market, calendar: Calendar, *, last_crawl: datetime) -> list[Check]:
    """The facts that must hold after a replay that crawled for the last time at `last_crawl`."""
    return [check(session, market, calendar, last_crawl) for check in CHECKS]


def _kinds() -> dict[str, ColumnElement[bool]]:
    """The kinds of things that are stored as articles, by the sources that they come from."""
    return {
        "articles": Article.source.not_in(("dart", "reddit")),
        "disclosures": Article.source == "dart",
        "posts": Article.source == "reddit",
    }


def _no_article_lost(session: Session, market: Market, _calendar: Calendar, last_crawl: datetime) -> Check:
    expected = {name: getattr(truth.told(market, last_crawl), name) for name in _kinds()}
    found = {name: session.scalar(select(func.count()).where(kind)) for name, kind in _kinds().items()}
    return Check("every published article, disclosure and post is stored", expected, found)


def _no_article_twice(session: Session, _market: Market, _calendar: Calendar, _last: datetime) -> Check:
    query = text("SELECT count(*) - count(DISTINCT url) FROM articles")
    return Check("no article is stored twice", 0, session.scalar(query))


def _every_story_once(session: Session, market: Market, _calendar: Calendar, last_crawl: datetime) -> Check:
    stories = truth.told(market, last_crawl).stories
    found = session.scalar(select(func.count(Story.id)))
    return Check("every story is one story, reprints included", stories, found)


def _nothing_under_way(session: Session, _market: Market, _calendar: Calendar, _last: datetime) -> Check:
    unclosed = session.scalar(select(func.count(OutboxRow.id)).where(OutboxRow.closed_at.is_(None)))
    return Check("no event is left open or given up", 0, unclosed)


def _all_sealed(session: Session, _market: Market, _calendar: Calendar, _last: datetime) -> Check:
    unsealed = session.scalar(select(func.count(Forecast.id)).where(Forecast.sealed_at.is_(None)))
    return Check("every forecast is sealed", 0, unsealed)


def _each_due_forecast_scored_once(
    session: Session, market: Market, calendar: Calendar, _last: datetime
) -> Check:
    due = set(_due(session, market, calendar))
    scored = list(session.scalars(select(Evaluation.forecast_id).where(Evaluation.superseded_at.is_(None))))
    return Check("every due forecast is evaluated exactly once", sorted(due), sorted(scored))


def _due(session: Session, market: Market, calendar: Calendar) -> Iterator[UUID]:
    for forecast in session.scalars(select(Forecast).where(Forecast.sealed_at.is_not(None))):
        if forecast.sealed_at is not None:
            entry = entry_after(forecast.sealed_at, calendar)
            if calendar.after(entry.session, forecast.horizon_sessions).day <= market.live[-1]:
                yield forecast.id


def _returns_are_the_markets(session: Session, market: Market, _calendar: Calendar, _last: datetime) -> Check:
    """Entry and exit prices as the sandbox's market has them, read without any of our own code."""
    own = {(code, bar.session): bar for code, bars in market.bars.items() for bar in bars}
    query = (
        select(Evaluation, Case.stock_code)
        .join(Forecast, Forecast.id == Evaluation.forecast_id)
        .where(Evaluation.superseded_at.is_(None), Evaluation.entry_kind != "minute")
    )
    wrong = 0
    for scored, code in session.execute(query.join(Case, Case.id == Forecast.case_id)):
        entry, leave = own[code, scored.entry_session], own[code, scored.exit_session]
        price = entry.open_won if scored.entry_kind == "open" else entry.close_won
        wrong += (scored.entry_won, scored.exit_won) != (price, leave.close_won)
    return Check("entry and exit prices are the market's", 0, wrong)


def _every_due_report_made(session: Session, market: Market, _calendar: Calendar, _last: datetime) -> Check:
    """Those of the arms that report on every stock are as many as there are stocks and slots."""
    slots = len(market.companies) * len(market.live) * len(SLOTS)
    by_rule = select(func.count(Report.id)).where(Report.arm == "prior")
    unmade = select(func.count(ReportRun.id)).where(ReportRun.outcome != "ok")
    found = {"of prior": session.scalar(by_rule), "not made": session.scalar(unmade)}
    return Check("every due report is made", {"of prior": slots, "not made": 0}, found)


CHECKS: tuple[Callable[[Session, Market, Calendar, datetime], Check], ...] = (
    _no_article_lost,
    _no_article_twice,
    _every_story_once,
    _nothing_under_way,
    _all_sealed,
    _each_due_forecast_scored_once,
    _returns_are_the_markets,
    _every_due_report_made,
)
