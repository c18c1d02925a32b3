"""What is forgotten of who was told what: after ninety days, and with an account; and that no table is gone through."""

from collections.abc import Iterator
from datetime import time, timedelta

import pytest
from sqlalchemy import Table, UniqueConstraint, text
from sqlalchemy.orm import Session

from nunchi import database
from nunchi.accounts import repository as accounts
from nunchi.models import Alert, AlertMessage, Chat, Delivery, User
from nunchi.models.base import Base
from nunchi.notify.repository import alerts, chats
from tests.factories import NOON
from tests.integration.alerts_played import Bot, quiet, rows, told
from tests.integration.plans_read import planned, scanned

# what stays when an account is deleted: it names nobody
LEFT = {"AlertMessage"}
OWNERS = ("users", "chats", "alert_messages", "watchlists", "token_families")


def kept() -> tuple[int, int, int]:
    return len(rows(Alert)), len(rows(Delivery)), len(rows(AlertMessage))


def test_what_was_told_is_forgotten_after_ninety_days_with_its_text(bot: Bot) -> None:
    bot.subscriber("minji")
    told(bot)
    bot.pass_by(days=89)
    bot.fire("DigestFunction")
    assert kept() == (1, 1, 1)
    bot.pass_by(days=2)
    bot.fire("DigestFunction")
    assert kept() == (0, 0, 0)


def test_a_text_is_kept_as_long_as_a_delivery_of_it(bot: Bot) -> None:
    bot.subscriber("minji")
    told(bot)
    with database.session() as session:
        session.query(Delivery).update({"made_at": bot.now + timedelta(days=5)})
    bot.pass_by(days=91)
    bot.fire("DigestFunction")
    assert kept() == (0, 1, 1)


def digested(bot: Bot) -> None:
    """Two users who were told of one story, one of them by a digest of their own."""
    bot.subscriber("minji")
    quiet(time(12), time(13))
    bot.subscriber("jisu")
    told(bot)
    bot.pass_by(hours=1)
    bot.fire("DigestFunction")
    bot.drain()
    assert kept() == (2, 2, 2)


def delete(name: str) -> None:
    with database.session() as session:
        (user,) = session.query(User).filter_by(nickname=name)
        accounts.delete_user(session, user.id)


def test_a_deleted_account_takes_its_chat_its_alerts_and_its_own_texts_along(bot: Bot) -> None:
    digested(bot)
    delete("minji")
    assert kept() == (1, 1, 1)
    assert "장중" in rows(AlertMessage)[0].html  # the digest is gone
    assert len(rows(Chat)) == 1


def test_when_all_are_deleted_nothing_is_left_but_a_text_that_names_nobody(bot: Bot) -> None:
    digested(bot)
    for name in ("minji", "jisu"):
        delete(name)
    tables = [one for one in Base.__subclasses__() if one.__module__.endswith(".notifying")]
    assert {table.__name__ for table in tables if rows(table)} == LEFT
    (text_of_all,) = rows(AlertMessage)
    assert text_of_all.chat_id is None


DELETES = {
    "forget": lambda s: alerts.forget(s, before=NOON),
    "prune": lambda s: alerts.prune(s, before=NOON),
}


@pytest.fixture
def planning(environment: dict[str, str]) -> Iterator[Session]:
    """A session whose plans go through a whole table only where no index serves."""
    with database.session() as session:
        session.execute(text("SET LOCAL enable_seqscan = off"))
        yield session
        session.rollback()


@pytest.mark.parametrize("name", DELETES)
def test_nothing_is_forgotten_by_going_through_a_table(planning: Session, name: str) -> None:
    plans = planned(planning, DELETES[name])
    assert set[str]().union(*map(scanned, plans)) == set()


def test_updates_and_links_are_pruned_by_their_time(planning: Session) -> None:
    """The links are few: a user has one at most."""
    plans = planned(planning, lambda s: chats.prune_updates(s, before=NOON))
    assert set[str]().union(*map(scanned, plans)) <= {"chat_links"}


def test_every_row_that_falls_with_another_is_found_by_an_index() -> None:
    missing = {
        (table.name, *key.column_keys)
        for table in Base.metadata.sorted_tables
        for key in table.foreign_key_constraints
        if key.referred_table.name in OWNERS and not _is_led(table, list(key.column_keys))
    }
    assert missing == set()


def _is_led(table: Table, columns: list[str]) -> bool:
    unique = [one.columns for one in table.constraints if isinstance(one, UniqueConstraint)]
    led = [table.primary_key.columns, *unique, *(index.columns for index in table.indexes)]
    return any([column.name for column in found][: len(columns)] == columns for found in led)
