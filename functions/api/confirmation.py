"""Asking who is logged in for their password once more, under the same limits as a login."""

from api.problems import Problem
from nunchi import database
from nunchi.accounts import limits, repository, service
from nunchi.accounts.service import Account, WrongLogin
from nunchi.models.accounts import User


def confirmed(account: Account, password: str, address: str) -> User:
    """The account's user, whose password this is. Raises Problem, TooManyAttempts, UpstreamError."""
    limits.count_login(account.email, address)
    with database.session() as session:
        found = repository.user_by_id(session, account.id)
    try:
        user, _ = service.authenticated(found, password)
    except WrongLogin:
        raise Problem(403, "wrong_password") from None
    limits.clear_login(account.email)
    return user
