"""The subscribers of the hot story, and the sealed case that all of them are told of."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert

from nunchi import clock, database, ids
from nunchi.adapters import archive
from nunchi.ledger.service import seal
from nunchi.models import AlertPreferences, AlertRule, Chat, StoryFounder, User
from nunchi.notify import linking
from tests import factories

SUBSCRIBERS, FIRST_CHAT, CODE = 10_000, 10_000_000, "980001"


def subscribe(session: Any) -> None:
    """Accounts with a chat and a rule each; those that are there from before are told of nothing."""
    session.query(AlertRule).update({"active": False})
    now = clock.now()
    owners = [ids.derive("user", "hot", number) for number in range(SUBSCRIBERS)]
    users = [
        {
            "id": owner,
            "email": f"hot{place}@example.com",
            "nickname": f"hot{place}",
            "nickname_key": f"hot{place}",
        }
        | {"password_hash": "", "role": "user", "created_at": now}
        for place, owner in enumerate(owners)
    ]
    chats = [
        {"id": ids.derive("chat", owner), "user_id": owner, "purpose": "user", "active": True}
        | {"telegram_id": str(FIRST_CHAT + place), "linked_by": place, "linked_at": now}
        for place, owner in enumerate(owners)
    ]
    wanted = linking.RULE_DEFAULTS | {"stocks": "all", "created_at": now}
    rules = [{"id": ids.derive("rule", owner), "user_id": owner} | wanted for owner in owners]
    preferences = [{"user_id": owner} | linking.DEFAULTS for owner in owners]
    for table, rows in ((User, users), (Chat, chats), (AlertRule, rules), (AlertPreferences, preferences)):
        session.execute(insert(table), rows)


def seal_story(now: datetime) -> None:
    """A case of the hot story, forecast and sealed."""
    story = factories.story("hot", known_at=now)
    article = factories.article(980_001, known_at=now)
    case = factories.case(story, CODE, as_of=now)
    answer = factories.answer(case, created_at=now)
    with database.session() as session:
        session.add_all([factories.stock(CODE, name="표본 뜨거운"), story, article])
        session.flush()
        session.add(StoryFounder(story_id=story.id, article_id=article.id, companies=[CODE]))
        session.add(case)
        session.flush()
        session.add(answer)
        session.flush()
        session.add_all([factories.forecast(answer, horizon, (0.1, 0.2, 0.7)) for horizon in (1, 3, 5)])
    seal(archive.put, lambda: now + timedelta(minutes=1))
