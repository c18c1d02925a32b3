"""Naver's Open API: the news search. At most 25,000 searches a day."""

import json
import re

from nunchi import secrets
from nunchi.adapters import polite, redis, web
from nunchi.errors import UpstreamError
from nunchi.settings import get_settings, required

SEARCH = "https://openapi.naver.com/v1/search/news.json"
PER_DELAY = 5  # searches within the delay of a crawl: five a second, of the ten that are allowed
USED_UP = "010"  # the day's quota: no later call of this day succeeds
RESTING, REST_S = "naver:used_up", 3600


def has_login() -> bool:
    """Whether an application is configured."""
    settings = get_settings()
    return bool(settings.naver_secret_arn or (settings.naver_client_id and settings.naver_client_secret))


def _login() -> tuple[str, str]:
    settings = get_settings()
    if settings.naver_secret_arn:
        login = secrets.get_json(settings.naver_secret_arn)
        return login["client_id"], login["client_secret"]
    return (
        required("naver_client_id", settings.naver_client_id),
        required("naver_client_secret", settings.naver_client_secret),
    )


def search(query: str, *, display: int) -> bytes:
    """The newest hits for `query`, at most `display` (1 to 100), as the API's JSON.

    Raises `UpstreamError`, which names the API's error code where there is one, and `LeftAlone` within an hour of the
    answer that the day's quota is used up.
    """
    if redis.recall(RESTING):
        raise polite.LeftAlone(SEARCH)
    client_id, client_secret = _login()
    polite.wait_turn(SEARCH, per_delay=PER_DELAY)
    try:
        page = web.fetch(
            SEARCH,
            params={"query": query, "display": str(display), "sort": "date"},
            headers={"X-Naver-Client-Id": client_id, "X-Naver-Client-Secret": client_secret},
        )
    except web.Refused as exc:
        raise _named(exc) from None
    return page.body if page else b""


def _named(exc: web.Refused) -> UpstreamError:
    code = _error_code(exc.body)
    if code == USED_UP:
        redis.remember(RESTING, "1", ttl_s=REST_S)
    reason = f"{exc.reason}, {code}" if code else exc.reason
    return UpstreamError(exc.system, reason, passing=exc.passing and code != USED_UP)


def _error_code(body: bytes) -> str:
    try:
        code = json.loads(body)["errorCode"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return code if isinstance(code, str) and re.fullmatch(r"[A-Z0-9]{1,8}", code) else ""
