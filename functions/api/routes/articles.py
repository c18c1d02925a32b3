"""What was read: excerpt and link, never the whole body."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, TypeAdapter

from api.dependencies import DatabaseSession, StockCode, public
from api.paging import Cursor, Order, Page, PageSize
from nunchi.articles import repository
from nunchi.articles.rules import lead
from nunchi.models import Article

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


ORDER = Order(TypeAdapter(tuple[AwareDatetime, UUID]))


@router.get("")
def list_articles(
    session: DatabaseSession,
    stock_code: StockCode | None = None,
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> Page[ArticleLine]:
    """The newest articles, of one stock or of all."""
    found = repository.newest(session, stock_code=stock_code, limit=limit + 1, after=ORDER.after(cursor))
    return ORDER.page(found, limit, lambda article: (article.known_at, article.id), _line)


def _line(article: Article) -> ArticleLine:
    return ArticleLine(
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
