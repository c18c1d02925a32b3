"""Signing up, logging in and out, refreshing, and changing the password."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from pydantic import AwareDatetime, BaseModel, Field

from api import cookies
from api.access import problem_responses
from api.confirmation import confirmed
from api.dependencies import ClientAddress, Leaving, Now, User, public
from api.forms import Password, Strict
from api.problems import Problem
from api.routes.users import Profile, profile
from nunchi import database
from nunchi.accounts import limits, passwords, repository, rules, service
from nunchi.accounts.rules import Role, Unfit
from nunchi.accounts.service import Grant, Refusal
from nunchi.observability import count, get_logger
from nunchi.settings import get_settings

router = APIRouter(prefix="/auth", tags=["accounts"])
TRIED = problem_responses(401, 429)

Delivery = Annotated[
    Literal["cookie", "body"],
    Field(description="`cookie` for browsers: no script ever sees the tokens. `body` for programs."),
]
Email = Annotated[str, Field(max_length=300, examples=["minji@example.com"])]


class SignUp(Strict):
    email: Email
    nickname: str = Field(max_length=100, examples=["민지"])
    password: Password
    invitation: str | None = Field(default=None, max_length=100, description="Needed unless sign-up is open.")


class Login(Strict):
    email: Email
    password: Password
    deliver: Delivery = "cookie"


class Refresh(Strict):
    refresh_token: str | None = Field(
        default=None, max_length=200, description="Empty: the cookie's is taken."
    )


class ChangePassword(Strict):
    password: Password
    new_password: Password


class SignedIn(BaseModel):
    """A login. The tokens are here only for programs; browsers have them as cookies."""

    user: Profile
    access_expires_at: AwareDatetime
    refresh_expires_at: AwareDatetime
    csrf_token: str = Field(
        description="To be sent as X-CSRF-Token with each write that a cookie vouches for."
    )
    access_token: str | None = Field(default=None, description="For `Authorization: Bearer`; 15 minutes.")
    refresh_token: str | None = Field(default=None, description="Good for one use, within 14 days.")


@router.post("/sign-up", status_code=201, dependencies=[public], responses=problem_responses(403, 409, 429))
def sign_up(body: SignUp, address: ClientAddress, now: Now) -> Profile:
    """Makes an account. It says whether an e-mail or nickname is taken, so it is limited per address."""
    if get_settings().sign_up == "invitation" and not body.invitation:
        raise service.BadInvitation("sign-up is by invitation")
    limits.count_sign_up(address)
    wanted = service.new_user(body.email, body.nickname, body.password, Role.USER, now)
    with database.session() as session:
        service.sign_up(session, wanted, body.invitation, now)
    return profile(wanted)


@router.post("/login", dependencies=[public], responses=TRIED)
def login(body: Login, response: Response, address: ClientAddress, now: Now) -> SignedIn:
    """Opens a session. An unknown e-mail and a wrong password get the same answer."""
    email = _key(body.email)
    limits.count_login(email, address)
    with database.session() as session:
        found = repository.user_by_email(session, email)
    checked, replacement = service.authenticated(found, body.password)
    with database.session() as session:
        grant = service.begin(session, checked, replacement, now)
    limits.clear_login(email)
    return _delivered(response, grant, now, body.deliver)


def _key(typed: str) -> str:
    """What is looked up and counted for an e-mail as it was typed; nobody's where it is no e-mail."""
    try:
        return rules.normalised_email(typed)
    except Unfit:
        return (
            f"no e-mail: {rules.digest(typed.strip().lower())}"  # the text itself may be no text to a store
        )


@router.post("/refresh", dependencies=[public], responses=problem_responses(401, 409))
def refresh(body: Refresh, request: Request, response: Response, now: Now) -> SignedIn:
    """New tokens for a refresh token, which is used up. Using one a second time ends the whole login."""
    token = body.refresh_token or cookies.of(request, cookies.REFRESH)
    with database.session() as session:
        grant = service.refresh(session, token, now)
    if isinstance(grant, Refusal):
        raise _refused(grant)
    return _delivered(response, grant, now, "body" if body.refresh_token else "cookie")


def _refused(refusal: Refusal) -> Problem:
    count("RefreshRefused", reason=refusal.value)
    if refusal is Refusal.REUSED:
        get_logger().warning("a refresh token was used twice; its login was ended")
    if refusal is Refusal.JUST_USED:
        return Problem(409, "just_refreshed")
    return Problem(401, "session_ended", {"WWW-Authenticate": "Bearer"})


@router.post("/logout", status_code=204, dependencies=[public], responses=problem_responses(401))
def logout(login: Leaving, response: Response, now: Now) -> None:
    """Ends this login: its access token and its refresh tokens are refused from now on.

    A browser's cookies are taken back also where their login has run out or ended: 204. A bearer token must hold.
    """
    if login is not None:
        user_id, family_id = login
        with database.session() as session:
            repository.revoke(session, user_id, now=now, reason="logout", only=family_id)
    cookies.take_back(response)


@router.put("/password", status_code=204, responses=problem_responses(429))
def change_password(body: ChangePassword, user: User, address: ClientAddress, now: Now) -> None:
    """Changes the password and ends all other logins of this account."""
    found = confirmed(user, body.password, address)
    fit = rules.new_password(body.new_password, email=user.email, nickname=user.nickname)
    hashed = passwords.hashed(fit)
    with database.session() as session:
        service.change_password(session, user, found, hashed, now)


def _delivered(
    response: Response, grant: Grant, now: datetime, deliver: Literal["cookie", "body"]
) -> SignedIn:
    answer = SignedIn(
        user=profile(grant.account),
        access_expires_at=grant.access_expires_at,
        refresh_expires_at=grant.refresh_expires_at,
        csrf_token=grant.csrf_token,
    )
    response.headers["Cache-Control"] = "no-store"
    if deliver == "cookie":
        cookies.hand_over(response, grant, now)
        return answer
    return answer.model_copy(
        update={"access_token": grant.access_token, "refresh_token": grant.refresh_token}
    )
