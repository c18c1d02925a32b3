"""How fast KIS is asked, by the real clock: the most that any second saw, and a limit that is off until it is set."""

import json
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

WINDOW_S = 1.0
TOO_FAST = {"rt_cd": "1", "msg_cd": "EGW00201", "msg1": "초당 거래건수를 초과하였습니다."}


class Meter:
    """Counts data calls by TR and, for each app key, within any second; refuses those beyond `per_second`, if set."""

    def __init__(self, read_s: Callable[[], float] = time.monotonic) -> None:
        self.per_second: int | None = None
        self._read_s = read_s
        self.forget()

    def forget(self) -> None:
        """Counts from nothing again; the limit stays."""
        self.requests: Counter[str] = Counter()
        self.refused = 0
        self.most_in_a_second = 0
        self._seen: defaultdict[str, deque[float]] = defaultdict(deque)
        self._passed: defaultdict[str, deque[float]] = defaultdict(deque)

    def passes(self, app_key: str, tr_id: str) -> bool:
        """Counts a call and says whether it is within the limit. A call that is refused counts as asked only."""
        now_s = self._read_s()
        self.requests[tr_id] += 1
        seen, passed = (_recent(times[app_key], now_s) for times in (self._seen, self._passed))
        seen.append(now_s)
        self.most_in_a_second = max(self.most_in_a_second, len(seen))
        if self.per_second is not None and len(passed) >= self.per_second:
            self.refused += 1
            return False
        passed.append(now_s)
        return True


def _recent(times: deque[float], now_s: float) -> deque[float]:
    while times and now_s - times[0] >= WINDOW_S:
        times.popleft()
    return times


class Metering:
    """An application whose data calls (those whose path begins with `path`) a meter sees before anything else does."""

    def __init__(self, app: ASGIApp, meter: Meter, path: str) -> None:
        self._app, self._meter, self._path = app, meter, path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(self._path):
            headers = Headers(scope=scope)
            if not self._meter.passes(headers.get("appkey", ""), headers.get("tr_id", "")):
                await _too_fast()(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _too_fast() -> Response:
    body = json.dumps(TOO_FAST, ensure_ascii=False)
    return Response(body, 500, media_type="application/json; charset=utf-8")
