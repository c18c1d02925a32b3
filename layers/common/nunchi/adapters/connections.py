"""HTTP sessions whose answers have a deadline: one that reaches public addresses only, and a plain one.

Imported only when a session is built: it imports requests and urllib3.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests_hardened.ip_filter_adapter import IPFilterAdapter  # type: ignore[import-untyped]
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

_thread = threading.local()


class Deadline:
    """When it passes, the connection whose answer is awaited is cut."""

    def __init__(self) -> None:
        self.passed = False
        self._socket: socket.socket | None = None

    def watch(self, connected: socket.socket | None) -> None:
        """Names the connection to cut. Raises `TimeoutError` when it is too late."""
        self._socket = connected
        if self.passed:
            raise TimeoutError

    def cut(self) -> None:
        """Wakes whoever reads from the connection."""
        self.passed = True
        if self._socket:
            with suppress(OSError):  # it is closed already
                # not the method of a TLS socket, which unwraps what another thread is reading
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


@contextmanager
def deadline(seconds: float) -> Iterator[Deadline]:
    """Gives this thread's requests on these sessions so many seconds.

    A socket's time-out is of one read, and a server that sends a byte now and then never meets it.
    """
    given = Deadline()
    timer = threading.Timer(seconds, given.cut)
    timer.daemon = True
    _thread.deadline = given
    timer.start()
    try:
        yield given
    finally:
        timer.cancel()
        _thread.deadline = None


class _Watched:
    def getresponse(self, *args: Any, **kwargs: Any) -> Any:
        given: Deadline | None = getattr(_thread, "deadline", None)
        if given:
            given.watch(self.sock)  # type: ignore[attr-defined]
        return super().getresponse(*args, **kwargs)  # type: ignore[misc]


class _Connection(_Watched, HTTPConnection):
    pass


class _SecureConnection(_Watched, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


def _watched(adapter: HTTPAdapter) -> HTTPAdapter:
    adapter.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
    return adapter


def plain_session() -> requests.Session:
    """A session for addresses that the operator gives: of any scheme, on any network."""
    session = requests.Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, _watched(HTTPAdapter()))
    return session


def public_session() -> requests.Session:
    """A session for addresses that anybody gives: https, and public addresses only.

    A name is resolved once and the connection made to what was checked, so that no second answer of the DNS leads
    elsewhere. No proxy of the environment is used, as it would resolve by itself; no cookie is kept.
    """
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.adapters.clear()
    session.mount("https://", _watched(IPFilterAdapter(is_https_proto=True)))
    return session
