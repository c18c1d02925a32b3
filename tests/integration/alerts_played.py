"""Alerts from a sealed case to the sandbox's chat: rows, a clock, and the sandbox as its operator sees it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
import requests
from sqlalchemy import select

from infra.local.platform import Platform
from infra.local.world import World
from nunchi import clock, database, ids
from nunchi.adapters import archive
from nunchi.ledger.service import seal
from nunchi.models import Alert, AlertRule, Case, Delivery, Stock, StoryFounder, User
from nunchi.models.base import Base
from nunchi.notify import linking
from nunchi.notify.repository import chats, people
from tests import factories
from tests.conftest import forget_clients
from tests.factories import NOON
from tests.integration.accounts_played import Hands

CODE = "990010"
SURE = (0.1, 0.2, 0.7)
TOLD: dict[str, Any] = {"stocks": "all"}


@dataclass
class Bot:
    """The platform, the sandbox, and the hands of the clock that both are played by."""

    running: Platform
    url: str
    hands: Hands = field(default_factory=lambda: Hands(NOON + timedelta(minutes=5)))
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(1001, 9999)))

    def control(self, method: str, path: str = "", body: Any = None) -> Any:
        answer = requests.request(method, f"{self.url}/_control/telegram{path}", json=body, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def sent(self, chat: int) -> list[str]:
        """The texts that came into a chat."""
        return [message["text"] for message in self.control("GET", f"/chats/{chat}")]

    def become(self, chat: int, state: str, migrated_to: int = 0) -> None:
        self.control("PUT", f"/chats/{chat}", {"state": state, "migrated_to": migrated_to})

    def seal(self) -> None:
        """Seals what was forecast, as the schedule does."""
        assert seal(archive.put, clock.now)["sealed"]

    def drain(self) -> None:
        self.running.pump.drain(self.now)

    def relay(self) -> None:
        self.running.invoke("RelayFunction", {"scheduled_time": self.now.isoformat()})
        self.drain()

    def fire(self, function: str) -> Any:
        return self.running.invoke(function, {"scheduled_time": self.now.isoformat()})

    @property
    def now(self) -> datetime:
        return self.hands.now

    def pass_by(self, **by: float) -> None:
        self.hands.move(**by)

    def subscriber(self, name: str, *, chat: int | None = None, **rule: Any) -> int:
        """A user with a linked chat and a rule; gives the chat's number."""
        number = chat or next(self.numbers)
        user = person(name)
        with database.session() as session:
            session.add(user)
            session.flush()
            chats.link(session, user.id, str(number), number, now=NOON)
            people.add_preferences(session, user.id, linking.DEFAULTS)
            linking.add_rule(session, user.id, linking.RULE_DEFAULTS | TOLD | rule, now=NOON)
        return number


def person(name: str) -> User:
    """An account that nobody logs in to: hashing a password takes its time."""
    return User(
        id=ids.derive("user", name),
        email=f"{name}@example.com",
        nickname=name,
        nickname_key=name,
        password_hash="",
        role="user",
        created_at=NOON,
    )


@contextmanager
def playing(running: Platform, url: str, patch: pytest.MonkeyPatch) -> Iterator[Bot]:
    """A bot that the sandbox knows, at noon."""
    for name, value in World(url).settings().items():
        if name.startswith("TELEGRAM_"):
            patch.setenv(name, value)
    forget_clients()
    bot = Bot(running, url)
    bot.control("DELETE")
    bot.control("PUT", "/limits", {})
    with clock.driven_by(lambda: bot.now):
        yield bot


def opened(
    mark: str = "a",
    code: str = CODE,
    *,
    as_of: datetime = NOON,
    source: str = "maekyung",
    title: str | None = None,
    **evidence: Any,
) -> UUID:
    """A case of a story of its own, stored with all that it hangs on."""
    story = factories.story(mark, known_at=as_of)
    if title is not None:
        story.title = title
    article = factories.article(sum(map(ord, mark)), known_at=as_of, source=source)
    case = factories.case(story, code, as_of=as_of, **evidence)
    with database.session() as session:
        if session.get(Stock, code) is None:
            session.add(factories.stock(code, name="다온솔전자" if code == CODE else f"표본 {code}"))
        session.add_all([story, article])
        session.flush()
        session.add(StoryFounder(story_id=story.id, article_id=article.id, companies=[code]))
        session.add(case)
        return case.id


def forecast(
    case_id: UUID,
    arm: str = "prior",
    probabilities: tuple[float, float, float] = SURE,
    *,
    at: datetime = NOON,
    impact: str | None = None,
) -> None:
    """An arm's forecast of a case, three horizons."""
    with database.session() as session:
        case = session.get_one(Case, case_id)
        answer = factories.answer(case, arm, created_at=at)
        answer.impact = impact
        session.add(answer)
        session.flush()
        session.add_all([factories.forecast(answer, horizon, probabilities) for horizon in (1, 3, 5)])


def told(bot: Bot, mark: str = "a", **options: Any) -> UUID:
    """A story that is forecast, sealed, and told to whoever wants it."""
    case_id = opened(mark, as_of=bot.now - timedelta(minutes=2), **options)
    forecast(case_id, at=bot.now - timedelta(minutes=2))
    bot.seal()
    bot.drain()
    return case_id


def rows(table: type[Base], *order: Any) -> list[Any]:
    with database.session() as session:
        return list(session.scalars(select(table).order_by(*order)))


def states() -> list[str]:
    """What became of each delivery, in the order of their making."""
    return [one.state for one in rows(Delivery, Delivery.made_at, Delivery.id)]


def alerts() -> list[tuple[str, str]]:
    return [(one.state, one.reason) for one in rows(Alert, Alert.decided_at, Alert.id)]


def quiet(begins: time, to: time) -> None:
    """Gives every user the same quiet hours."""
    with database.session() as session:
        for user_id in session.scalars(select(AlertRule.user_id).distinct()):
            people.change_preferences(session, user_id, {"quiet_from": begins, "quiet_to": to})
