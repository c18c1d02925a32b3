"""Reading and writing users, token families, refresh tokens and invitations."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from nunchi.database import beyond
from nunchi.models.accounts import Invitation, RefreshToken, TokenFamily, User


def user_by_email(session: Session, email: str) -> User | None:
    """The user with a normalised e-mail address."""
    return session.scalar(select(User).where(User.email == email))


def user_by_id(session: Session, user_id: UUID) -> User | None:
    """A user."""
    return session.get(User, user_id)


def locked_user(session: Session, user_id: UUID) -> User | None:
    """A user as they are now, whom nobody else changes until the transaction ends."""
    query = select(User).where(User.id == user_id).with_for_update()
    return session.scalar(query.execution_options(populate_existing=True))


def bearer(session: Session, user_id: UUID, family_id: UUID, now: datetime) -> User | None:
    """A user whose token family still holds; None after logout, revocation or deletion."""
    return session.scalar(
        select(User)
        .join(TokenFamily, TokenFamily.user_id == User.id)
        .where(
            User.id == user_id,
            TokenFamily.id == family_id,
            TokenFamily.revoked_at.is_(None),
            TokenFamily.ends_at > now,
        )
    )


def taken(session: Session, email: str, nickname_key: str) -> str | None:
    """Which of both another user has already: `email`, `nickname`, or None."""
    query = select(User.email).where((User.email == email) | (User.nickname_key == nickname_key))
    found = set(session.scalars(query))
    return None if not found else "email" if email in found else "nickname"


def add_user(session: Session, user: User) -> bool:
    """Stores a user; False when the e-mail or the nickname is another's."""
    values = {column.key: getattr(user, column.key) for column in User.__table__.columns}
    query = insert(User).values(values).on_conflict_do_nothing().returning(User.id)
    return session.scalar(query) is not None


def users_after(session: Session, user_id: UUID | None, limit: int, *, email: str = "") -> Sequence[User]:
    """A page of users by id, after a user; of those with an e-mail address alone where one is given."""
    query = select(User).order_by(User.id).limit(limit)
    if email:
        query = query.where(User.email == email)
    return session.scalars(query if user_id is None else query.where(User.id > user_id)).all()


def locked_admins(session: Session) -> list[UUID]:
    """The ids of all admins, who stay such until the transaction ends."""
    return list(
        session.scalars(select(User.id).where(User.role == "admin").order_by(User.id).with_for_update())
    )


def delete_user(session: Session, user_id: UUID) -> None:
    """Deletes a user; the database deletes along what is theirs."""
    session.execute(delete(User).where(User.id == user_id))


def held(session: Session, digest: str) -> tuple[TokenFamily, RefreshToken, User] | None:
    """A refresh token with its family and user, both locked and as they are after the wait for the lock."""
    row = session.execute(
        select(TokenFamily, RefreshToken, User)
        .join(RefreshToken, RefreshToken.family_id == TokenFamily.id)
        .join(User, User.id == TokenFamily.user_id)
        .where(RefreshToken.digest == digest)
        .with_for_update(of=(TokenFamily, RefreshToken))
        .execution_options(populate_existing=True)
    ).one_or_none()
    return None if row is None else (row[0], row[1], row[2])


def login_of(session: Session, digest: str) -> tuple[UUID, UUID] | None:
    """The user and the token family of a refresh token, used or not."""
    query = select(TokenFamily.user_id, TokenFamily.id).join(
        RefreshToken, RefreshToken.family_id == TokenFamily.id
    )
    row = session.execute(query.where(RefreshToken.digest == digest)).one_or_none()
    return None if row is None else (row[0], row[1])


def revoke(
    session: Session,
    user_id: UUID,
    *,
    now: datetime,
    reason: str,
    only: UUID | None = None,
    but: UUID | None = None,
) -> None:
    """Revokes a user's token families: all, `only` one, or all `but` one."""
    query = update(TokenFamily).where(TokenFamily.user_id == user_id, TokenFamily.revoked_at.is_(None))
    query = query if only is None else query.where(TokenFamily.id == only)
    query = query if but is None else query.where(TokenFamily.id != but)
    session.execute(query.values(revoked_at=now, revoked_for=reason))


def drop_ended(session: Session, user_id: UUID, now: datetime) -> None:
    """Deletes a user's token families that have ended, with their refresh tokens."""
    session.execute(delete(TokenFamily).where(TokenFamily.user_id == user_id, TokenFamily.ends_at <= now))


def use_invitation(session: Session, code_digest: str, now: datetime) -> str | None:
    """Uses an invitation up, and gives the role that it brings; None when it can't be used (any more)."""
    return session.scalar(
        update(Invitation)
        .where(
            Invitation.code_digest == code_digest, Invitation.used_at.is_(None), Invitation.expires_at > now
        )
        .values(used_at=now)
        .returning(Invitation.role)
    )


def invitations(session: Session, after: tuple[datetime, UUID] | None, limit: int) -> Sequence[Invitation]:
    """Invitations, the newest first, after a place in that order."""
    order = (Invitation.created_at, Invitation.id)
    query = select(Invitation).where(beyond(order, after)).order_by(*(one.desc() for one in order))
    return session.scalars(query.limit(limit)).all()


def withdraw_invitation(session: Session, invitation_id: UUID) -> bool:
    """Deletes an invitation; False when it isn't there."""
    query = delete(Invitation).where(Invitation.id == invitation_id).returning(Invitation.id)
    return session.scalar(query) is not None
