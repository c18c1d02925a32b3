"""Forged tokens."""

import base64
import hashlib
import hmac
import json
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from nunchi.accounts import keys, rules
from nunchi.accounts.rules import Role
from nunchi.models import User
from tests.factories import NOON
from tests.integration.accounts_played import (
    bearing,
    grant,
    stored_user,
)

pytestmark = pytest.mark.usefixtures("open_sign_up")


Change = dict[str, Any]


def segment(part: Change | bytes) -> str:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def forged(user: User, header: Change, claims: Change, key: bytes | None = None) -> str:
    """A token with a changed header and changed claims, rightly signed unless another key is given."""
    ring = keys.get_ring()
    family = grant(user).account.family_id
    said = rules.claims_of(family, user.id, Role.USER, uuid4(), NOON)
    said |= {"iss": "nunchi", "aud": "nunchi-api", **claims}
    said = {name: value for name, value in said.items() if value is not None}
    head = {"alg": "HS256", "kid": ring.current, "typ": "JWT", **header}
    signing = f"{segment(head)}.{segment(said)}"
    made = hmac.new(ring.signing if key is None else key, signing.encode(), hashlib.sha256).digest()
    return f"{signing}.{segment(made)}"


def test_the_tests_own_forge_makes_a_token_that_holds(client: TestClient) -> None:
    token = forged(stored_user("minji"), {}, {})
    assert client.get("/api/users/me", headers=bearing(token)).status_code == 200


BEGINS = int(NOON.timestamp())
HEADERS: list[Change] = [
    {"alg": "none"},
    {"alg": "None"},
    {"alg": "HS512"},
    {"alg": "RS256"},
    {"alg": ["HS256"]},
    {"alg": None},
    {"kid": "../../../../dev/null"},
    {"kid": "' UNION SELECT 'key' --"},
    {"kid": ""},
    {"kid": None},
    {"kid": ["local"]},
    {"kid": {"local": 1}},
    {"kid": "other", "jku": "https://evil.example/keys.json"},
    {"kid": "other", "jwk": {"kty": "oct", "k": "AAAA"}},
]
CLAIMS: list[Change] = [
    {"exp": BEGINS},
    {"exp": BEGINS + 901},
    {"exp": None},
    {"exp": "9999999999"},
    {"exp": 1e300},
    {"exp": 10**30},
    {"exp": True},
    {"nbf": BEGINS + 31},
    {"nbf": None},
    {"iat": BEGINS + 31, "exp": BEGINS + 100},
    {"iat": None},
    {"aud": "another-api"},
    {"aud": None},
    {"iss": "another"},
    {"iss": None},
    {"sub": None},
    {"sub": 1},
    {"sub": "' OR 1=1 --"},
    {"sub": str(uuid4())},
    {"jti": None},
    {"fam": None},
    {"fam": str(uuid4())},
    {"fam": ["x"]},
    {"role": "god"},
    {"role": None},
]


def test_a_token_with_another_header_or_other_claims_is_refused(client: TestClient) -> None:
    user = stored_user("minji")
    changed = [*((header, {}) for header in HEADERS), *(({}, claims) for claims in CLAIMS)]
    for header, claims in changed:
        answer = client.get("/api/users/me", headers=bearing(forged(user, header, claims)))
        assert answer.status_code == 401, (header, claims)


def test_an_unsigned_token_is_refused(client: TestClient) -> None:
    token = forged(stored_user("minji"), {"alg": "none"}, {}).rsplit(".", 1)[0] + "."
    assert client.get("/api/users/me", headers=bearing(token)).status_code == 401


def test_a_token_signed_with_what_one_may_guess_is_refused(client: TestClient) -> None:
    user = stored_user("minji")
    for key in (b"", b"secret", b"local", b"nunchi-api"):
        token = forged(user, {}, {}, key)
        assert client.get("/api/users/me", headers=bearing(token)).status_code == 401, key


def test_another_users_family_does_not_vouch_for_one(client: TestClient) -> None:
    family = grant(stored_user("other")).account.family_id
    token = forged(stored_user("minji"), {}, {"fam": str(family)})
    assert client.get("/api/users/me", headers=bearing(token)).status_code == 401


@pytest.mark.parametrize(
    "token", ["a", "a.b", "a.b.c", "....", "e30.e30.e30", "A" * 5000, "%00.%00.%00", "[[[["]
)
def test_what_is_no_token_is_refused(client: TestClient, token: str) -> None:
    assert client.get("/api/users/me", headers=bearing(token)).status_code == 401


def test_a_deeply_nested_token_is_refused(client: TestClient) -> None:
    token = f"{segment(b'[' * 700)}.{segment(b'{}')}.AAAA"
    assert client.get("/api/users/me", headers=bearing(token)).status_code == 401
