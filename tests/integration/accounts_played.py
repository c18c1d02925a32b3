"""Accounts as the tests make and use them: users with a role, their tokens, and a client from an address of its own."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import redis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.app import create_app
from nunchi import clock, database
from nunchi.accounts import repository, service
from nunchi.accounts.rules import Role
from nunchi.accounts.service import Grant
from nunchi.adapters.redis import get_client
from nunchi.models import Invitation, RefreshToken, TokenFamily, User
from nunchi.settings import get_settings
from tests.factories import NOON

PASSWORD = "correct-horse-7"
APP = "https://app.nunchi.example"  # a page that may ask from elsewhere
BASE = "https://api.nunchi.example"  # cookies that are Secure come back only by https
_numbers = itertools.count(1)


@dataclass
class Hands:
    """The hands of a clock."""

    now: datetime = NOON

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


def address() -> str:
    """An address that no test used before: tries are counted by it."""
    number = next(_numbers)
    return f"198.51.{number // 250}.{number % 250}"


@contextmanager
def opened(hands: Hands | None = None, headers: dict[str, str] | None = None) -> Iterator[TestClient]:
    """A client of the application, at noon unless another clock is given."""
    hands = hands or Hands()
    app = _app(get_settings().allowed_origins)
    forget_tries()
    with (
        clock.driven_by(lambda: hands.now),
        TestClient(app, base_url=BASE, client=(address(), 1), headers=headers) as client,
    ):
        yield client


@cache
def _app(_allowed_origins: str) -> FastAPI:
    """The application, which is made of this setting alone and keeps nothing."""
    return create_app()


def forget_tries() -> None:
    """Lets accounts be tried anew: all tests share one Redis, and the names of their users."""
    with suppress(redis.RedisError):
        for key in get_client().scan_iter(match="login:*"):
            get_client().delete(key)


def stored_user(name: str, role: Role = Role.USER, password: str = PASSWORD) -> User:
    """A user in the database; the e-mail is `<name>@example.com`."""
    user = service.new_user(f"{name}@example.com", name, password, role, NOON)
    with database.session() as session:
        assert repository.add_user(session, user)
    return user


def grant(user: User, now: datetime = NOON) -> Grant:
    """A login without its password check."""
    with database.session() as session:
        return service.begin(session, user, None, now)


def bearing(granted: Grant | str) -> dict[str, str]:
    token = granted if isinstance(granted, str) else granted.access_token
    return {"Authorization": f"Bearer {token}"}


def as_user(user: User, hands: Hands) -> dict[str, str]:
    """The headers of a login of now."""
    return bearing(grant(user, hands.now))


def logged_in(client: TestClient, name: str, password: str = PASSWORD, deliver: str = "body") -> Any:
    """What a login answers."""
    body = {"email": f"{name}@example.com", "password": password, "deliver": deliver}
    return client.post("/api/auth/login", json=body)


def code(answer: Any) -> str:
    """A problem's code, after a look at what every problem has."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["correlation_id"] == answer.headers["x-correlation-id"]
    assert problem["type"] == f"urn:nunchi:problem:{problem['code']}"
    assert problem["title"]
    assert problem["detail"]
    return str(problem["code"])


def rows(table: Any) -> int:
    with database.session() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def everything(session: Session) -> str:
    """All that the database knows of accounts."""
    tables = (User, TokenFamily, RefreshToken, Invitation)
    return str([session.execute(select(table.__table__)).all() for table in tables])


def signed_up(client: TestClient, **changed: Any) -> Any:
    body = {"email": "minji@example.com", "nickname": "민지", "password": PASSWORD, **changed}
    return client.post("/api/auth/sign-up", json=body)


def invited(client: TestClient, admin: dict[str, str], **wanted: Any) -> str:
    return str(client.post("/api/invitations", json=wanted, headers=admin).json()["code"])


def refreshed(client: TestClient, token: str | None = None) -> Any:
    return client.post("/api/auth/refresh", json={"refresh_token": token})
