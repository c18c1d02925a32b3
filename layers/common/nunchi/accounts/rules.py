"""Who may be called what, which passwords will do, what a token must say, and how long anything holds. Pure."""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from nunchi.errors import NunchiError

ACCESS_LIFE = timedelta(minutes=15)
REFRESH_LIFE = timedelta(days=14)
FAMILY_LIFE = timedelta(days=60)
GRACE = timedelta(seconds=10)  # in which a second use of a refresh token counts as two tabs, not as a theft
INVITATION_DAYS = 7
SKEW = timedelta(seconds=30)  # between the clocks of two machines that sign and check

EMAIL_LENGTH = 254
PASSWORD_LENGTHS = 8, 128
NICKNAME = re.compile(r"[0-9A-Za-z가-힣_-]{2,20}")
# HTML's own notion of an e-mail address, with a dot in the domain
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
EMAIL = re.compile(rf"[a-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_LABEL}(?:\.{_LABEL})+")
COMMON = frozenset(
    {
        *(
            "password",
            "password1",
            "passw0rd",
            "12345678",
            "123456789",
            "1234567890",
            "qwerty123",
            "qwertyuiop",
        ),
        *("1q2w3e4r", "1q2w3e4r5t", "iloveyou", "letmein1", "abcd1234", "asdf1234", "qwer1234", "zxcv1234"),
        *("admin123", "welcome1", "sunshine", "football"),
    }
)
FEWEST_DIFFERENT = 4


class Role(StrEnum):
    """Each may do what those before it may."""

    USER = "user"
    RATER = "rater"
    ADMIN = "admin"

    def includes(self, needed: "Role") -> bool:
        """Whether who has this role may do what another one may."""
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(needed)


class Unfit(NunchiError):
    """A value that an account can't have. `code` names the reason, `field` the value."""

    def __init__(self, field: str, code: str) -> None:
        super().__init__(f"{field}: {code}")
        self.field, self.code = field, code


class BadToken(NunchiError):
    """An access token that proves nothing. The reason is for tests and counts, never for its bearer."""


@dataclass(frozen=True)
class Claims:
    """What an access token says, checked: whose it is, and the token family that it belongs to."""

    user_id: UUID
    family_id: UUID
    role: Role


def normalised_email(text: str) -> str:
    """An address as it is stored and compared: ASCII in lower case. Raises Unfit.

    Letters that only look or fold alike (the Kelvin sign, full-width forms) are refused, not mapped: a mapping
    would give two mailboxes one account.
    """
    email = text.strip()
    if not email.isascii() or len(email) > EMAIL_LENGTH or not EMAIL.fullmatch(email.lower()):
        raise Unfit("email", "email_invalid")
    return email.lower()


def nickname_of(text: str) -> tuple[str, str]:
    """A nickname in NFC, and the key by which it is unique. Raises Unfit."""
    nickname = unicodedata.normalize("NFC", text.strip())
    if not NICKNAME.fullmatch(nickname):
        raise Unfit("nickname", "nickname_invalid")
    return nickname, nickname.lower()


def normalised_password(text: str) -> str:
    """A password as it is hashed: NFC, so that Hangul typed as syllables or as letters is the same (RFC 8265)."""
    return unicodedata.normalize("NFC", text)


def new_password(text: str, *, email: str, nickname: str) -> str:
    """A password that an account may have, normalised. Raises Unfit with the reason."""
    password = normalised_password(text)
    shortest, longest = PASSWORD_LENGTHS
    if len(password) < shortest:
        raise Unfit("password", "password_short")
    if len(password) > longest:
        raise Unfit("password", "password_long")
    if _is_guessable(password.lower(), {email, email.split("@")[0], nickname.lower()}):
        raise Unfit("password", "password_guessable")
    return password


def _is_guessable(password: str, names: set[str]) -> bool:
    few = len(set(password)) < FEWEST_DIFFERENT
    return few or "\x00" in password or password in COMMON or password in names


def digest(secret: str) -> str:
    """What is stored of a random secret of 256 bits: its SHA-256, in hex. It needs no salt and no slow hash."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def csrf_token(key: bytes, family_id: UUID, nonce: str) -> str:
    """A CSRF token bound to a login: `nonce.HMAC(key, family, nonce)` (OWASP: signed double-submit cookie)."""
    message = f"csrf:{family_id}:{nonce}".encode()
    return f"{nonce}.{hmac.new(key, message, hashlib.sha256).hexdigest()}"


def csrf_holds(key: bytes, family_id: UUID, token: str) -> bool:
    """Whether a CSRF token was made with this key for this login."""
    nonce = token.partition(".")[0]
    return hmac.compare_digest(token.encode(), csrf_token(key, family_id, nonce).encode())


def claims_of(family_id: UUID, user_id: UUID, role: Role, jti: UUID, now: datetime) -> dict[str, Any]:
    """The claims of a new access token but for issuer and audience. Times in seconds since 1970 (RFC 7519)."""
    begins = int(now.timestamp())
    return {
        "sub": str(user_id),
        "role": role.value,
        "fam": str(family_id),
        "jti": str(jti),
        "iat": begins,
        "nbf": begins,
        "exp": begins + int(ACCESS_LIFE.total_seconds()),
    }


def checked_claims(claims: Mapping[str, Any], now: datetime) -> Claims:
    """What a token with a true signature says, if it holds at `now`. Raises BadToken."""
    begins, issued, ends = (_moment(claims, name) for name in ("nbf", "iat", "exp"))
    if now >= ends:
        raise BadToken("expired")
    if max(begins, issued) > now + SKEW:
        raise BadToken("not valid yet")
    if ends - issued > ACCESS_LIFE:
        raise BadToken("lives too long")
    try:
        return Claims(UUID(claims["sub"]), UUID(claims["fam"]), Role(claims["role"]))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise BadToken("names nobody") from None


def _moment(claims: Mapping[str, Any], name: str) -> datetime:
    value = claims.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**37:
        raise BadToken(f"no {name}")
    return datetime.fromtimestamp(value, UTC)
