"""Reports on stocks: the latest, those of before, one in whole; and asking for a new version."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

from api.access import problem_responses
from api.audit import Audited
from api.dependencies import ARM, CODE, ArmName, DatabaseSession, Moment, Now, StockCode, public
from api.links import path_of
from api.paging import Cursor, Order, Page, PageSize
from nunchi import outbox
from nunchi.market import known
from nunchi.models import Report, ReportRun, ReportScenario
from nunchi.report import repository, service
from nunchi.report.rules import RECOMMENDATIONS
from nunchi.report.slots import Slot

router = APIRouter(prefix="/reports", tags=["reports"])

DISCLAIMER_KO = "이 보고서는 공개된 자료를 기계가 정리한 정보이며, 투자를 권하지 않는다."
Before = Annotated[Moment | None, Query(description="Only reports as of before this moment.")]
RequiredCode = Annotated[str, Query(pattern=CODE, description="A stock's six-character code.")]


class ReportLine(BaseModel):
    id: UUID
    stock_code: str
    arm: str
    session: date
    slot: Slot = Field(description="The time of the session in Seoul: 10:00, 13:00 or 15:45.")
    version: int = Field(description="1 by schedule; higher ones were asked for.")
    as_of: AwareDatetime
    created_at: AwareDatetime
    base_price_won: int
    summary_ko: str
    recommendation: str = Field(examples=["balanced"], description="How the evidence lies; never what to do.")
    recommendation_ko: str


class Scenario(BaseModel):
    """A target and a support that may be touched between `as_of` and the close of `last_session`."""

    span: str = Field(examples=["short"])
    horizon_sessions: int
    last_session: date | None
    target_won: int
    support_won: int
    snapped: bool = Field(description="A price was moved to the nearest tick.")
    text_ko: str


class ReportDetail(ReportLine):
    base_price_at: AwareDatetime
    base_price_source: str = Field(examples=["minute"])
    sigma20_ratio: float
    scenarios: list[Scenario]
    risks: list[str]
    opportunities: list[str]
    evidence: dict[str, Any]
    disclaimer_ko: str = DISCLAIMER_KO


class ReportRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")
    stock_code: str = Field(pattern=CODE, examples=["005930"])
    arm: str = Field(pattern=ARM, examples=["neighbours"])


class ReportStatus(BaseModel):
    id: UUID
    version: int
    outcome: str = Field(examples=["due"], description="`due`, then `ok` or the name of the failure.")
    reason: str
    as_of: AwareDatetime
    finished_at: AwareDatetime | None
    status_url: str
    report_url: str | None


PAIRS = Order(TypeAdapter(tuple[str, str]))
TIMES = Order(TypeAdapter(tuple[AwareDatetime, UUID]))


@router.get("", dependencies=[public])
def list_reports(
    session: DatabaseSession,
    stock_code: StockCode | None = None,
    arm: ArmName | None = None,
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> Page[ReportLine]:
    """The latest report of each stock and arm, or of one of them."""
    found = repository.latest(
        session, stock_code=stock_code, arm=arm, limit=limit + 1, after=PAIRS.after(cursor)
    )
    return PAIRS.page(found, limit, lambda report: (report.stock_code, report.arm), _line)


@router.get("/history", dependencies=[public])
def report_history(
    session: DatabaseSession,
    stock_code: RequiredCode,
    arm: ArmName | None = None,
    before: Before = None,
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> Page[ReportLine]:
    """All reports of a stock, every version, the newest first."""
    place = TIMES.after(cursor)
    found = repository.history(
        session, stock_code=stock_code, arm=arm, before=before, limit=limit + 1, after=place
    )
    return TIMES.page(found, limit, lambda report: (report.as_of, report.id), _line)


@router.post("", status_code=202, responses=problem_responses(404))
def regenerate_report(
    asked: ReportRequest, request: Request, response: Response, now: Now, audit: Audited
) -> ReportStatus:
    """Asks for a new version of a report, as of now; the status says when it is made. Models cost: for admins alone."""
    with outbox.transaction() as session:
        calendar = known.calendar(session)
        report_id = service.enqueue(session, asked.stock_code, asked.arm, calendar, now=now)
        status = _status(repository.run_with_arm(session, report_id)[0], request)
    audit("report", report=report_id)
    response.headers["Location"] = status.status_url
    return status


@router.get("/{report_id}", dependencies=[public])
def get_report(report_id: UUID, session: DatabaseSession) -> ReportDetail:
    """One report in whole."""
    report, scenarios = repository.with_scenarios(session, report_id)
    return _detail(report, scenarios)


@router.get("/{report_id}/status", dependencies=[public])
def report_status(report_id: UUID, session: DatabaseSession, request: Request) -> ReportStatus:
    """Whether a report that was asked for is made."""
    run, *_ = repository.run_with_arm(session, report_id)
    return _status(run, request)


def _line(report: Report) -> ReportLine:
    return ReportLine(**_shown(report, ReportLine))


def _shown(report: Report, model: type[ReportLine]) -> dict[str, Any]:
    values = {name: getattr(report, name) for name in model.model_fields if hasattr(report, name)}
    return values | {"recommendation_ko": _RECOMMENDATIONS[report.recommendation]}


_RECOMMENDATIONS: dict[str, str] = dict(RECOMMENDATIONS.items())


def _detail(report: Report, scenarios: list[ReportScenario]) -> ReportDetail:
    shown = [Scenario(**{name: getattr(one, name) for name in Scenario.model_fields}) for one in scenarios]
    return ReportDetail(**_shown(report, ReportDetail), scenarios=shown)


def _status(run: ReportRun, request: Request) -> ReportStatus:
    url = path_of(request, "get_report", report_id=run.id)
    return ReportStatus(
        **{
            name: getattr(run, name)
            for name in ("id", "version", "outcome", "reason", "as_of", "finished_at")
        },
        status_url=f"{url}/status",
        report_url=url if run.outcome == repository.OK else None,
    )
