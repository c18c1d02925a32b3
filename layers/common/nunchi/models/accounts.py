"""Who may do what: users, their token families, their refresh tokens, and invitations.

Deleting a row of `users` takes along all that is personal, here and elsewhere (docs/data.md). Rows of others that
name a user do so by id, which then means nobody any more.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from nunchi.models.base import Base


class User(Base):
    """`email` is normalised; `nickname_key` is what makes two nicknames the same; `id` is random."""

    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    nickname: Mapped[str]
    nickname_key: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    role: Mapped[str]
    created_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("role IN ('user', 'rater', 'admin')", name="role"),)


class TokenFamily(Base):
    """What began with one login: its refresh tokens follow one another until it ends or is revoked."""

    __tablename__ = "token_families"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_for: Mapped[str | None]


class RefreshToken(Base):
    """A refresh token by its SHA-256. A used one is kept, so that its second use is noticed."""

    __tablename__ = "refresh_tokens"

    digest: Mapped[str] = mapped_column(primary_key=True)
    family_id: Mapped[UUID] = mapped_column(ForeignKey("token_families.id", ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Invitation(Base):
    """A code, by its SHA-256, that makes one account with a role."""

    __tablename__ = "invitations"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code_digest: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    __table_args__ = (CheckConstraint("role IN ('user', 'rater')", name="role"),)
