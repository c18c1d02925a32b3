"""An account's access token: one for all functions, through Redis.

KIS gives out few tokens, so only who has the lock asks for one; the others look into Redis until it is there.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from nunchi.adapters import redis
from nunchi.adapters.kis.endpoints import TOKEN_NAME, TOKEN_PATH
from nunchi.adapters.kis.errors import Failed, UnexpectedBody
from nunchi.adapters.kis.exchange import TOKEN_TOO_OFTEN, exchange
from nunchi.adapters.kis.pace import Pace
from nunchi.adapters.polite import Manners
from nunchi.adapters.redis import Lock

DAY_S = 86_400
EARLY = 5 / 6  # of its time a token is shared: the next one is asked for while it is still good
LOCK_S = 30  # longer than a login takes
PATIENCE_S = 75.0  # KIS gives an account one token a minute
FIRST_LOOK_S, LAST_LOOK_S = 0.1, 2.0
TRIES = 5


@dataclass(frozen=True)
class Account:
    """Where and as whom we call. Its text tells no secret."""

    base_url: str
    app_key: str = field(repr=False)
    app_secret: str = field(repr=False)

    @property
    def digest(self) -> str:
        """What names the account in Redis."""
        return hashlib.sha256(self.app_key.encode()).hexdigest()[:16]


class Tokens:
    """The tokens of an account."""

    def __init__(self, account: Account, pace: Pace, manners: Manners) -> None:
        self._account, self._pace, self._manners = account, pace, manners
        self._key = f"kis:token:{account.digest}"
        self._alone = ("", 0.0)  # while Redis is away: the token, and until when of the monotonic clock

    def current(self) -> str:
        """The token that all share; a new one where there is none. Raises `Failed` and `UnexpectedBody`."""
        return self.known() or self._other_than("")

    def known(self) -> str:
        """The token that all share, without waiting; "" where there is none."""
        token, until = self._alone
        return redis.recall(self._key) or (token if self._manners.monotonic() < until else "")

    def renew(self, refused: str) -> str:
        """Another token than the one that was refused: what others have got since, or a new one. Raises as above."""
        return self._other_than(refused)

    def _other_than(self, refused: str) -> str:
        """Waits for the lock or for another's token, whichever comes first."""
        waited_s, look_s, failures = 0.0, FIRST_LOOK_S, 0
        while True:
            held = redis.lock(f"{self._key}:lock", ttl_s=LOCK_S)
            try:
                if found := self._found(held, refused):
                    return found
            except Failed as exc:
                failures += 1
                if not exc.soon or failures == TRIES:
                    raise
            if waited_s >= PATIENCE_S:
                raise Failed(TOKEN_NAME, TOKEN_TOO_OFTEN, passing=True, soon=False)
            pause_s = look_s * (0.5 + self._manners.random())
            self._manners.sleep(pause_s)
            waited_s, look_s = waited_s + pause_s, min(1.5 * look_s, LAST_LOOK_S)

    def _found(self, held: Lock | None, refused: str) -> str:
        """The token that another got, or with the lock a new one; "" when it is to be waited for."""
        keeps_lock = False
        try:
            known = self.known()
            if known and known != refused:
                return known
            return self._new(held) if held else ""
        except Failed as exc:
            # the lock is left to end by itself, so that nobody asks for a while
            keeps_lock = exc.code == TOKEN_TOO_OFTEN
            if keeps_lock:
                return ""
            raise
        finally:
            if held and not keeps_lock:
                redis.unlock(held)

    def _new(self, held: Lock) -> str:
        login = {
            "grant_type": "client_credentials",
            "appkey": self._account.app_key,
            "appsecret": self._account.app_secret,
        }
        with self._pace.turn(queued=False):
            answer = exchange(TOKEN_NAME, "POST", self._account.base_url + TOKEN_PATH, json=login)
        token, shared_s = _read(answer.body)
        redis.remember(self._key, token, ttl_s=shared_s)
        self._alone = ("", 0.0) if held.is_shared else (token, self._manners.monotonic() + shared_s)
        return token


def _read(body: Any) -> tuple[str, int]:
    """The token of an answer, and for how many seconds to share it."""
    token, good_for_s = body.get("access_token"), body.get("expires_in", DAY_S)
    if not isinstance(token, str) or not token:
        raise UnexpectedBody(TOKEN_NAME, "access_token", "is no text")
    if not isinstance(good_for_s, int) or good_for_s <= 0:
        raise UnexpectedBody(TOKEN_NAME, "expires_in", "is no number of seconds")
    return token, max(1, int(good_for_s * EARLY))
