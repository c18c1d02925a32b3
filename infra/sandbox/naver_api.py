"""A stand-in for openapi.naver.com: the news search, with its errors in its own shape."""

import json
from datetime import datetime

from fastapi import APIRouter, Request, Response

from infra.sandbox.clock import Clock, Timeline
from infra.sandbox.entities import SEOUL
from infra.sandbox.feeds import rfc822
from infra.sandbox.naver_search import Index, item

JSON = "application/json;charset=UTF-8"
HEADERS = ("x-naver-client-id", "x-naver-client-secret")
MAX_DISPLAY, MAX_START = 100, 1000


def failure(status: int, code: str, message: str) -> Response:
    """An error of the API."""
    body = json.dumps({"errorMessage": message, "errorCode": code}, ensure_ascii=False)
    return Response(body, status, media_type=JSON)


def _refusal(request: Request) -> Response | None:
    if not request.headers.get("x-naver-client-id"):
        return failure(401, "024", "Not Exist Client ID : Authentication failed. (인증에 실패했습니다.)")
    if not all(request.headers.get(name) for name in HEADERS):
        reason = "NID AUTH Result Invalid (1000) : Authentication failed. (인증에 실패했습니다.)"
        return failure(401, "024", reason)
    if not _words(request):
        return failure(400, "SE01", "Incorrect query request (잘못된 쿼리요청입니다.)")
    return None


def _words(request: Request) -> tuple[str, ...]:
    return tuple(request.query_params.get("query", "").replace('"', " ").split())


def _number(request: Request, name: str, otherwise: int, most: int) -> int | None:
    given = request.query_params.get(name, str(otherwise))
    number = int(given) if given.isascii() and given.isdigit() else 0
    return number if 1 <= number <= most else None


class _Answers:
    """Answers to searches; the hits of a query are rendered once for each state."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._kept: dict[tuple[tuple[str, ...], int, int], tuple[int, str]] = {}

    def body(self, words: tuple[str, ...], count: int, start: int, display: int, now: datetime) -> str:
        """The answer once `count` articles are published."""
        found = self._index.found(words, count)
        known, rest = self._kept.get((words, start, display), (-1, ""))
        if known != found:
            items = [item(article, words) for article in self._index.newest(words, found, start, display)]
            answer = {"total": found, "start": start, "display": len(items), "items": items}
            rest = json.dumps(answer, ensure_ascii=False)[1:]
            self._kept[words, start, display] = (found, rest)
        return f'{{"lastBuildDate": "{rfc822(now.astimezone(SEOUL))}", {rest}'


def router(timeline: Timeline, clock: Clock) -> APIRouter:
    """The API's routes, at the time of `clock`. Whatever client asks is known."""
    api, answers = APIRouter(), _Answers(Index(timeline.articles.items))

    @api.get("/v1/search/news.json")
    async def news(request: Request) -> Response:
        if refused := _refusal(request):
            return refused
        display = _number(request, "display", 10, MAX_DISPLAY)
        if display is None:
            return failure(400, "SE02", "Invalid display value (부적절한 display 값입니다.)")
        start = _number(request, "start", 1, MAX_START)
        if start is None:
            return failure(400, "SE03", "Invalid start value (부적절한 start 값입니다.)")
        if request.query_params.get("sort", "sim") not in {"sim", "date"}:
            return failure(400, "SE04", "Invalid sort value (부적절한 sort 값입니다.)")
        count = timeline.articles.count(clock.now)
        return Response(answers.body(_words(request), count, start, display, clock.now), media_type=JSON)

    return api
