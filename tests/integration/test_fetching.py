"""Fetching from a server that may do anything, and refusing to go where nobody should be sent."""

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from nunchi.adapters import web
from nunchi.errors import UpstreamError
from nunchi.settings import get_settings

URL = "https://press.example/news/1?key=secret"
Answer = Callable[[BaseHTTPRequestHandler], None]


class Site:
    """A server whose next answers are what a test makes of them; it remembers what it was sent."""

    def __init__(self) -> None:
        self.answer: Answer = said(b"")
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.ended = threading.Event()
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.requests.append((self.path, dict(self.headers)))
                site.answer(self)

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"


def said(body: bytes, status: int = 200, **headers: str) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in {"Content_Length": str(len(body)), **headers}.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(body)

    return answer


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """The stand-in for press.example."""
    site = Site()
    thread = threading.Thread(target=site.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    monkeypatch.setenv("STAND_INS", json.dumps({"press.example": f"{site.address}/press"}))
    monkeypatch.setenv("CRAWLER_CONTACT", "desk@nunchi.example")
    forget()
    yield site
    site.ended.set()
    site.server.shutdown()
    site.server.server_close()
    forget()


def forget() -> None:
    get_settings.cache_clear()
    if web.get_session.cache_info().currsize:
        web.get_session().close()
    web.get_session.cache_clear()


def refused(url: str = URL) -> UpstreamError:
    with pytest.raises(UpstreamError) as found:
        web.fetch(url)
    return found.value


# --- what is sent, and what comes back


def test_a_page_comes_as_it_was_sent_with_its_state(site: Site) -> None:
    body = "한글".encode("cp949")
    site.answer = said(body, ETag='"1"', Last_Modified="Mon, 19 Oct 2026 00:00:00 GMT")
    assert web.fetch(URL) == web.Page(URL, body, '"1"', "Mon, 19 Oct 2026 00:00:00 GMT")
    ((path, headers),) = site.requests
    assert path == "/press/news/1?key=secret"
    assert headers["User-Agent"] == "nunchi/0.1 (+desk@nunchi.example)"
    assert "If-None-Match" not in headers


def test_a_state_is_asked_about_and_an_unchanged_page_is_none(site: Site) -> None:
    site.answer = said(b"", 304)
    assert web.fetch(URL, etag='"1"', last_modified="Mon, 19 Oct 2026 00:00:00 GMT") is None
    ((_, headers),) = site.requests
    assert headers["If-None-Match"] == '"1"'
    assert headers["If-Modified-Since"] == "Mon, 19 Oct 2026 00:00:00 GMT"


def test_a_zipped_page_is_unzipped(site: Site) -> None:
    site.answer = said(gzip.compress(b"<html>"), Content_Encoding="gzip")
    page = web.fetch(URL)
    assert page
    assert page.body == b"<html>"


def test_parameters_are_sent_and_never_shown(site: Site) -> None:
    site.answer = said(b"no", 400)
    with pytest.raises(web.Refused) as found:
        web.fetch("https://press.example/api", params={"crtfc_key": "k3y", "name": "가나"})
    assert site.requests[0][0] == "/press/api?crtfc_key=k3y&name=%EA%B0%80%EB%82%98"
    assert str(found.value) == "press.example/api: HTTP 400"
    assert found.value.__context__ is None


# --- what goes wrong


@pytest.mark.parametrize(
    ("status", "passing"),
    [(400, False), (403, False), (404, False), (408, True), (429, True), (500, True), (503, True)],
)
def test_an_error_is_told_with_its_body_and_whether_it_may_pass(
    site: Site, status: int, passing: bool
) -> None:
    site.answer = said("점검 중".encode(), status, Location="http://127.0.0.1:1/", Retry_After="7")
    error = refused()
    assert isinstance(error, web.Refused)
    assert (error.status, error.passing, error.body.decode()) == (status, passing, "점검 중")
    assert error.retry_after_s == 7


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_error_and_not_followed(site: Site, status: int) -> None:
    site.answer = said(b"", status, Location=f"{site.address}/elsewhere")
    error = refused()
    assert (str(error), error.passing) == (f"press.example/news/1: HTTP {status}", False)
    assert len(site.requests) == 1


def test_a_body_that_is_too_long_is_refused_however_it_is_packed(site: Site) -> None:
    for answer in (said(b"x" * 2001), said(gzip.compress(b"x" * 2_000_000), Content_Encoding="gzip")):
        site.answer = answer
        with pytest.raises(UpstreamError, match="more than 2000 bytes") as found:
            web.fetch(URL, max_bytes=2000)
        assert not found.value.passing


def test_a_body_of_exactly_the_limit_is_read(site: Site) -> None:
    site.answer = said(b"x" * 2000)
    page = web.fetch(URL, max_bytes=2000)
    assert page
    assert len(page.body) == 2000


def test_a_cut_body_may_pass(site: Site) -> None:
    site.answer = said(b"half", Content_Length="8")
    assert refused().passing


def test_a_broken_package_is_an_error(site: Site) -> None:
    site.answer = said(b"not gzip at all", Content_Encoding="gzip")
    assert "secret" not in str(refused())


def test_a_server_that_drips_is_cut_off(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "DEADLINE_S", 0.2)

    def drip(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        while not site.ended.wait(0.01):
            try:
                request.wfile.write(b".")
            except OSError:
                return

    site.answer = drip
    assert refused().passing


def test_a_server_that_never_answers_is_left(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "TIMEOUT_S", 0.1)

    def wait(_: BaseHTTPRequestHandler) -> None:
        site.ended.wait()

    site.answer = wait
    error = refused()
    assert (error.passing, "secret" in str(error)) == (True, False)


# --- where it never goes


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://localhost/",
        "https://10.0.0.1/",
        "https://172.16.0.1/",
        "https://192.168.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://[::1]/",
        "https://[fd00::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://2130706433/",
        "https://0x7f.1/",
    ],
)
def test_no_address_that_is_not_public_is_asked(url: str) -> None:
    assert not refused(url).passing


@pytest.mark.parametrize(
    "url",
    ["http://press.example/", "ftp://press.example/", "https://press.example@127.0.0.1/", "https://", "https://[", ""],
)  # fmt: skip
def test_only_plain_https_addresses_are_asked(site: Site, url: str) -> None:
    error = refused(url)
    assert "not a plain https address" in str(error)
    assert site.requests == []


def test_a_listening_neighbour_is_not_reached(site: Site) -> None:
    port = site.server.server_port
    assert not refused(f"https://127.0.0.1:{port}/").passing
    assert site.requests == []


# --- when to come back


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "120"}, 120.0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "Mon, 19 Oct 2026 00:01:00 GMT", "Date": "Mon, 19 Oct 2026 00:00:00 GMT"}, 60.0),
        ({"Retry-After": "Mon, 19 Oct 2026 00:00:00 GMT", "Date": "Mon, 19 Oct 2026 00:01:00 GMT"}, 0.0),
        ({"Retry-After": "Mon, 19 Oct 2026 00:01:00 GMT"}, None),
    ],
)
def test_a_wish_to_wait_is_read_in_seconds(headers: dict[str, str], seconds: float | None) -> None:
    assert web.retry_after_s(headers) == seconds
