"""What was read: excerpt and link, never the whole body."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter

from api.dependencies import PRINTABLE, DatabaseSession, Moment, Now, StockCode, public
from api.news import ArticleLine, ReactionLine, StoryLine, article_line, reaction_lines, story_line
from api.paging import Cursor, Order, Page, PageSize
from api.problems import Problem, Wrong
from nunchi.articles import repository
from nunchi.articles.repository import Wanted
from nunchi.articles.rules import Kind, words
from nunchi.predict import past
from nunchi.stories import repository as stories

router = APIRouter(prefix="/articles", tags=["articles"], dependencies=[public])
ORDER = Order(TypeAdapter(tuple[AwareDatetime, UUID]))
MOST_SIMILAR = 50
SIMILARITY_DIGITS = 3

Source = Annotated[
    str | None, Query(pattern=r"^[a-z_]{1,30}$", description="A source's name.", examples=["dart"])
]
Since = Annotated[Moment | None, Query(alias="from", description="Known at or after this moment.")]
Before = Annotated[Moment | None, Query(alias="to", description="Known before this moment.")]
Typed = Annotated[
    str,
    Query(
        alias="q",
        max_length=100,
        pattern=PRINTABLE,
        description=(
            "Titles that hold every one of these words, also within longer words, regardless of the case of Latin "
            "letters, width and composition. No endings are stripped. One word needs two letters or more."
        ),
        examples=["공급계약 체결"],
    ),
]


class ArticleDetail(ArticleLine):
    story: StoryLine | None
    reactions: list[ReactionLine] = Field(description="As far as they are complete and known now.")


class SimilarStory(BaseModel):
    story: StoryLine
    article_id: UUID | None = Field(description="The article that founded it.")
    similarity: float = Field(description="The cosine of both vectors, -1 to 1.")
    reactions: list[ReactionLine]


class Similar(BaseModel):
    comparable: bool = Field(description="Only stories about followed stocks have a vector to compare.")
    stories: list[SimilarStory] = Field(description="The most similar first.")


def _words(typed: Typed = "") -> list[str]:
    try:
        return words(typed)
    except ValueError:
        raise Problem(422, "invalid", wrong=[Wrong("query.q", "words")]) from None


@router.get("")
def list_articles(
    session: DatabaseSession,
    sought: Annotated[list[str], Depends(_words)],
    stock_code: StockCode | None = None,
    source: Source = None,
    kind: Kind | None = None,
    since: Since = None,
    before: Before = None,
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> Page[ArticleLine]:
    """The newest articles, of all or of those asked for. A stock's are those of the stories about it."""
    wanted = Wanted(stock_code, source, kind, since, before, sought)
    found = repository.newest(session, wanted, limit=limit + 1, after=ORDER.after(cursor))
    return ORDER.page(found, limit, lambda article: (article.known_at, article.id), article_line)


@router.get("/{article_id}")
def get_article(article_id: UUID, session: DatabaseSession, now: Now) -> ArticleDetail:
    """One article with its story, the stocks that this is about, and what they did after it."""
    found = repository.shown(session, article_id)
    told = [found.story_id] if found.story_id else []
    story = next((story_line(*one) for one in stories.with_stocks(session, told)), None)
    followed = past.reactions(session, told, now=now).get(found.story_id, [])
    return ArticleDetail(**article_line(found).model_dump(), story=story, reactions=reaction_lines(followed))


@router.get("/{article_id}/similar")
def similar_stories(
    article_id: UUID,
    now: Now,
    limit: Annotated[int, Query(ge=1, le=MOST_SIMILAR, description="How many stories at most.")] = 10,
) -> Similar:
    """Past stories like this article's, with what followed them, as far as it is complete and known now."""
    found = past.like(article_id, limit=limit, now=now)
    shown = [
        SimilarStory(
            story=story_line(one.story, one.stocks),
            article_id=one.founder,
            similarity=round(one.similarity, SIMILARITY_DIGITS),
            reactions=reaction_lines(one.reactions),
        )
        for one in found or ()
    ]
    return Similar(comparable=found is not None, stories=shown)
