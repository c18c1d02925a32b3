"""Lambda's Runtime API for one function process: it fetches invocations here and posts what came of them.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import queue
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOST = "127.0.0.1"
CHUNKED = "chunked"


@dataclass(frozen=True)
class Answer:
    """What a process posted: of which invocation ("" of its initialisation), and whether it is an error."""

    request_id: str
    body: bytes
    is_error: bool


class RuntimeApi:
    """A server of its own on a free port: `give` an invocation, `take` its answer."""

    def __init__(self, timeout_s: int) -> None:
        self.timeout_s = timeout_s
        self._todo = queue.Queue[Mapping[str, str] | None]()
        self._done = queue.Queue[Answer]()
        self._server = ThreadingHTTPServer((HOST, 0), type("Handler", (_Handler,), {"api": self}))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"{HOST}:{self._server.server_port}"

    def give(self, payload: Mapping[str, str]) -> None:
        """Lets the process fetch an invocation, as LocalStack describes it."""
        self._todo.put(payload)

    def next(self) -> Mapping[str, str] | None:
        """Waits for the next invocation; None when there will be none."""
        return self._todo.get()

    def answered(self, answer: Answer) -> None:
        self._done.put(answer)

    def take(self, wait_s: float) -> Answer | None:
        """The next answer, or None after a wait in vain."""
        try:
            return self._done.get(timeout=wait_s)
        except queue.Empty:
            return None

    def close(self) -> None:
        self._todo.put(None)
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    api: RuntimeApi
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65536

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        payload = self.api.next()
        if payload is None:
            self._answer(HTTPStatus.GONE)
            return
        deadline_ms = int((time.time() + self.api.timeout_s) * 1000)
        headers = {
            "Lambda-Runtime-Aws-Request-Id": payload["invoke-id"],
            "Lambda-Runtime-Invoked-Function-Arn": payload["invoked-function-arn"],
            "Lambda-Runtime-Trace-Id": payload["trace-id"],
            "Lambda-Runtime-Deadline-Ms": str(deadline_ms),
        }
        self._answer(HTTPStatus.OK, payload["payload"].encode(), headers)

    def do_POST(self) -> None:
        body = self._body()
        self._answer(HTTPStatus.ACCEPTED)
        *_, request_id, kind = self.path.split("/")
        of_start = self.path.endswith("/init/error")
        self.api.answered(Answer("" if of_start else request_id, body, kind == "error"))

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != CHUNKED:
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _answer(
        self, status: HTTPStatus, body: bytes = b"{}", headers: Mapping[str, str] | None = None
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()
