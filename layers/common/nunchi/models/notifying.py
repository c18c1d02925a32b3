"""Who is told of what: chats, the rules of their users, alerts, and what became of each message.

A chat's row falls with its user's, and with the chat's all the rest but the texts that others are told, too.
"""

from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from nunchi.models.base import Base


class Chat(Base):
    """A chat of Telegram's that is told: a user's (at most one), the public channel, or the operators'.

    One that is several of these has a row for each, so that a user who stops theirs stops no other.
    The id outlives Telegram's own (a group that is upgraded gets another one), and a user who links another chat keeps
    this row, so that nothing is told twice. `linked_by` is the Telegram user whose commands count in a group.
    """

    __tablename__ = "chats"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), unique=True)
    purpose: Mapped[str]
    telegram_id: Mapped[str | None]  # a number, or a public channel's @name
    linked_by: Mapped[int | None] = mapped_column(BigInteger)
    active: Mapped[bool]
    inactive_for: Mapped[str] = mapped_column(server_default="")
    linked_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("purpose IN ('user', 'public', 'operators')", name="purpose"),
        UniqueConstraint("telegram_id", "purpose"),
        Index("ix_chats_configured", "purpose", postgresql_where=text("purpose <> 'user'")),
    )


class ChatLink(Base):
    """A token, by its SHA-256, that links one chat to a user once."""

    __tablename__ = "chat_links"

    digest: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class TelegramUpdate(Base):
    """An update that was worked: Telegram sends one again whose answer it did not get."""

    __tablename__ = "telegram_updates"

    update_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    received_at: Mapped[datetime] = mapped_column(index=True)


class AlertPreferences(Base):
    """What holds for all of a user's alerts. Quiet hours and the day that `daily_maximum` counts are of `zone`."""

    __tablename__ = "alert_preferences"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str]
    zone: Mapped[str]
    quiet_from: Mapped[time | None]
    quiet_to: Mapped[time | None]
    daily_maximum: Mapped[int]

    __table_args__ = (CheckConstraint("language IN ('ko', 'en')", name="language"),)


class AlertRule(Base):
    """When a user wants to be told. Empty lists of arms and horizons mean any."""

    __tablename__ = "alert_rules"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    active: Mapped[bool]
    stocks: Mapped[str]  # watchlist: on any list of the user's; all: every one that is tracked
    minimum_probability: Mapped[float]  # of down or of up
    minimum_impact: Mapped[str]  # "" for any
    arms: Mapped[list[str]] = mapped_column(ARRAY(String))
    horizons_sessions: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    disclosures_always: Mapped[bool]
    breaks_quiet_from_impact: Mapped[str]  # "" for never
    cooldown_s: Mapped[int]
    created_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("stocks IN ('watchlist', 'all')", name="stocks"),
        CheckConstraint("minimum_impact IN ('', 'low', 'medium', 'high')", name="minimum_impact"),
        CheckConstraint(
            "breaks_quiet_from_impact IN ('', 'low', 'medium', 'high')", name="breaks_quiet_from_impact"
        ),
        Index("ix_alert_rules_all", "stocks", postgresql_where=text("active AND stocks = 'all'")),
    )


class Alert(Base):
    """A chat's one alert of a story and a stock, whatever becomes of it: reprints and later arms add none.

    `state` is `told` (a message was made), `held` (until `held_until`, for the digest), `digested` or `skipped`, for
    `reason`.
    """

    __tablename__ = "alerts"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    chat_id: Mapped[UUID] = mapped_column(ForeignKey("chats.id", ondelete="CASCADE"))
    story_id: Mapped[UUID] = mapped_column(ForeignKey("stories.id"))
    stock_code: Mapped[str] = mapped_column(ForeignKey("stocks.code"))
    rule_id: Mapped[UUID | None]
    state: Mapped[str]
    reason: Mapped[str] = mapped_column(server_default="")
    decided_at: Mapped[datetime]
    held_until: Mapped[datetime | None]

    __table_args__ = (
        Index("uq_alerts_chat_id_story_id_stock_code", "chat_id", "story_id", "stock_code", unique=True),
        Index("ix_alerts_story_id_stock_code", "story_id", "stock_code"),
        Index("ix_alerts_held", "held_until", postgresql_where=text("state = 'held'")),
        Index("ix_alerts_decided_at", "decided_at"),
    )


class AlertCooldown(Base):
    """Until when a chat that was told of a stock is not told of it again."""

    __tablename__ = "alert_cooldowns"

    chat_id: Mapped[UUID] = mapped_column(ForeignKey("chats.id", ondelete="CASCADE"), primary_key=True)
    stock_code: Mapped[str] = mapped_column(primary_key=True)
    free_at: Mapped[datetime] = mapped_column(index=True)


class AlertDay(Base):
    """How many alerts a chat was told on a day of its user's, and the most that it may be."""

    __tablename__ = "alert_days"

    chat_id: Mapped[UUID] = mapped_column(ForeignKey("chats.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True, index=True)
    told: Mapped[int]
    most: Mapped[int]


class AlertMessage(Base):
    """A text as it is sent, in Telegram's HTML: one for all of a language, or of one chat, with which it falls."""

    __tablename__ = "alert_messages"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    language: Mapped[str]
    html: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(index=True)
    chat_id: Mapped[UUID | None] = mapped_column(ForeignKey("chats.id", ondelete="CASCADE"))

    __table_args__ = (
        Index("ix_alert_messages_chat_id", "chat_id", postgresql_where=text("chat_id IS NOT NULL")),
    )


class Delivery(Base):
    """A message on its way to a chat: `due`, `sending`, or what became of it (nunchi.notify.rules.State).

    `sending` is committed before Telegram is called, and the outcome after: who finds it there does not call again.
    """

    __tablename__ = "deliveries"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    chat_id: Mapped[UUID] = mapped_column(ForeignKey("chats.id", ondelete="CASCADE"))
    message_id: Mapped[UUID] = mapped_column(ForeignKey("alert_messages.id"), index=True)
    kind: Mapped[str]  # alert, digest or operators
    story_id: Mapped[UUID | None]
    stock_code: Mapped[str | None]
    state: Mapped[str]
    reason: Mapped[str] = mapped_column(server_default="")
    attempts: Mapped[int] = mapped_column(server_default="0")
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    sending_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    telegram_message_id: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        Index("ix_deliveries_chat_id_made_at", "chat_id", "made_at", "id"),
        Index("ix_deliveries_made_at", "made_at"),
    )


class OperatorAlarm(Base):
    """When the operators were last told of something, by what it is; the same is not told again for a while."""

    __tablename__ = "operator_alarms"

    key: Mapped[str] = mapped_column(primary_key=True)
    told_at: Mapped[datetime]
    seen: Mapped[int]  # times since then, the first included
