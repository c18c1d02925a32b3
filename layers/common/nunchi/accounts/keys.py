"""The keys that sign tokens: one current, and those before it while their tokens still live.

`AUTH_KEYS`, or the secret at `AUTH_SECRET_ARN`, is {"current": "2026-10", "keys": {"2026-10": "<base64url>", …}}.
To rotate: add a key; once every function has read it, five minutes later, make it current; take the old one out
when its last tokens have ended, 20 minutes after that.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from nunchi import secrets
from nunchi.errors import NunchiError
from nunchi.settings import get_settings, required

SHORTEST = 32  # bytes, as many as HS256's digest (RFC 7518, 3.2)
FEWEST_DIFFERENT = 16  # of 32 random bytes fewer are different once in 10^13 times
KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
PLACEHOLDER = re.compile(rb"change|secret|default|example|password|insecure|replace|nunchi", re.IGNORECASE)


class BadKeys(NunchiError):
    """Signing keys that nothing may be signed with. Names the key, never what is in it."""


@dataclass(frozen=True, repr=False)
class KeyRing:
    """The keys by their ids, and which of them signs."""

    current: str
    keys: Mapping[str, bytes]

    @property
    def signing(self) -> bytes:
        return self.keys[self.current]


def get_ring() -> KeyRing:
    """The keys of the moment, at most five minutes old. Raises BadKeys, and Missing where none are set."""
    settings = get_settings()
    return parse(required("auth_keys", secrets.get(settings.auth_keys, settings.auth_secret_arn)))


@lru_cache(maxsize=2)
def parse(text: str) -> KeyRing:
    """Keys from their JSON. Raises BadKeys."""
    try:
        found = json.loads(text)
        ring = KeyRing(found["current"], {kid: _key(kid, key) for kid, key in found["keys"].items()})
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BadKeys("the signing keys are not of the form that nunchi.accounts.keys describes") from None
    if ring.current not in ring.keys:
        raise BadKeys("the current signing key is not among the keys")
    return ring


def _key(kid: str, text: str) -> bytes:
    if not KEY_ID.fullmatch(kid):
        raise BadKeys("a signing key's id has other characters than letters, digits, dot, hyphen, underscore")
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        raise BadKeys(f"the signing key {kid} is not base64url") from None
    if len(key) < SHORTEST:
        raise BadKeys(f"the signing key {kid} is shorter than {SHORTEST} bytes")
    if len(set(key)) < FEWEST_DIFFERENT or PLACEHOLDER.search(key) or PLACEHOLDER.search(text.encode()):
        raise BadKeys(f"the signing key {kid} is a default or not random")
    return key
