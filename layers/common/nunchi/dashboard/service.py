"""What the dashboard shows that takes more than one read."""

import json
from dataclasses import asdict

from nunchi import database
from nunchi.adapters import redis
from nunchi.dashboard import repository
from nunchi.dashboard.repository import Watched

REMEMBERED_S = 60


def most_watched(limit: int) -> list[Watched]:
    """The most watched stocks, counted once a minute for all who ask; each time while Redis is away.

    The count is a transaction of its own: none is open while Redis is waited for.
    """
    key = f"dashboard:most_watched:{limit}"
    if remembered := redis.recall(key):
        return [Watched(**one) for one in json.loads(remembered)]
    with database.session() as session:
        found = repository.most_watched(session, limit)
    redis.remember(key, json.dumps([asdict(one) for one in found]), ttl_s=REMEMBERED_S)
    return found
