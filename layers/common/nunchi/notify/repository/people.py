"""Users' preferences and rules."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from nunchi.models.accounts import User
from nunchi.models.notifying import AlertPreferences, AlertRule


def preferences(session: Session, user_id: UUID) -> AlertPreferences | None:
    """What holds for all of a user's alerts."""
    return session.get(AlertPreferences, user_id)


def change_preferences(session: Session, user_id: UUID, values: dict[str, Any]) -> None:
    """Changes some of the preferences that are stored."""
    query = update(AlertPreferences).where(AlertPreferences.user_id == user_id).values(values)
    session.execute(query)


def add_preferences(session: Session, user_id: UUID, values: dict[str, Any]) -> None:
    """Stores preferences, unless some are stored."""
    session.execute(insert(AlertPreferences).values(user_id=user_id, **values).on_conflict_do_nothing())


def locked_user(session: Session, user_id: UUID) -> bool:
    """Locks a user's row, so that what is counted of them stays so; False where the user is gone."""
    return session.scalar(select(User.id).where(User.id == user_id).with_for_update()) is not None


def rules_of(session: Session, user_id: UUID) -> list[AlertRule]:
    """A user's rules, oldest first."""
    query = select(AlertRule).where(AlertRule.user_id == user_id)
    return list(session.scalars(query.order_by(AlertRule.created_at, AlertRule.id)))


def rule_of(session: Session, user_id: UUID, rule_id: UUID) -> AlertRule | None:
    """One rule of a user's; another's is not there."""
    return session.scalar(select(AlertRule).where(*_own(user_id, rule_id)))


def delete_rule(session: Session, user_id: UUID, rule_id: UUID) -> bool:
    """Removes a rule of a user's; False where there is none."""
    query = delete(AlertRule).where(*_own(user_id, rule_id)).returning(AlertRule.id)
    return session.scalar(query) is not None


def _own(user_id: UUID, rule_id: UUID) -> list[ColumnElement[bool]]:
    return [AlertRule.user_id == user_id, AlertRule.id == rule_id]
