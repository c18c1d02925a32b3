"""What was read: excerpt and link, never the whole body."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel

from api.dependencies import DatabaseSession, Limit, StockCode, public
from nunchi.articles import repository
from nunchi.articles.rules import lead

router = APIRouter(prefix="/articles", tags=["articles"], dependencies=[public])


class ArticleLine(BaseModel):
    id: UUID
    source: str
    url: str
    title: str
    excerpt: str
    author: str
    published_at: AwareDatetime
    known_at: AwareDatetime
    story_id: UUID | None


@router.get("")
def list_articles(
    session: DatabaseSession, stock_code: StockCode | None = None, limit: Limit = 50
) -> list[ArticleLine]:
    """The newest articles, of one stock or of all."""
    return [
        ArticleLine(
            id=article.id,
            source=article.source,
            url=article.url,
            title=article.title,
            excerpt=lead(article.body),
            author=article.author,
            published_at=article.published_at,
            known_at=article.known_at,
            story_id=article.story_id,
        )
        for article in repository.newest(session, stock_code=stock_code, limit=limit)
    ]
