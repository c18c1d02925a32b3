"""Embed ← ArticleStored: the article's story, its vector, and a case for each stock it is about."""

from datetime import datetime

from nunchi import database
from nunchi.embed import collections, service
from nunchi.events import ArticleStored
from nunchi.market import known
from nunchi.queues import Write, consumer


@consumer(ArticleStored)
def handler(message: ArticleStored, now: datetime) -> Write:
    with database.session() as session:
        calendar = known.calendar(session)
        collection = collections.in_use(session, now=now)
    embed, vectors = collections.opened(collection)
    write = service.work(message.article_id, embed, vectors, calendar, now=now)
    return collections.guarded(write, collection.name)
