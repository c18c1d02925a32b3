"""Making the first admin, who invites and appoints all others."""

from uuid import UUID

from infra.local.errors import LocalError
from infra.local.listing import find_database
from nunchi import clock, database
from nunchi.accounts import service
from nunchi.accounts.rules import Role, Unfit

REASONS = {
    "email_invalid": "it must be an e-mail address of ASCII letters",
    "nickname_invalid": "it must be 2 to 20 Hangul syllables, letters, digits, hyphens or underscores",
    "password_short": "it must have at least 8 characters",
    "password_long": "it may have at most 128 characters",
    "password_guessable": "it is too easy to guess",
}


def create(email: str, nickname: str, password: str) -> UUID:
    """Stores an admin and gives the id. Raises LocalError, which says what will not do."""
    find_database()
    try:
        user = service.new_user(email, nickname, password, Role.ADMIN, clock.now())
        with database.session() as session:
            service.sign_up(session, user, None, user.created_at)
    except Unfit as exc:
        raise LocalError(f"{exc.field}: {REASONS[exc.code]}") from exc
    except service.Taken as exc:
        raise LocalError(str(exc)) from exc
    return user.id
