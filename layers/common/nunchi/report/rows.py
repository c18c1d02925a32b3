"""The rows of a report: its run as it is asked for and as it ended, and what was made."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from nunchi.events import ReportDue
from nunchi.market.calendar import Calendar
from nunchi.models import Report, ReportRun, ReportScenario
from nunchi.report import repository, rules
from nunchi.report.draft import Draft, Outcome, Question
from nunchi.report.rules import Scenario
from nunchi.text import one_line


def of_run(run_id: UUID, due: ReportDue, *, as_of: datetime, now: datetime) -> dict[str, Any]:
    """A run that is due."""
    nothing = {"reason": "", "finished_at": None, "model": "", "prompt_version": ""}
    used = {"calls": 0, "input_tokens": 0, "output_tokens": 0}
    return {
        "id": run_id,
        **due.model_dump(),
        "as_of": as_of,
        "created_at": now,
        "outcome": repository.DUE,
        **nothing,
        **used,
    }


def finished(run: ReportRun, outcome: Outcome, prompt_version: str, *, now: datetime) -> dict[str, Any]:
    """A run as it ended; the prompt version is empty where nobody was prompted."""
    kept = {column.key: getattr(run, column.key) for column in ReportRun.__table__.columns}
    return kept | {
        "outcome": outcome.kind,
        "reason": one_line(outcome.reason),
        "finished_at": now,
        "model": one_line(outcome.usage.model),
        "prompt_version": prompt_version,
        "calls": outcome.usage.calls,
        "input_tokens": outcome.usage.input_tokens,
        "output_tokens": outcome.usage.output_tokens,
    }


def of_report(run: dict[str, Any], question: Question, draft: Draft) -> Report:
    """What a run made."""
    facts = question.facts
    return Report(
        **{name: run[name] for name in ("id", "stock_code", "arm", "session", "slot", "version", "as_of")},
        created_at=run["finished_at"],
        base_price_won=facts.price.won,
        base_price_at=facts.price.at,
        base_price_source=facts.price.source,
        sigma20_ratio=facts.sigma20,
        summary_ko=draft.summary,
        risks=draft.risks,
        opportunities=draft.opportunities,
        recommendation=draft.recommendation,
        evidence=facts.evidence,
    )


def of_scenarios(report: Report, found: list[Scenario], calendar: Calendar) -> list[ReportScenario]:
    """A report's scenarios. Their sessions count from the one that had opened last."""
    last = calendar.last_opened(report.as_of)
    return [_scenario(report.id, one, last.day if last else None, calendar) for one in found]


def _scenario(report_id: UUID, found: Scenario, opened: date | None, calendar: Calendar) -> ReportScenario:
    horizon = rules.HORIZONS[found.span]
    return ReportScenario(
        report_id=report_id,
        span=found.span,
        horizon_sessions=horizon,
        last_session=calendar.day_after(opened, horizon) if opened else None,
        target_won=found.target_won,
        support_won=found.support_won,
        snapped=found.snapped,
        text_ko=found.text_ko,
    )
