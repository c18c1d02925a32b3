"""Taking a user's question: answered at once from what was said before, or else, within the quota, put to its arm."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from nunchi import ids, outbox
from nunchi.errors import NunchiError
from nunchi.events import ForecastRequested
from nunchi.market import known
from nunchi.market.calendar import Calendar
from nunchi.models.forecasts import Answer, Arm, Case, Forecast
from nunchi.models.requests import DUE, ForecastRequest, RequestedForecast
from nunchi.models.stories import Story
from nunchi.predict import baselines, triage
from nunchi.requested import repository, rules
from nunchi.requested.repository import Asked
from nunchi.seoul import seoul_date


class NothingToAsk(NunchiError):
    """There is no question to put to an arm. `code` says why: not_read_yet, about_no_stock, no_news, routine."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class WhichStock(NunchiError):
    """An article is about several stocks, and none of them was named, or another."""


class QuotaSpent(NunchiError):
    """A user has asked as often as they may on a day in Seoul."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"the day's requests are used up for {retry_after_s} s")
        self.retry_after_s = retry_after_s


@dataclass(frozen=True)
class Live:
    """The record's own answer, which holds still."""

    case: Case
    answer: Answer
    forecasts: Sequence[Forecast]


Found = Live | RequestedForecast | tuple[ForecastRequest, RequestedForecast]


def ask(
    session: Session,
    user_id: UUID,
    *,
    arm: str,
    stock_code: str | None,
    article_id: UUID | None,
    quota: int,
    now: datetime,
) -> Found:
    """What is known of a question, or the user's request of it, which is put to the arm.

    Raises `NotFound`, `NothingToAsk` and `WhichStock` where there is no question, `QuotaSpent` where its answer is not
    known, nobody else waits for it, and the user has put `quota` questions to arms today: then the transaction must be
    rolled back.
    """
    story, code = _subject(session, stock_code, article_id, arm, now)
    asked, _ = repository.arm_and_stock(session, arm, code)
    _refuse_routine(asked, story)
    question = Asked(story.id, code, arm)
    found = _said_before(session, question, known.calendar(session), now)
    return found or _requested(session, user_id, question, quota, now)


def _subject(
    session: Session, stock_code: str | None, article_id: UUID | None, arm: str, now: datetime
) -> tuple[Story, str]:
    if article_id is not None:
        return _of_article(session, article_id, stock_code)
    if stock_code is None:
        raise WhichStock("neither a stock nor an article is named")
    asked, _ = repository.arm_and_stock(session, arm, stock_code)
    stories = repository.recent_stories(session, stock_code, as_of=now)
    if not stories:
        raise NothingToAsk("no_news")
    return next((one for one in stories if not _is_routine(asked, one)), stories[0]), stock_code


def _of_article(session: Session, article_id: UUID, stock_code: str | None) -> tuple[Story, str]:
    story, codes = repository.story_of_article(session, article_id)
    if story is None:
        raise NothingToAsk("not_read_yet")
    if not codes:
        raise NothingToAsk("about_no_stock")
    wanted = [code for code in codes if stock_code in {None, code}]
    if len(wanted) != 1:
        raise WhichStock(f"article {article_id} is about {len(codes)} stocks")
    return story, wanted[0]


def _is_routine(arm: Arm, story: Story) -> bool:
    """Whether a paid model is not asked about a story: as in the record, which asks only the baselines then."""
    return arm.provider != baselines.PROVIDER and bool(triage.routine(story.title, story.lead))


def _refuse_routine(arm: Arm, story: Story) -> None:
    if _is_routine(arm, story):
        raise NothingToAsk("routine")


def _said_before(
    session: Session, question: Asked, calendar: Calendar, now: datetime
) -> Live | RequestedForecast | None:
    live = repository.live(session, question)
    if live is not None and rules.is_fresh(live[0].as_of, calendar, now=now):
        return Live(*live)
    answer = repository.newest_answer(session, question)
    return answer if answer and rules.is_fresh(answer.as_of, calendar, now=now) else None


def _requested(
    session: Session, user_id: UUID, question: Asked, quota: int, now: datetime
) -> tuple[ForecastRequest, RequestedForecast]:
    repository.lock_user(session, user_id)
    repository.expire(session, question, before=now - rules.PATIENCE, now=now)
    waiting = repository.waiting_request(session, user_id, question)
    if waiting is not None:
        return repository.own_request(session, user_id, waiting.id)
    day = seoul_date(now)
    of_day = repository.questions_of_day(session, user_id, day)
    number = len(of_day) + 1
    wanted, *own = (_question_id(user_id, day, one) for one in range(number, 0, -1))
    requested_id = put_to_arm(session, question, wanted, now)
    if requested_id == wanted and len(set(own).intersection(of_day)) >= quota:
        raise QuotaSpent(rules.whole_again_s(now))
    request_id = ids.derive("forecast_request", user_id, day, number)
    row = {"id": request_id, "user_id": user_id, "day": day, "number": number}
    repository.add_request(session, row | {"requested_id": requested_id, "asked_at": now})
    return repository.own_request(session, user_id, request_id)


def _question_id(user_id: UUID, day: date, number: int) -> UUID:
    """The id of the question that a user's `number`th request of a day opens; of one that is joined it is another."""
    return ids.derive("requested_forecast", user_id, day, number)


def put_to_arm(session: Session, question: Asked, wanted: UUID, now: datetime) -> UUID:
    """The question's id; it is put to its arm where nobody's is due."""
    stored = repository.open_question(session, _row(question, wanted, now))
    if stored == wanted:
        event = ForecastRequested(requested_id=wanted)
        outbox.add(session, event, correlation_id=f"requested:{wanted}", now=now)
    return stored


def _row(question: Asked, requested_id: UUID, now: datetime) -> dict[str, Any]:
    nothing = {"reason": "", "finished_at": None, "model": "", "prompt_version": "", "rationale": ""}
    empty: dict[str, Any] = {"cited": [], "grounded": None, "forecasts": [], "evidence": {}}
    about = {"story_id": question.story_id, "stock_code": question.stock_code, "arm": question.arm}
    return {"id": requested_id, **about, "as_of": now, "outcome": DUE, **nothing, **empty}
