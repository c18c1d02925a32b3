"""Reports: finding what is due, taking a request, and working one message of it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from nunchi import database, ids, outbox
from nunchi.calls import service as calls
from nunchi.calls.service import Ask, BudgetSpent
from nunchi.errors import NotFound, UpstreamError
from nunchi.events import ReportDue
from nunchi.market import known
from nunchi.market import repository as market
from nunchi.market.calendar import Calendar
from nunchi.models import Arm, ReportRun, Stock
from nunchi.observability import count
from nunchi.predict import repository as predict
from nunchi.predict.rules import NoHistory
from nunchi.queues import Postponed, Write
from nunchi.report import baselines, evidence, llm, repository, rows, slots
from nunchi.report.draft import BadDraft, Draft, Outcome, Question, Usage
from nunchi.report.evidence import NoPrice
from nunchi.report.rules import NoScenario
from nunchi.seoul import seoul_date

BASELINE = "baseline"
WORTHWHILE = timedelta(hours=4)  # after its moment, a report that could not be made is given up
PATIENCE = timedelta(minutes=30)  # with a run of the command, which no event tells the end of

# provider → the function that drafts its arms' reports
DRAFTERS: dict[str, Callable[[Question, Ask], Draft]] = {
    BASELINE: baselines.draft,
    "openai": llm.draft,
    "openrouter": llm.draft,
}


def dispatch(session: Session, calendar: Calendar, *, scheduled_time: datetime, now: datetime) -> int:
    """Enqueues the slot that has come at the scheduled time; returns how many reports, none on a closed day.

    Baselines report on every stock. A model reports where it has forecast since the slot before: without news it
    would be paid for telling the same again.
    """
    day, slot = seoul_date(scheduled_time), slots.slot_of(scheduled_time)
    if slot is None or calendar.on(day) is None:
        return 0
    as_of = slots.moment_of(day, slot)
    told = repository.told_since(session, slots.before(day, slot, calendar), as_of)
    arms, stocks = predict.active_arms(session), market.active_stocks(session)
    due = [
        ReportDue(stock_code=stock.code, arm=arm.name, session=day, slot=slot)
        for stock in stocks
        for arm in arms
        if arm.provider == BASELINE or (stock.code, arm.name) in told
    ]
    new = repository.open_runs(session, [rows.of_run(run_id(one), one, as_of=as_of, now=now) for one in due])
    for one in due:
        if run_id(one) in new:
            outbox.add(session, one, correlation_id=_correlation(one), now=now)
    return len(new)


def run_id(due: ReportDue) -> UUID:
    """The id of a report and of its run, which follows from stock, arm, session, slot and version."""
    return ids.derive("report", due.stock_code, due.arm, due.session, due.slot, due.version)


def _correlation(due: ReportDue) -> str:
    return f"report:{due.stock_code}:{due.session}:{due.slot}"


def request(
    session: Session, code: str, arm: str, calendar: Calendar, *, now: datetime
) -> tuple[ReportDue, bool]:
    """Opens a new version of a stock's report of the slot that came last, as of now; whether it is a new one.

    One that is under way is not asked for twice, also while its provider is away.
    Raises `NotFound` for a stock or an arm that is not there or is off.
    """
    _require_active(session, code, arm)
    day, slot = slots.current(now, calendar)
    newest = repository.newest_run(session, code, arm, day, slot)
    # version 1 is the schedule's, also where it has not made one
    due = ReportDue(stock_code=code, arm=arm, session=day, slot=slot, version=newest.version if newest else 1)
    if newest is None or not _is_under_way(session, newest, due, now):
        due = due.model_copy(update={"version": due.version + 1})
    return due, bool(repository.open_runs(session, [rows.of_run(run_id(due), due, as_of=now, now=now)]))


def _is_under_way(session: Session, run: ReportRun, due: ReportDue, now: datetime) -> bool:
    if run.outcome == repository.OK:
        return False
    if outbox.is_waiting(session, due):  # whatever its outcome: a failure that may pass is asked again
        return True
    return run.outcome == repository.DUE and now - run.created_at < PATIENCE


def _require_active(session: Session, code: str, arm: str) -> None:
    stock, asked = session.get(Stock, code), session.get(Arm, arm)
    if stock is None or not stock.active:
        raise NotFound("stock", code)
    if asked is None or not asked.active:
        raise NotFound("arm", arm)


def enqueue(session: Session, code: str, arm: str, calendar: Calendar, *, now: datetime) -> UUID:
    """Requests a report and hands it to the queue; gives its id. Raises `NotFound`."""
    due, is_new = request(session, code, arm, calendar, now=now)
    if is_new:
        outbox.add(session, due, correlation_id=_correlation(due), now=now)
    return run_id(due)


def work(due: ReportDue, *, now: datetime, clock: Callable[[], datetime], ask: Ask | None = None) -> Write:
    """Makes a report; returns the write of it, or of how it failed.

    A failure that may pass is raised, too: as `Postponed` where the provider is to be left alone for a while. A model
    is asked by `ask`, or else as its arm's budget allows. `clock` gives the time after a call.
    """
    with database.session() as session:
        calendar = known.calendar(session)
        run, arm, stock = repository.run_with_arm(session, run_id(due))
        is_late = now - run.as_of > WORTHWHILE
        question = _late(arm) if is_late else _question(session, run, arm, stock, calendar)
    asked = ask or calls.asker(calls.caller(arm, "report", run.id), clock=clock)
    drafted = question if isinstance(question, Outcome) else _drafted(question, asked)
    outcome = drafted if isinstance(drafted, Outcome) else Outcome(repository.OK, "", drafted.usage)
    count("Reports", arm=due.arm, outcome=outcome.kind)
    finished = rows.finished(
        run, outcome, "" if arm.provider == BASELINE else llm.PROMPT_VERSION, now=clock()
    )
    if outcome.passing is not None:
        with database.session() as session:
            repository.finish(session, finished)
        raise _again(outcome.passing, clock())
    if isinstance(question, Outcome) or isinstance(drafted, Outcome):
        return partial(_record, finished)
    return partial(_write, run=finished, question=question, draft=drafted, calendar=calendar)


def _again(exc: UpstreamError, now: datetime) -> UpstreamError | Postponed:
    if exc.retry_after_s is None:
        return exc
    return Postponed(now + timedelta(seconds=exc.retry_after_s), exc.kind)


def _late(arm: Arm) -> Outcome:
    return Outcome("too_late", "its moment is too long ago", Usage(arm.model))


_KINDS: dict[type[Exception], str] = {NoPrice: "no_price", NoHistory: "no_history", NoScenario: "no_scenario"}


def _question(
    session: Session, run: ReportRun, arm: Arm, stock: Stock, calendar: Calendar
) -> Question | Outcome:
    try:
        facts = evidence.read(session, stock, arm.name, calendar, as_of=run.as_of)
    except (NoPrice, NoHistory) as exc:
        return Outcome(_KINDS[type(exc)], str(exc), Usage(arm.model))
    return Question(
        arm=arm.name,
        provider=arm.provider,
        model=arm.model,
        stock_code=stock.code,
        stock_name=stock.name,
        market=stock.market,
        as_of=run.as_of,
        facts=facts,
    )


def _drafted(question: Question, ask: Ask) -> Draft | Outcome:
    try:
        return DRAFTERS[question.provider](question, ask)
    except UpstreamError as exc:
        usage = Usage(question.model)
        return Outcome(exc.kind, exc.reason, usage, passing=exc if exc.passing else None)
    except BudgetSpent as exc:
        return Outcome("budget", str(exc), Usage(question.model))
    except BadDraft as exc:
        return Outcome(exc.outcome, exc.reason, exc.usage)
    except NoScenario as exc:
        return Outcome(_KINDS[NoScenario], str(exc), Usage(question.model))


def _record(run: dict[str, Any], session: Session) -> None:
    repository.finish(session, run)


def _write(
    session: Session, *, run: dict[str, Any], question: Question, draft: Draft, calendar: Calendar
) -> None:
    if not repository.finish(session, run):
        return
    report = rows.of_report(run, question, draft)
    repository.store(session, report, rows.of_scenarios(report, draft.scenarios, calendar))
