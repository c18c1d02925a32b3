"""KIS access tokens: good for a day, the same one again within six hours, and not two logins within a minute."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

from infra.sandbox.entities import SEOUL

GOOD_FOR = timedelta(hours=24)
SAME_WITHIN = timedelta(hours=6)
ONE_PER = timedelta(seconds=60)


@dataclass(frozen=True)
class Login:
    """An app key and a digest of its secret."""

    key: str
    secret: str


@dataclass(frozen=True)
class Issued:
    """A token that was given to a login."""

    token: str
    login: Login
    at: datetime


class Tokens:
    """The tokens that were issued. Time is the sandbox's, so it may be set back, too.

    `once_a_minute` refuses any login within a minute of an answered one, as the real service does, even where the
    answer would be the same token again. `asked` and `issued` count logins and new tokens.
    """

    def __init__(self) -> None:
        self.once_a_minute = False
        self.asked = self.issued = 0
        self._serial = 0  # so that a revoked token does not come again
        self._issued: dict[str, Issued] = {}
        self._last: tuple[Login, datetime] | None = None

    def issue(self, login: Login | None, now: datetime) -> tuple[int, dict[str, Any]]:
        """The status and the body of an answer to a login."""
        self.asked += 1
        if login is None:
            return 403, _refused("EGW00103", "유효하지 않은 AppKey입니다.")
        if self._is_too_soon(login, now):
            return 403, _refused("EGW00133", "접근토큰 발급 잠시 후 다시 시도하세요(1분당 1회)")
        issued = self._current(login, now) or self._new(login, now)
        if self.once_a_minute:
            self._last = (login, now)
        return 200, {
            "access_token": issued.token,
            "access_token_token_expired": f"{(issued.at + GOOD_FOR).astimezone(SEOUL):%Y-%m-%d %H:%M:%S}",
            "token_type": "Bearer",
            "expires_in": int(GOOD_FOR.total_seconds()),
        }

    def revoke(self) -> int:
        """Makes all tokens bad at once, and a new one possible at once; how many there were."""
        count = len(self._issued)
        self._issued, self._last = {}, None
        return count

    def forget_counts(self) -> None:
        """Counts from nothing again; the tokens stay good."""
        self.asked = self.issued = 0

    def is_good(self, token: str, now: datetime) -> bool:
        """Whether a token was issued and has not expired."""
        issued = self._issued.get(token)
        return issued is not None and now - issued.at < GOOD_FOR

    def belongs(self, token: str, key: str) -> bool:
        """Whether a token was issued to an app key."""
        return self._issued[token].login.key == key

    def _is_too_soon(self, login: Login, now: datetime) -> bool:
        if self._last is None:
            return False
        last, at = self._last
        return (self.once_a_minute or last != login) and timedelta() <= now - at < ONE_PER

    def _current(self, login: Login, now: datetime) -> Issued | None:
        same = [one for one in self._issued.values() if one.login == login]
        return next((one for one in same if timedelta() <= now - one.at < SAME_WITHIN), None)

    def _new(self, login: Login, now: datetime) -> Issued:
        self.issued += 1
        self._serial += 1
        seal = blake2b(f"{login} {now.isoformat()} {self._serial}".encode(), digest_size=48).hexdigest()
        issued = Issued(f"eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzUxMiJ9.{seal}", login, now)
        self._issued[issued.token] = issued
        self._last = (login, now)
        return issued


def _refused(code: str, description: str) -> dict[str, Any]:
    return {"error_description": description, "error_code": code}
