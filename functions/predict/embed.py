"""Embed ← ArticleStored: the article's story, its vector, and a case for each stock it is about."""

from datetime import datetime

from nunchi.adapters import embeddings, milvus
from nunchi.embed import service
from nunchi.events import ArticleStored
from nunchi.market.calendar import xkrx
from nunchi.queues import Write, consumer


@consumer(ArticleStored)
def handler(message: ArticleStored, now: datetime) -> Write:
    return service.work(message.article_id, embeddings.embed, milvus, xkrx(), now=now)
