"""Fetching public pages: https and public addresses only, time-outs, a size limit, conditions, no redirects."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from nunchi.errors import UpstreamError
from nunchi.settings import get_settings

if TYPE_CHECKING:
    import requests

PRODUCT = "nunchi"  # the name by which a robots.txt can mean us
TIMEOUT_S = 10  # to connect, and for each read
DEADLINE_S = 30  # for the whole answer
MAX_BYTES = 5_000_000
MAX_ERROR_BYTES = 10_000
MAX_SHOWN = 200
HTTPS_PORT = 443
NOT_MODIFIED, TIMED_OUT, TOO_MANY = 304, 408, 429


@dataclass(frozen=True)
class Page:
    """A fetched body, as bytes: the encoding that a server claims is not to be trusted."""

    url: str
    body: bytes
    etag: str = ""
    last_modified: str = ""


class Refused(UpstreamError):
    """An answer whose status is an error: `status`, the beginning of its `body`, and its `retry_after_s`, if any."""

    def __init__(self, system: str, status: int, body: bytes, retry_after_s: float | None) -> None:
        passing = status >= 500 or status in (TIMED_OUT, TOO_MANY)
        super().__init__(system, f"HTTP {status}", passing=passing)
        self.status, self.body, self.retry_after_s = status, body, retry_after_s


def user_agent() -> str:
    """Who we are, and how our operator can be reached."""
    contact = get_settings().crawler_contact
    return f"{PRODUCT}/0.1 (+{contact})" if contact else f"{PRODUCT}/0.1"


@cache
def get_session() -> "requests.Session":
    """The session for addresses that the operator gives, built once; connections are kept."""
    from nunchi.adapters import connections

    session = connections.plain_session()
    session.headers["User-Agent"] = user_agent()
    return session


@cache
def get_public_session() -> "requests.Session":
    """The session for addresses that anybody gives, built once; connections are kept."""
    from nunchi.adapters import connections

    return connections.public_session()


def shown(url: str) -> str:
    """An address for errors and logs: host and path in ASCII, bounded. The query can hold a key."""
    try:
        parts = urlsplit(url)
        return quote(f"{parts.hostname or ''}{parts.path}", safe="/:%")[:MAX_SHOWN]
    except ValueError:
        return "an unreadable address"


def host_of(url: str) -> str:
    """The host of an address in lower case, with its port unless it is 443.

    Raises `UpstreamError` where it is no https address, or holds a login.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or HTTPS_PORT
    except ValueError:
        parts, host, port = urlsplit(""), "", HTTPS_PORT
    if parts.scheme != "https" or not host or "@" in parts.netloc:
        raise UpstreamError(shown(url), "not a plain https address", passing=False)
    named = f"[{host}]" if ":" in host else host
    return named if port == HTTPS_PORT else f"{named}:{port}"


def fetch(
    url: str,
    *,
    etag: str = "",
    last_modified: str = "",
    headers: Mapping[str, str] | None = None,
    params: Mapping[str, str] | None = None,
    max_bytes: int = MAX_BYTES,
) -> Page | None:
    """Fetches a page; None when it is still what `etag` or `last_modified` names.

    Raises `Refused` for answers of 300 and above, `UpstreamError` for anything else that fails: what may be otherwise
    later (time-outs, cut answers) is passing; addresses that aren't https or public, and bodies of more than
    `max_bytes` (decompressed), aren't.
    """
    import requests
    import urllib3

    conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    sent = {"User-Agent": user_agent(), **{name: value for name, value in conditions.items() if value}}
    try:
        return _fetch(url, {**sent, **(headers or {})}, params, max_bytes)
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as exc:
        failed = UpstreamError(shown(url), type(exc).__name__, passing=_may_pass(exc))
    raise failed  # here, so that it holds no exception that quotes the query


def _may_pass(exc: Exception) -> bool:
    from requests_hardened.ip_filter import InvalidIPAddress  # type: ignore[import-untyped]

    return not isinstance(
        exc, InvalidIPAddress | ValueError
    )  # what requests calls invalid is a ValueError, too


def _fetch(
    url: str, headers: Mapping[str, str], params: Mapping[str, str] | None, max_bytes: int
) -> Page | None:
    from nunchi.adapters.connections import deadline

    session, address = _way_to(url)
    with deadline(DEADLINE_S) as given:
        # no redirect is followed: it could lead to a host that nobody chose
        with session.get(
            address, headers=headers, params=params, timeout=TIMEOUT_S, stream=True, allow_redirects=False
        ) as answer:
            found = _read(url, answer, max_bytes)
        if given.passed:  # a body without a length that was cut looks whole
            raise TimeoutError
    return found


def _way_to(url: str) -> tuple["requests.Session", str]:
    host, parts = host_of(url), urlsplit(url)
    rest = f"{parts.path}?{parts.query}" if parts.query else parts.path
    stand_in = get_settings().stand_ins.get(host)
    if stand_in:
        return get_session(), stand_in.rstrip("/") + rest
    return get_public_session(), f"https://{host}{rest}"


def _read(url: str, answer: "requests.Response", max_bytes: int) -> Page | None:
    status, headers = answer.status_code, answer.headers
    if status == NOT_MODIFIED:
        return None
    if status >= 300:
        body = answer.raw.read(MAX_ERROR_BYTES, decode_content=True)
        raise Refused(shown(url), status, body, retry_after_s(headers))
    body = answer.raw.read(max_bytes + 1, decode_content=True)
    if len(body) > max_bytes:
        raise UpstreamError(shown(url), f"more than {max_bytes} bytes", passing=False)
    return Page(url, body, headers.get("ETag", ""), headers.get("Last-Modified", ""))


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """The seconds that a server asks us to wait; a date of its is read by its own clock. None: it doesn't say."""
    written = headers.get("Retry-After", "").strip()
    if written.isascii() and written.isdigit():
        return float(written[:9])
    try:
        until, sent = (_moment(text) for text in (written, headers.get("Date", "")))
    except ValueError:
        return None
    return max(0.0, (until - sent).total_seconds())


def _moment(written: str) -> datetime:
    moment = parsedate_to_datetime(written)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
