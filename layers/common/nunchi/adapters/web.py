"""Fetching public pages: one time-out, a size limit, conditional requests, no redirects."""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from nunchi.errors import UpstreamError

if TYPE_CHECKING:
    import requests

USER_AGENT = "nunchi/0.1 (open stock-news research; contact: operators of this deployment)"
TIMEOUT_S = 10
MAX_BYTES = 5_000_000
NOT_MODIFIED = 304


@dataclass(frozen=True)
class Page:
    """A fetched body, as bytes: the encoding that a server claims is not to be trusted."""

    url: str
    body: bytes
    etag: str


@cache
def get_session() -> "requests.Session":
    """The HTTP session, built once; connections are kept."""
    import requests

    session = requests.Session()
    session.headers["User-Agent"] = USER_AGENT
    return session


def fetch(url: str, *, etag: str = "") -> Page | None:
    """Fetches a page; None when it is still what `etag` names.

    Raises `UpstreamError` for time-outs, cut or oversized bodies and error answers; server errors and 429 are passing.
    """
    import requests
    import urllib3

    headers = {"If-None-Match": etag} if etag else {}
    try:
        # no redirect is followed: it could lead to another host, or into our own network
        with get_session().get(
            url, headers=headers, timeout=TIMEOUT_S, stream=True, allow_redirects=False
        ) as answer:
            if answer.status_code == NOT_MODIFIED:
                return None
            if answer.status_code >= 300:
                passing = answer.status_code >= 500 or answer.status_code == 429
                raise UpstreamError(url, f"HTTP {answer.status_code}", passing=passing)
            body = answer.raw.read(MAX_BYTES + 1, decode_content=True)
            if len(body) > MAX_BYTES:
                raise UpstreamError(url, f"more than {MAX_BYTES} bytes", passing=False)
            return Page(url, body, answer.headers.get("ETag", ""))
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as exc:
        raise UpstreamError(url, type(exc).__name__, passing=True) from exc


def fetch_page(url: str) -> Page:
    """Fetches a page without a condition. Raises as `fetch` does."""
    page = fetch(url)
    if page is None:
        raise UpstreamError(url, "304 to a request without a condition", passing=True)
    return page
