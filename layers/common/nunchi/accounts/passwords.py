"""Password hashes: argon2id as OWASP sets it (19 MiB, two passes, one lane); bcrypt is verified and replaced."""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from passlib.context import CryptContext

BCRYPT_BYTES = 72  # it never looked further, and its library refuses more
# of a secret that nobody kept: what an unknown user's password is compared with, for the same work
NOBODYS = "$argon2id$v=19$m=19456,t=2,p=1$OwfgHGNsTSnFGKN0ztkbAw$3PI7QKdm1VJEGG3RMH3umebTG86hdsn+Erj1V3E0h3Y"


@dataclass(frozen=True)
class Verified:
    """Whether a password is right, and the hash that should take the place of the stored one, if any."""

    holds: bool
    replacement: str | None = None


@cache
def get_context() -> "CryptContext":
    """passlib's context. Imported when first asked for: only logins need it."""
    from passlib.context import CryptContext

    return CryptContext(
        schemes=["argon2", "bcrypt"],
        deprecated=["bcrypt"],
        argon2__type="ID",
        argon2__memory_cost=19_456,
        argon2__time_cost=2,
        argon2__parallelism=1,
    )


def hashed(password: str) -> str:
    """The argon2id hash of a normalised password."""
    return str(get_context().hash(password))


def verified(password: str, stored: str | None) -> Verified:
    """Compares a normalised password with a stored hash, or with nobody's where there is none: one hash either way."""
    if stored is None:
        get_context().verify(password, NOBODYS)
        return Verified(False)
    if stored.startswith("$2"):
        return _verified_bcrypt(password, stored)
    holds, replacement = get_context().verify_and_update(password, stored)
    return Verified(holds, replacement)


def _verified_bcrypt(password: str, stored: str) -> Verified:
    seen = password.encode()[:BCRYPT_BYTES]
    holds = b"\x00" not in seen and get_context().verify(seen, stored)
    return Verified(True, hashed(password)) if holds else Verified(False)
