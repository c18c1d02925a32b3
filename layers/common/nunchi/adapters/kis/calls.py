"""Calls to KIS with all that goes with them: the token, the pace, patience with what passes, further pages."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nunchi.adapters.kis.endpoints import Endpoint
from nunchi.adapters.kis.errors import Failed
from nunchi.adapters.kis.exchange import BAD_TOKENS, Answer, exchange
from nunchi.adapters.kis.pace import Pace
from nunchi.adapters.kis.token import Account, Tokens
from nunchi.adapters.polite import Manners

TRIES = 6
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 8.0
PATIENCE_S = 60.0  # no further try begins after that
MAX_PAGES = 10

Body = Mapping[str, Any]
Query = dict[str, str]


@dataclass(frozen=True)
class Calls:
    """The data calls of an account."""

    account: Account
    pace: Pace
    tokens: Tokens
    manners: Manners

    def body(self, endpoint: Endpoint, query: Query) -> Body:
        """The body of an answer. Raises `Failed` for what still fails after patience."""
        return self._patiently(endpoint, query).body

    def pages(self, endpoint: Endpoint, query: Query) -> Iterator[Body]:
        """The bodies of an answer's pages, at most ten. Raises as `body` does."""
        before, has_more = None, False
        for _ in range(MAX_PAGES):
            answer = self._patiently(endpoint, query, has_more=has_more)
            if answer.body == before:  # a server that repeats itself has no more
                return
            yield answer.body
            before, has_more = answer.body, answer.has_more
            if not has_more:
                return
            query = query | {name.upper(): str(answer.body.get(name, "")) for name in endpoint.contexts}

    def _patiently(self, endpoint: Endpoint, query: Query, *, has_more: bool = False) -> Answer:
        """Sends, and again what may pass; a token that is refused gives way to another, once."""
        begun_s, renewed = self.manners.monotonic(), False
        for tried in range(1, TRIES + 1):
            token = self.tokens.current()
            try:
                with self.pace.turn():
                    token = self.tokens.known() or token  # there may be another since we began to wait
                    return self._send(endpoint, query, token, has_more)
            except Failed as exc:
                if exc.code in BAD_TOKENS and not renewed:
                    renewed = True
                    self.tokens.renew(token)
                else:
                    self._bear(exc, tried, begun_s)
        raise AssertionError("the last try ends in an answer or an error")

    def _send(self, endpoint: Endpoint, query: Query, token: str, has_more: bool) -> Answer:
        headers = {
            "authorization": f"Bearer {token}",
            "appkey": self.account.app_key,
            "appsecret": self.account.app_secret,
            "tr_id": endpoint.tr_id,
            "tr_cont": "N" if has_more else "",
            "custtype": "P",
            "content-type": "application/json; charset=utf-8",
        }
        url = self.account.base_url + endpoint.path
        return exchange(endpoint.name, "GET", url, params=query, headers=headers)

    def _bear(self, exc: Failed, tried: int, begun_s: float) -> None:
        """Waits before the next try, or raises where there is none."""
        longest_s = min(FIRST_WAIT_S * 2 ** (tried - 1), LONGEST_WAIT_S)
        # at least half of it, so that a short outage is outlived; with jitter, so that all don't come back together
        wait_s = exc.retry_after_s or longest_s * (1 + self.manners.random()) / 2
        gone_s = self.manners.monotonic() - begun_s
        if not exc.soon or tried == TRIES or exc.code in BAD_TOKENS or gone_s + wait_s > PATIENCE_S:
            raise exc
        self.manners.sleep(wait_s)
