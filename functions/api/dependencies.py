"""What routes are given: the transaction, the time, the page that a client asks for, and who asks.

Every route states who may call it, once: `dependencies=[public]`, or `require("user")` as a dependency, or as
`user: Annotated[Account, require("user")]` where the route wants to know the account.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, Path, Query, Request
from pydantic import AfterValidator, AwareDatetime
from sqlalchemy.orm import Session

from api import cookies
from api.askable import askable
from api.edge import SAFE_METHODS
from api.problems import Problem, unauthenticated
from nunchi import clock, database
from nunchi.accounts import keys, repository, rules, tokens
from nunchi.accounts.rules import BadToken, Claims, Role
from nunchi.accounts.service import Account, account_of
from nunchi.settings import get_settings

CODE = r"^[0-9A-Z]{6}$"
PRINTABLE = r"^[^\x00-\x1f\x7f-\x9f]*$"  # PostgreSQL takes no NUL


class Horizon(IntEnum):
    """The sessions after the entry's at which forecasts are scored."""

    ONE = 1
    THREE = 3
    FIVE = 5


def _session() -> Iterator[Session]:
    with database.session() as session:
        yield session


# of scope `function`: committed before the answer goes out, so that no answer tells of what was not stored
DatabaseSession = Annotated[Session, Depends(_session, scope="function")]
Now = Annotated[datetime, Depends(clock.now)]
StockCode = Annotated[str, Query(pattern=CODE, description="A stock's six-character code.")]
StockPath = Annotated[str, Path(pattern=CODE, description="A stock's six-character code.")]
ARM = r"^[\w.-]{1,40}$"
ArmName = Annotated[str, Query(pattern=ARM, description="An arm's name.")]
ArmPath = Annotated[str, Path(pattern=ARM, description="An arm's name.")]
# with an offset, in years with which every time zone and store can reckon
Moment = Annotated[AwareDatetime, AfterValidator(askable)]


def current_user(request: Request, now: Now) -> Account:
    """Who asks: by a bearer token, or else by a browser's cookie, whose writes need the CSRF token, too.

    The token only says whom to look up. The row decides: a logout, a new role or a deletion counts at once. The
    look-up is a transaction of its own, over before the route's begins: a function has one connection.
    """
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    by_cookie = not scheme
    claims = _claims(cookies.of(request, cookies.ACCESS) if by_cookie else _bearer(scheme, bearer), now)
    if by_cookie and request.method not in SAFE_METHODS:
        _require_csrf(request, claims.family_id)
    with database.session() as session:
        user = repository.bearer(session, claims.user_id, claims.family_id, now)
    if user is None:
        raise unauthenticated()
    return account_of(user, claims.family_id)


def login_of(request: Request, now: Now) -> tuple[UUID, UUID] | None:
    """The user and the token family of the login that is to be ended; None where cookies name none.

    A bearer token must hold. Of a browser's cookies that of the refresh token will do: it outlives the access token's.
    """
    if request.headers.get("authorization"):
        user = current_user(request, now)
        return user.id, user.family_id
    login = _by_cookies(request, now)
    if login is not None:
        _require_csrf(request, login[1])
    return login


def _by_cookies(request: Request, now: datetime) -> tuple[UUID, UUID] | None:
    try:
        claims = _claims(cookies.of(request, cookies.ACCESS), now)
    except Problem:
        with database.session() as session:
            return repository.login_of(session, rules.digest(cookies.of(request, cookies.REFRESH)))
    return claims.user_id, claims.family_id


def _bearer(scheme: str, token: str) -> str:
    return token.strip() if scheme.lower() == "bearer" else ""


def _claims(token: str, now: datetime) -> Claims:
    if not token:
        raise unauthenticated()
    try:
        return tokens.read(keys.get_ring(), token, now)
    except BadToken:
        raise unauthenticated() from None


def _require_csrf(request: Request, family_id: UUID) -> None:
    """Double submit: cookie and header are the same token, and we signed it for this login."""
    sent, held = request.headers.get(cookies.CSRF_HEADER, ""), cookies.of(request, cookies.CSRF)
    ring = keys.get_ring()
    signed = any(rules.csrf_holds(key, family_id, held) for key in ring.keys.values())
    if not sent or sent != held or not signed:
        raise Problem(403, "csrf")


@dataclass(frozen=True)
class Requires:
    """A dependency that lets only those through who have a role, and gives their account."""

    role: Role

    def __call__(self, user: Annotated[Account, Depends(current_user)]) -> Account:
        if not user.role.includes(self.role):
            raise Problem(403, "forbidden")
        return user


def require(role: Literal["user", "rater", "admin"]) -> Any:
    """States that a route is for those with this role or a higher one."""
    return Depends(Requires(Role(role)))


def everybody() -> None:
    """Lets everybody through."""


public = Depends(everybody)
User = Annotated[Account, require("user")]
Rater = Annotated[Account, require("rater")]
Admin = Annotated[Account, require("admin")]


def client_address(request: Request) -> str:
    """The client's address. What it writes into X-Forwarded-For itself is not believed: only our proxies' part is."""
    behind = get_settings().trusted_proxies
    if behind:
        hops = [hop.strip() for hop in request.headers.get("x-forwarded-for", "").split(",")]
        return hops[-behind - 1] if len(hops) > behind else ""
    return request.client.host if request.client else ""


Leaving = Annotated[tuple[UUID, UUID] | None, Depends(login_of)]
ClientAddress = Annotated[str, Depends(client_address)]
