"""Embed ← ArticleStored: the article's story, its vector, and a case for each stock it is about."""

from datetime import datetime

from nunchi import database
from nunchi.adapters import embeddings, milvus
from nunchi.embed import service
from nunchi.events import ArticleStored
from nunchi.market import known
from nunchi.queues import Write, consumer


@consumer(ArticleStored)
def handler(message: ArticleStored, now: datetime) -> Write:
    with database.session() as session:
        calendar = known.calendar(session)
    return service.work(message.article_id, embeddings.embed, milvus, calendar, now=now)
