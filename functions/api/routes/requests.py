"""Forecasts on demand: for a stock or an article, beside the record. They are never sealed and never scored."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter, model_validator

from api.access import problem_responses
from api.dependencies import ARM, CODE, DatabaseSession, Now, User
from api.forms import Strict
from api.links import path_of
from api.paging import Cursor, Order, Page, PageSize
from nunchi import outbox
from nunchi.models import Forecast, ForecastRequest, RequestedForecast
from nunchi.models.requests import DUE
from nunchi.requested import repository, rules, service
from nunchi.requested.service import Live
from nunchi.settings import get_settings

router = APIRouter(prefix="/forecasts", tags=["forecasts on demand"])

Code = Annotated[str, Field(pattern=CODE)]
Status = Literal["due", "answered", "failed"]


class ForecastAsked(Strict):
    """Of a stock, which means of its newest story, or of an article; of both where the article is about several."""

    arm: str = Field(pattern=ARM, examples=["neighbours"])
    stock_code: Code | None = Field(default=None, examples=["005930"])
    article_id: UUID | None = Field(default=None, examples=["0b0e7d3a-6a2b-5c1d-8e4f-9a7b6c5d4e3f"])

    @model_validator(mode="after")
    def _about_something(self) -> "ForecastAsked":
        if self.stock_code is None and self.article_id is None:
            raise ValueError("neither a stock nor an article is named")
        return self


class HorizonForecast(BaseModel):
    horizon_sessions: int
    p_down: float = Field(description="Recalibrated, as in the record.")
    p_flat: float
    p_up: float
    raw_down: float = Field(description="As the arm gave them.")
    raw_flat: float
    raw_up: float
    calibrator: str = Field(examples=["identity"])
    expected_move_ratio: float | None


class Answered(BaseModel):
    """A question and what is known of its answer."""

    source: Literal["record", "requested"] = Field(
        description="`record`: a forecast that is sealed and scored. `requested`: one that is neither."
    )
    status: Status
    reason: str = Field(examples=[""], description="How it failed: for example budget, no_history, too_late.")
    arm: str
    stock_code: str
    story_id: UUID
    as_of: AwareDatetime = Field(description="What was known at this moment is what the arm was shown.")
    forecasts: list[HorizonForecast] = Field(description="The shortest horizon first; empty until answered.")
    rationale_ko: str = Field(description="A machine's text: show it as text, never as HTML.")
    grounded: bool | None


class RequestLine(Answered):
    """A request of one's own."""

    id: UUID
    asked_at: AwareDatetime
    finished_at: AwareDatetime | None
    status_url: str


class Reply(Answered):
    """What is known now; with a `status_url` where it has to be asked for again."""

    request_id: UUID | None = None
    status_url: str | None = None


ORDER = Order(TypeAdapter(tuple[AwareDatetime, UUID]))
ACCEPTED: dict[int | str, dict[str, Any]] = {
    202: {"model": Reply, "description": "The arm is asked; see Location."}
}


@router.post("", responses=ACCEPTED | problem_responses(404, 409, 429))
def request_forecast(
    body: ForecastAsked, user: User, request: Request, response: Response, now: Now
) -> Reply:
    """A forecast on demand: 200 with an answer that still holds, else 202.

    Only a question that nobody waits for yet counts for the quota.
    """
    with outbox.transaction() as session:
        found = service.ask(
            session,
            user.id,
            arm=body.arm,
            stock_code=body.stock_code,
            article_id=body.article_id,
            quota=get_settings().requested_per_day,
            now=now,
        )
        if isinstance(found, Live):
            return Reply(**_of_record(found))
        if isinstance(found, RequestedForecast):
            return Reply(**_of_question(found, now))
        asked, question = found
        url = _url(request, asked.id)
    response.status_code, response.headers["Location"] = 202, url
    return Reply(**_of_question(question, now), request_id=asked.id, status_url=url)


@router.get("/requests")
def list_requests(
    user: User,
    session: DatabaseSession,
    request: Request,
    now: Now,
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> Page[RequestLine]:
    """One's own requests, the newest first."""
    found = repository.own_requests(session, user.id, limit=limit + 1, after=ORDER.after(cursor))
    return ORDER.page(
        found,
        limit,
        lambda row: (row[0].asked_at, row[0].id),
        lambda row: _line(request, row[0], row[1], now),
    )


@router.get("/requests/{request_id}")
def get_request(
    request_id: UUID, user: User, session: DatabaseSession, request: Request, now: Now
) -> RequestLine:
    """One of one's own requests: whether it is answered, and how."""
    return _line(request, *repository.own_request(session, user.id, request_id), now)


def _url(request: Request, request_id: UUID) -> str:
    return path_of(request, "get_request", request_id=request_id)


def _line(
    request: Request, asked: ForecastRequest, question: RequestedForecast, now: AwareDatetime
) -> RequestLine:
    return RequestLine(
        **_of_question(question, now),
        id=asked.id,
        asked_at=asked.asked_at,
        finished_at=question.finished_at,
        status_url=_url(request, asked.id),
    )


def _of_question(question: RequestedForecast, now: AwareDatetime) -> dict[str, Any]:
    status, reason = _status(question, now)
    kept = ("arm", "stock_code", "story_id", "as_of", "forecasts", "grounded")
    values = {name: getattr(question, name) for name in kept}
    said = {"status": status, "reason": reason, "rationale_ko": question.rationale}
    return {"source": "requested", **values, **said}


def _status(question: RequestedForecast, now: AwareDatetime) -> tuple[Status, str]:
    if question.outcome == repository.OK:
        return "answered", ""
    if question.outcome != DUE:
        return "failed", question.outcome
    worth = rules.is_worth_an_answer(question.as_of, now=now)
    return ("due", "") if worth else ("failed", "too_late")


def _of_record(found: Live) -> dict[str, Any]:
    return {
        "source": "record",
        "status": "answered",
        "reason": "",
        "arm": found.answer.arm,
        "stock_code": found.case.stock_code,
        "story_id": found.case.story_id,
        "as_of": found.case.as_of,
        "forecasts": [_horizon(one) for one in found.forecasts],
        "rationale_ko": found.answer.rationale,
        "grounded": found.answer.grounded,
    }


def _horizon(one: Forecast) -> HorizonForecast:
    classes = ("down", "flat", "up")
    return HorizonForecast(
        horizon_sessions=one.horizon_sessions,
        calibrator=one.calibrator,
        expected_move_ratio=one.expected_move_ratio,
        **{f"p_{name}": getattr(one, f"shown_{name}") for name in classes},
        **{f"raw_{name}": getattr(one, f"p_{name}") for name in classes},
    )
