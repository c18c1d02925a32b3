"""Every error of the API as a problem detail (RFC 9457): a stable code, texts in two languages, never the input."""

import http
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from api.messages import FIELDS, KINDS, NO_SUCH, PROBLEMS, Language, language_of
from nunchi import database
from nunchi.accounts import limits, rules, service
from nunchi.errors import NotFound, NunchiError, UpstreamError
from nunchi.notify.linking import TooManyRules
from nunchi.observability import get_logger
from nunchi.requested import service as requested
from nunchi.status import letters
from nunchi.stocks import listing
from nunchi.stocks import repository as stocks
from nunchi.watch import rules as watching

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 5
MOST_LINES = 50  # of a list that are told as wrong
LONGEST_KEY = 64  # characters of what was asked for and is not there
BY_STATUS = {
    400: "bad_request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    413: "too_large",
    415: "unsupported",
    422: "invalid",
    429: "too_many_attempts",
    503: "unavailable",
}


class FieldProblem(BaseModel):
    """One value of the input that will not do."""

    field: str = Field(examples=["body.password"])
    code: str = Field(examples=["password_short"])
    message: str = Field(examples=["needs at least 8 characters"])


class ProblemDetail(BaseModel):
    """RFC 9457. `code` is for programs and `detail` for people, in the language of `Content-Language`."""

    type: str = Field(examples=["urn:nunchi:problem:invalid"])
    title: str = Field(examples=["Unprocessable Content"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["Some of the input is not valid."])
    code: str = Field(examples=["invalid"])
    correlation_id: str = Field(examples=["0b5d7c0e4a5f4c2f8d1f6c1a2b3c4d5e"])
    errors: list[FieldProblem] = Field(
        default=[], description="Which values of the input, where that is known."
    )


@dataclass(frozen=True)
class Wrong:
    """A value that will not do: its place, its code, and the numbers of its message."""

    place: str
    code: str
    values: Mapping[str, object] = field(default_factory=dict)


class Problem(NunchiError):
    """An error that a route tells of by its code in `messages.PROBLEMS`. `named` is what it is about.

    `more` are members of the answer beside those of `ProblemDetail` (RFC 9457, 3.2), as JSON.
    """

    def __init__(
        self,
        status: int,
        code: str,
        headers: Mapping[str, str] | None = None,
        *,
        wrong: list[Wrong] | None = None,
        named: NotFound | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(code)
        self.status, self.code, self.headers = status, code, headers or {}
        self.wrong, self.named, self.more = wrong or [], named, more or {}


def retry_later(seconds: int = RETRY_AFTER_S) -> dict[str, str]:
    """The header that says when to come again."""
    return {"Retry-After": str(seconds)}


def unauthenticated() -> Problem:
    """Who asks is not known."""
    return Problem(401, "unauthenticated", {"WWW-Authenticate": "Bearer"})


def _upstream(exc: UpstreamError) -> Problem:
    return Problem(503, "unavailable", retry_later() if exc.passing else None)


def _database(exc: DBAPIError) -> Problem:
    if not database.is_away(exc):
        raise exc
    return Problem(503, "unavailable", retry_later())


# what each error means to a client; an error of a class that isn't here is ours: 500
TABLE: dict[type[Exception], Callable[[Any], Problem]] = {
    Problem: lambda exc: exc,
    NotFound: lambda exc: Problem(404, "not_found", named=exc),
    rules.Unfit: lambda exc: Problem(422, "invalid", wrong=[Wrong(f"body.{exc.field}", exc.code)]),
    service.WrongLogin: lambda _: Problem(401, "wrong_login", {"WWW-Authenticate": "Bearer"}),
    service.Taken: lambda exc: Problem(409, "taken", wrong=[Wrong(f"body.{exc.field}", "taken")]),
    stocks.Taken: lambda exc: Problem(409, "taken", wrong=[Wrong(f"body.{exc.field}", "taken")]),
    listing.BadListing: lambda exc: Problem(422, "invalid", wrong=_lines(exc)),
    service.BadInvitation: lambda _: Problem(403, "bad_invitation"),
    service.LastAdmin: lambda _: Problem(409, "last_admin"),
    TooManyRules: lambda _: Problem(409, "conflict"),
    limits.TooManyAttempts: lambda exc: Problem(429, "too_many_attempts", retry_later(exc.retry_after_s)),
    requested.NothingToAsk: lambda exc: Problem(409, exc.code),
    requested.WhichStock: lambda _: Problem(422, "invalid", wrong=[Wrong("body.stock_code", "which_stock")]),
    requested.QuotaSpent: lambda exc: Problem(429, "quota_spent", retry_later(exc.retry_after_s)),
    watching.BadName: lambda _: Problem(422, "invalid", wrong=[Wrong("body.name", "list_name")]),
    watching.NameTaken: lambda _: Problem(409, "taken", wrong=[Wrong("body.name", "taken")]),
    watching.Full: lambda exc: Problem(
        409, "full", wrong=[Wrong(exc.what, f"most_{exc.what}", {"most": exc.most})]
    ),
    letters.NotRedrivable: lambda _: Problem(409, "not_redrivable"),
    UpstreamError: _upstream,
    DBAPIError: _database,
    # pg8000 lets the socket's own through
    ConnectionError: lambda _: Problem(503, "unavailable", retry_later()),
    PoolTimeout: lambda _: Problem(503, "unavailable", retry_later()),
    HTTPException: lambda exc: Problem(
        exc.status_code, BY_STATUS.get(exc.status_code, "bad_request"), exc.headers
    ),
    RequestValidationError: lambda exc: Problem(422, "invalid", wrong=[_wrong(one) for one in exc.errors()]),
}


def _lines(exc: listing.BadListing) -> list[Wrong]:
    lines = exc.lines[:MOST_LINES]
    return [Wrong(f"line {line.number}.{field}", line.fault) for line in lines for field in line.fields]


def add_handlers(app: FastAPI) -> None:
    """Makes the application answer every error of the table with its problem."""
    for kind in TABLE:
        app.add_exception_handler(kind, _handle)


def _handle(request: Request, exc: Exception) -> JSONResponse:
    kind = next(kind for kind in type(exc).__mro__ if kind in TABLE)
    problem = TABLE[kind](exc)
    if problem.status >= http.HTTPStatus.INTERNAL_SERVER_ERROR:
        said = {"error": type(exc).__name__, "correlation_id": correlation_id(request)}
        get_logger().warning("a request failed", extra=said)
    return response(request, problem)


def response(request: Request, problem: Problem) -> JSONResponse:
    """A problem as the answer to a request, in its language."""
    language = language_of(request.headers.get("accept-language", ""))
    errors = [
        FieldProblem(field=one.place, code=one.code, message=_message(one.code).text(language, one.values))
        for one in problem.wrong
    ]
    detail = ProblemDetail(
        type=f"urn:nunchi:problem:{problem.code}",
        title=http.HTTPStatus(problem.status).phrase,
        status=problem.status,
        detail=_detail(problem, language),
        code=problem.code,
        correlation_id=correlation_id(request),
        errors=errors,
    )
    headers = {**problem.headers, "Content-Language": language, "Vary": "Accept-Language"}
    content = detail.model_dump(exclude=None if errors else {"errors"})
    return JSONResponse({**problem.more, **content}, problem.status, headers, MEDIA_TYPE)


def correlation_id(request: Request) -> str:
    """The id by which an answer and its log lines are found. Kept out of the logger's own keys: requests overlap."""
    return str(request.scope.get("state", {}).get("correlation_id", ""))


def _detail(problem: Problem, language: Language) -> str:
    if problem.named is None:
        return PROBLEMS[problem.code].text(language, {})
    kind = KINDS.get(problem.named.kind, problem.named.kind) if language == "ko" else problem.named.kind
    return NO_SUCH.text(language, {"kind": kind, "key": str(problem.named.key)[:LONGEST_KEY]})


def _message(code: str) -> Any:
    return FIELDS.get(code) or PROBLEMS.get(code) or FIELDS["other"]


def _wrong(error: Mapping[str, Any]) -> Wrong:
    """A pydantic error without the input: its place, its type, and the limits that it names."""
    code = error["type"] if error["type"] in FIELDS else "other"
    numbers = {key: value for key, value in error.get("ctx", {}).items() if isinstance(value, int | float)}
    known = code if FIELDS[code].en.count("{") <= len(numbers) else "other"
    return Wrong(_place(error), known, numbers)


def _place(error: Mapping[str, Any]) -> str:
    """Where a wrong value is. What a client called it is quoted only as far as it looks like a name."""
    names = [str(one) for one in error["loc"]]
    return ".".join(one if one.isidentifier() and len(one) <= 40 else "?" for one in names)
