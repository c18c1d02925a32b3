"""Signing up, logging in, keeping a login alive, and ending it. Transactions are the caller's."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from uuid import UUID, uuid4

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from nunchi.accounts import keys, passwords, repository, rules, tokens
from nunchi.accounts.rules import Role
from nunchi.errors import NotFound, NunchiError
from nunchi.models.accounts import Invitation, RefreshToken, TokenFamily, User


class WrongLogin(NunchiError):
    """No such user, or another password: which of both is not said."""


class Taken(NunchiError):
    """Another account has this `field` already."""

    def __init__(self, field: str) -> None:
        super().__init__(f"this {field} is taken")
        self.field = field


class BadInvitation(NunchiError):
    """Signing up takes an invitation that is known, unused and not expired."""


class LastAdmin(NunchiError):
    """Without this admin there would be none."""


class Refusal(Enum):
    """Why a refresh token brings nothing."""

    ENDED = "ended"  # unknown, expired or revoked
    JUST_USED = "just_used"  # by another tab, most likely
    REUSED = "reused"  # by somebody who copied it: its family has been revoked


@dataclass(frozen=True)
class Account:
    """A user as routes see them, and the token family that they came with."""

    id: UUID
    email: str
    nickname: str
    role: Role
    created_at: datetime
    family_id: UUID


@dataclass(frozen=True, repr=False)
class Grant:
    """The tokens of a login, to be handed over once."""

    account: Account
    access_token: str
    refresh_token: str
    csrf_token: str
    access_expires_at: datetime
    refresh_expires_at: datetime


def sign_up(session: Session, wanted: User, invitation: str | None, now: datetime) -> None:
    """Stores a user, with the role of the invitation where one is given. Raises BadInvitation, Taken."""
    if invitation is not None:
        role = repository.use_invitation(session, rules.digest(invitation), now)
        if role is None:
            raise BadInvitation("this invitation can't be used")
        wanted.role = role
    if not repository.add_user(session, wanted):
        raise Taken(repository.taken(session, wanted.email, wanted.nickname_key) or "email")


def new_user(email: str, nickname: str, password: str, role: Role, now: datetime) -> User:
    """A user who isn't stored yet, from what was typed. Raises Unfit. Takes one password hash."""
    address = rules.normalised_email(email)
    shown, key = rules.nickname_of(nickname)
    fit = rules.new_password(password, email=address, nickname=shown)
    return User(
        id=uuid4(),
        email=address,
        nickname=shown,
        nickname_key=key,
        password_hash=passwords.hashed(fit),
        role=role.value,
        created_at=now,
    )


def authenticated(found: User | None, password: str) -> tuple[User, str | None]:
    """Checks a password against a user who may not exist: the same work, and the same WrongLogin, either way.

    Gives the user, and the hash that should replace the stored one, if any.
    """
    typed = rules.normalised_password(password)
    fits = len(typed) <= rules.PASSWORD_LENGTHS[1]
    verified = passwords.verified(typed if fits else "", found.password_hash if found and fits else None)
    if found is None or not verified.holds:
        raise WrongLogin("wrong e-mail or password")
    return found, verified.replacement


def begin(session: Session, checked: User, replacement: str | None, now: datetime) -> Grant:
    """Opens a token family for a user whose password was just checked. Raises WrongLogin where that changed since."""
    user = repository.locked_user(session, checked.id)
    if user is None or user.password_hash != checked.password_hash:
        raise WrongLogin("wrong e-mail or password")
    user.password_hash = replacement or user.password_hash
    repository.drop_ended(session, user.id, now)
    family = TokenFamily(id=uuid4(), user_id=user.id, created_at=now, ends_at=now + rules.FAMILY_LIFE)
    session.add(family)
    session.flush()
    return _grant(session, user, family, now)


def refresh(session: Session, token: str, now: datetime) -> Grant | Refusal:
    """New tokens for a refresh token, which is used up by it.

    A second use revokes the family, but for the first ten seconds: then it is refused and no more. The caller
    commits whatever is returned: a revocation, too, is a result.
    """
    found = repository.held(session, rules.digest(token))
    if found is None:
        return Refusal.ENDED
    family, held, user = found
    if family.revoked_at is not None or now >= min(family.ends_at, held.expires_at):
        return Refusal.ENDED
    if held.used_at is not None:
        return _used_again(session, family, now - held.used_at, now)
    held.used_at = now
    return _grant(session, user, family, now)


def _used_again(session: Session, family: TokenFamily, since: timedelta, now: datetime) -> Refusal:
    if since <= rules.GRACE:
        return Refusal.JUST_USED
    repository.revoke(session, family.user_id, now=now, reason="reuse", only=family.id)
    return Refusal.REUSED


def _grant(session: Session, user: User, family: TokenFamily, now: datetime) -> Grant:
    ring, secret = keys.get_ring(), secrets.token_urlsafe(32)
    expires_at = min(now + rules.REFRESH_LIFE, family.ends_at)
    session.add(RefreshToken(digest=rules.digest(secret), family_id=family.id, expires_at=expires_at))
    account = account_of(user, family.id)
    claims = rules.claims_of(family.id, user.id, account.role, uuid4(), now)
    return Grant(
        account=account,
        access_token=tokens.issue(ring, claims),
        refresh_token=secret,
        csrf_token=rules.csrf_token(ring.signing, family.id, secrets.token_urlsafe(16)),
        access_expires_at=now + rules.ACCESS_LIFE,
        refresh_expires_at=expires_at,
    )


def account_of(user: User, family_id: UUID) -> Account:
    """A user as routes see them."""
    return Account(user.id, user.email, user.nickname, Role(user.role), user.created_at, family_id)


def change_password(session: Session, account: Account, checked: User, new_hash: str, now: datetime) -> None:
    """Sets a new hash and ends every other login. Raises WrongLogin where the password changed meanwhile."""
    user = repository.locked_user(session, account.id)
    if user is None or user.password_hash != checked.password_hash:
        raise WrongLogin("wrong e-mail or password")
    user.password_hash = new_hash
    repository.revoke(session, user.id, now=now, reason="password", but=account.family_id)


def set_password(session: Session, email: str, password: str, now: datetime) -> UUID:
    """Gives a user who has forgotten theirs another password, and ends all their logins. Raises Unfit, NotFound."""
    address = rules.normalised_email(email)
    user = repository.user_by_email(session, address)
    if user is None:
        raise NotFound("user", address)
    fit = rules.new_password(password, email=address, nickname=user.nickname)
    user.password_hash = passwords.hashed(fit)
    repository.revoke(session, user.id, now=now, reason="password")
    return user.id


def rename(session: Session, user_id: UUID, nickname: str) -> User:
    """Gives a user another nickname. Raises Unfit, Taken, NotFound."""
    shown, key = rules.nickname_of(nickname)
    user = found(repository.locked_user(session, user_id), user_id)
    user.nickname, user.nickname_key = shown, key
    try:
        session.flush()
    except IntegrityError:
        raise Taken("nickname") from None
    return user


def set_role(session: Session, user_id: UUID, role: Role) -> User:
    """Gives a user another role, from their next request on. Raises NotFound, LastAdmin."""
    if role is not Role.ADMIN:
        _keep_an_admin(session, user_id)
    user = found(repository.locked_user(session, user_id), user_id)
    user.role = role.value
    return user


def delete_user(session: Session, user_id: UUID) -> None:
    """Deletes a user with all that is theirs. Raises NotFound, LastAdmin."""
    _keep_an_admin(session, user_id)
    found(repository.locked_user(session, user_id), user_id)
    repository.delete_user(session, user_id)


def _keep_an_admin(session: Session, user_id: UUID) -> None:
    if repository.locked_admins(session) == [user_id]:
        raise LastAdmin("the last admin stays")


def found(user: User | None, user_id: UUID) -> User:
    """The user, or NotFound."""
    if user is None:
        raise NotFound("user", user_id)
    return user


def invite(session: Session, by: UUID, role: Role, days: int, now: datetime) -> tuple[Invitation, str]:
    """Makes an invitation; its code is known only now, to be handed to whom it is for."""
    code = secrets.token_urlsafe(24)
    made = Invitation(
        id=uuid4(),
        code_digest=rules.digest(code),
        role=role.value,
        created_by=by,
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    session.add(made)
    return made, code
