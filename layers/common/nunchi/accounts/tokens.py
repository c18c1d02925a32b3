"""Access tokens: JWTs, signed with HS256 and nothing else, whose key is found by its id among ours."""

from datetime import datetime
from typing import Any

from nunchi.accounts.keys import KeyRing
from nunchi.accounts.rules import BadToken, Claims, checked_claims

ALGORITHM = "HS256"
ISSUER, AUDIENCE = "nunchi", "nunchi-api"
LONGEST = 2048  # characters
# That the times are there and hold *now* is `checked_claims`' work: the time is an argument here, and jose, which
# would read the wall clock, checks whatever it requires.
OPTIONS = {
    **{f"require_{name}": True for name in ("aud", "iss", "sub", "jti")},
    **{f"verify_{name}": False for name in ("exp", "nbf", "iat")},
}


def issue(ring: KeyRing, claims: dict[str, Any]) -> str:
    """A token with these claims, issuer and audience, signed with the current key."""
    from jose import jwt

    said = {**claims, "iss": ISSUER, "aud": AUDIENCE}
    return str(jwt.encode(said, ring.signing, algorithm=ALGORITHM, headers={"kid": ring.current}))


def read(ring: KeyRing, token: str, now: datetime) -> Claims:
    """What a token says, if one of our keys signed it and it holds at `now`. Raises BadToken."""
    from jose import JOSEError, jwk, jwt

    if len(token) > LONGEST:
        raise BadToken("too long")
    try:
        key = jwk.construct(_key(ring, jwt.get_unverified_header(token)), ALGORITHM)
        claims = jwt.decode(
            token, key, algorithms=[ALGORITHM], audience=AUDIENCE, issuer=ISSUER, options=OPTIONS
        )
    except (JOSEError, ValueError, TypeError, RecursionError) as exc:
        raise BadToken(type(exc).__name__) from None
    return checked_claims(claims, now)


def _key(ring: KeyRing, header: dict[str, Any]) -> bytes:
    """The header's key, by id. Nothing in a header is a path, an address or a key to us."""
    kid = header.get("kid")
    if not isinstance(kid, str) or kid not in ring.keys:
        raise BadToken("no such key")
    return ring.keys[kid]
