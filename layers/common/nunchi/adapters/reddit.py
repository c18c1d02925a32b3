"""Reddit by PRAW, as an application without a user: it can only read."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING

from nunchi import secrets
from nunchi.adapters.web import TIMEOUT_S, user_agent
from nunchi.errors import UpstreamError
from nunchi.settings import get_settings, required

if TYPE_CHECKING:
    import praw

SITE, OAUTH = "www.reddit.com", "oauth.reddit.com"
PASSING = (408, 429)
MAX_PAGES = 10  # Reddit gives no more than a thousand posts


def has_login() -> bool:
    """Whether an application is configured."""
    settings = get_settings()
    return bool(settings.reddit_secret_arn or (settings.reddit_client_id and settings.reddit_client_secret))


def _login() -> tuple[str, str]:
    settings = get_settings()
    if settings.reddit_secret_arn:
        login = secrets.get_json(settings.reddit_secret_arn)
        return login["client_id"], login["client_secret"]
    return (
        required("reddit_client_id", settings.reddit_client_id),
        required("reddit_client_secret", settings.reddit_client_secret),
    )


def _address(host: str) -> str:
    return get_settings().stand_ins.get(host, f"https://{host}").rstrip("/")


def get_client() -> "praw.Reddit":
    """The client, built once for each login; it keeps its token, and renews it."""
    # a path is joined to the second address, which needs its slash, and appended to the first
    return _client(*_login(), user_agent(), _address(SITE), f"{_address(OAUTH)}/")


@lru_cache(maxsize=1)
def _client(client_id: str, client_secret: str, agent: str, site: str, oauth: str) -> "praw.Reddit":
    import praw

    return praw.Reddit(
        client_id=client_id,
        client_secret=client_secret,
        user_agent=agent,
        check_for_updates=False,
        reddit_url=site,
        oauth_url=oauth,
        timeout=TIMEOUT_S,  # of a request
        requestor_kwargs={"timeout": TIMEOUT_S},  # of a request for a token
    )


def pages(subreddits: str, until: datetime) -> Iterator[Callable[[], bytes]]:
    """A fetch for each page of the posts of `subreddits` (names joined by +), newest first, back to an aware time.

    A page is fetched once, and looked into for whether there is another. A fetch raises `UpstreamError`.
    """
    after = ""
    for _ in range(MAX_PAGES):
        page = cache(partial(newest, subreddits, after))
        yield page
        after = _after(page, until)
        if not after:
            return


def _after(page: Callable[[], bytes], until: datetime) -> str:
    """What names the page after this one; "" when that is too old, or when this one can't be read."""
    try:
        data = json.loads(page())["data"]
        oldest = min(float(child["data"]["created_utc"]) for child in data["children"])
        return str(data["after"] or "") if oldest >= until.timestamp() else ""
    except (UpstreamError, LookupError, TypeError, ValueError, RecursionError):
        return ""  # whoever reads the page meets that error


def newest(subreddits: str, after: str = "") -> bytes:
    """The newest 100 posts of `subreddits` that are older than the one named `after`, as JSON in Reddit's shape.

    Raises `UpstreamError`.
    """
    import praw.exceptions
    import prawcore
    import requests

    told = (praw.exceptions.PRAWException, prawcore.PrawcoreException, requests.RequestException)
    untold = (
        LookupError,
        TypeError,
        ValueError,
        AssertionError,
    )  # PRAW's own, over answers that it doesn't expect
    client = get_client()
    params: dict[str, str | int] = {"limit": "100"}
    if after:
        params["after"] = after
    try:
        answer = client.request(method="GET", path=f"r/{subreddits}/new", params=params)
        return json.dumps(answer).encode()
    except (*told, *untold) as exc:
        failed = _failure(exc)
    raise failed  # here, so that it holds no exception that quotes the login


def _failure(exc: Exception) -> UpstreamError:
    """What went wrong, by kind and status: the words of an answer are anybody's."""
    import prawcore

    kind, answer = type(exc).__name__, getattr(exc, "response", None)
    if answer is None:
        return UpstreamError("Reddit", kind, passing=isinstance(exc, prawcore.exceptions.RequestException))
    status = answer.status_code
    passing = status >= 500 or status in PASSING or isinstance(exc, prawcore.exceptions.BadJSON)
    return UpstreamError("Reddit", f"{kind}, HTTP {status}", passing=passing)
