"""Who wants what, and what was decided. Rows of many chats are written in the order of their ids, so none deadlocks."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Date,
    DateTime,
    Integer,
    Row,
    Text,
    Uuid,
    and_,
    cast,
    delete,
    literal,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from nunchi.database import recordset
from nunchi.models.articles import Article
from nunchi.models.market import Stock
from nunchi.models.notifying import (
    Alert,
    AlertCooldown,
    AlertDay,
    AlertMessage,
    AlertPreferences,
    AlertRule,
    Chat,
    Delivery,
)
from nunchi.models.stories import Story, StoryFounder
from nunchi.models.watching import WatchedStock, Watchlist

PER_STATEMENT = 2000  # rows


def subscribers(session: Session, code: str) -> Sequence[Row[AlertRule, Chat, AlertPreferences]]:
    """The rules that look at a stock, of users whose chat is linked and not stopped."""
    watching = (
        select(WatchedStock.stock_code)
        .join(Watchlist, Watchlist.id == WatchedStock.watchlist_id)
        .where(Watchlist.user_id == AlertRule.user_id, WatchedStock.stock_code == code)
    )
    query = (
        select(AlertRule, Chat, AlertPreferences)
        .join(Chat, Chat.user_id == AlertRule.user_id)
        .join(AlertPreferences, AlertPreferences.user_id == AlertRule.user_id)
        .where(AlertRule.active, Chat.active, or_(AlertRule.stocks == "all", watching.exists()))
    )
    return session.execute(query).all()


def decided(session: Session, story_id: UUID, code: str) -> dict[UUID, str]:
    """The chats for which an alert of this story and stock was decided already, with its state."""
    query = select(Alert.chat_id, Alert.state).where(Alert.story_id == story_id, Alert.stock_code == code)
    return dict(session.execute(query).all())


def add_alerts(session: Session, rows: Sequence[Mapping[str, Any]]) -> set[UUID]:
    """Adds alerts; gives the chats that had none of their story and stock, or one that is held and is so no more."""
    added: set[UUID] = set()
    for start in range(0, len(rows), PER_STATEMENT):
        chunk = [dict(row) for row in rows[start : start + PER_STATEMENT]]
        query = insert(Alert).values(chunk)
        fresh = {name: query.excluded[name] for name in ("state", "reason", "rule_id", "decided_at")}
        query = query.on_conflict_do_update(
            index_elements=["chat_id", "story_id", "stock_code"],
            set_=fresh,
            where=and_(Alert.state == "held", query.excluded.state != "held"),
        )
        added |= set(session.scalars(query.returning(Alert.chat_id)))
    return added


def settle_alerts(
    session: Session, story_id: UUID, code: str, chats: Iterable[UUID], state: str, reason: str
) -> None:
    """Says what became of chats' alerts of a story and a stock."""
    given = recordset([{"chat_id": str(one)} for one in sorted(chats)], {"chat_id": Uuid()})
    query = (
        update(Alert)
        .where(Alert.story_id == story_id, Alert.stock_code == code)
        .where(Alert.chat_id.in_(select(given.c.chat_id)))
        .values(state=state, reason=reason)
    )
    session.execute(query, execution_options={"synchronize_session": False})


def hold(session: Session, chat_id: UUID, story_id: UUID, code: str, *, until: datetime) -> None:
    """Keeps a chat's alert for its next digest."""
    query = update(Alert).where(
        Alert.chat_id == chat_id, Alert.story_id == story_id, Alert.stock_code == code
    )
    session.execute(query.values(state="held", reason="quiet_hours", held_until=until))


def hold_longer(session: Session, chat_id: UUID, *, until: datetime, now: datetime) -> None:
    """Moves a chat's held alerts that are due to the end of quiet hours that were set anew."""
    due = (Alert.chat_id == chat_id, Alert.state == "held", Alert.held_until <= now)
    session.execute(update(Alert).where(*due).values(held_until=until))


def claim_cooldowns(
    session: Session, code: str, cooldowns: Mapping[UUID, timedelta], *, now: datetime
) -> set[UUID]:
    """Begins a stock's cooldown for chats; gives those for which none was running, which may be told."""
    rows = [{"chat_id": chat, "free_at": now + cooldown} for chat, cooldown in sorted(cooldowns.items())]
    given = recordset(rows, {"chat_id": Uuid(), "free_at": DateTime(timezone=True)})
    query = insert(AlertCooldown).from_select(
        ["chat_id", "stock_code", "free_at"],
        select(given.c.chat_id, cast(literal(code), Text), given.c.free_at).order_by(given.c.chat_id),
    )
    claimed = query.on_conflict_do_update(
        index_elements=["chat_id", "stock_code"],
        set_={"free_at": query.excluded.free_at},
        where=AlertCooldown.free_at <= now,
    )
    return set(session.scalars(claimed.returning(AlertCooldown.chat_id)))


def end_cooldowns(session: Session, code: str, chats: Collection[UUID]) -> None:
    """Lets a stock rest no longer for chats."""
    if chats:
        its = (AlertCooldown.stock_code == code, AlertCooldown.chat_id.in_(chats))
        session.execute(delete(AlertCooldown).where(*its))


def count_today(session: Session, days: Mapping[UUID, tuple[date, int]]) -> set[UUID]:
    """Counts one more alert of chats on a day, each with its most a day; gives those that had not had so many."""
    rows = [
        {"chat_id": chat, "day": day, "most": most} for chat, (day, most) in sorted(days.items()) if most > 0
    ]
    given = recordset(rows, {"chat_id": Uuid(), "day": Date(), "most": Integer()})
    query = insert(AlertDay).from_select(
        ["chat_id", "day", "told", "most"],
        select(given.c.chat_id, given.c.day, cast(literal(1), Integer), given.c.most).order_by(
            given.c.chat_id
        ),
    )
    counted = query.on_conflict_do_update(
        index_elements=["chat_id", "day"],
        set_={"told": AlertDay.told + 1, "most": query.excluded.most},
        where=AlertDay.told < query.excluded.most,
    )
    return set(session.scalars(counted.returning(AlertDay.chat_id)))


def told_on(session: Session, chat_id: UUID, day: date) -> int:
    """How many alerts a chat was told on a day of its user's."""
    return session.scalar(select(AlertDay.told).where(AlertDay.chat_id == chat_id, AlertDay.day == day)) or 0


def put_message(
    session: Session,
    message_id: UUID,
    language: str,
    html: str,
    *,
    now: datetime,
    chat_id: UUID | None = None,
) -> None:
    """Keeps a text, unless it is kept; one that is for a chat alone falls with it."""
    row = {"id": message_id, "language": language, "html": html, "made_at": now, "chat_id": chat_id}
    session.execute(insert(AlertMessage).values(row).on_conflict_do_nothing())


def add_deliveries(session: Session, rows: Sequence[Mapping[str, Any]]) -> list[UUID]:
    """Adds deliveries; gives the ids of those that were not there, in the order of `rows`."""
    added: set[UUID] = set()
    for start in range(0, len(rows), PER_STATEMENT):
        chunk = [dict(row) for row in rows[start : start + PER_STATEMENT]]
        query = insert(Delivery).values(chunk).on_conflict_do_nothing().returning(Delivery.id)
        added |= set(session.scalars(query))
    return [row["id"] for row in rows if row["id"] in added]


def chats_to_digest(session: Session, *, now: datetime, limit: int) -> list[UUID]:
    """Chats with held alerts whose quiet hours have ended."""
    query = select(Alert.chat_id).where(Alert.state == "held", Alert.held_until <= now).distinct()
    return list(session.scalars(query.order_by(Alert.chat_id).limit(limit)))


def take_held(session: Session, chat_id: UUID, *, now: datetime) -> Sequence[Row[UUID, str, str, str, str]]:
    """A chat's held alerts that are due, oldest first, marked as digested.

    Each has its id, its stock's name and code, its story's title, and the address of the story's first article.
    """
    due = (Alert.chat_id == chat_id, Alert.state == "held", Alert.held_until <= now)
    taken = update(Alert).where(*due).values(state="digested").returning(Alert.id)
    ids = list(session.scalars(taken))
    query = (
        select(Alert.id, Stock.name, Alert.stock_code, Story.title, Article.url)
        .join(Stock, Stock.code == Alert.stock_code)
        .join(Story, Story.id == Alert.story_id)
        .join(StoryFounder, StoryFounder.story_id == Alert.story_id)
        .join(Article, Article.id == StoryFounder.article_id)
        .where(Alert.id.in_(ids))
        .order_by(Alert.decided_at, Alert.id)
    )
    return session.execute(query).all()


def prune(session: Session, *, before: datetime) -> None:
    """Drops the days that were counted and the cooldowns that ended before a moment."""
    session.execute(delete(AlertDay).where(AlertDay.day < before.date()))
    session.execute(delete(AlertCooldown).where(AlertCooldown.free_at < before))


def forget(session: Session, *, before: datetime) -> int:
    """Drops some of what was made before a moment, the oldest first: alerts, deliveries, and texts that nobody was sent
    since. Returns how many."""
    is_sent = select(Delivery.id).where(Delivery.message_id == AlertMessage.id).exists()
    forgotten = 0
    for table, made_at, last in (
        (Alert, Alert.decided_at, true()),
        (Delivery, Delivery.made_at, true()),
        (AlertMessage, AlertMessage.made_at, ~is_sent),
    ):
        oldest = select(table.id).where(made_at < before, last).order_by(made_at).limit(PER_STATEMENT)
        done = session.connection().execute(delete(table).where(table.id.in_(oldest)))
        forgotten += done.rowcount
    return forgotten
