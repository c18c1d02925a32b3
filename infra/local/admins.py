"""Making the first admin, who invites and appoints all others, and giving out new passwords."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy.orm import Session

from infra.local.errors import LocalError
from infra.local.listing import find_database
from nunchi import clock, database
from nunchi.accounts import service
from nunchi.accounts.rules import Role, Unfit
from nunchi.errors import NotFound

REASONS = {
    "email_invalid": "it must be an e-mail address of ASCII letters",
    "nickname_invalid": "it must be 2 to 20 Hangul syllables, letters, digits, hyphens or underscores",
    "password_short": "it must have at least 8 characters",
    "password_long": "it may have at most 128 characters",
    "password_guessable": "it is too easy to guess",
}


def create(email: str, nickname: str, password: str) -> UUID:
    """Stores an admin and gives the id. Raises LocalError, which says what will not do."""
    with _session() as session:
        user = service.new_user(email, nickname, password, Role.ADMIN, clock.now())
        service.sign_up(session, user, None, user.created_at)
        return user.id


def set_password(email: str, password: str) -> UUID:
    """Gives a user another password, ends all their logins, and gives the id. Raises LocalError."""
    with _session() as session:
        return service.set_password(session, email, password, clock.now())


@contextmanager
def _session() -> Iterator[Session]:
    find_database()
    try:
        with database.session() as session:
            yield session
    except Unfit as exc:
        raise LocalError(f"{exc.field}: {REASONS[exc.code]}") from exc
    except (service.Taken, NotFound) as exc:
        raise LocalError(str(exc)) from exc
