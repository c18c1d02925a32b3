"""From a stored article to the questions that it raises: its story, its vector, and a case for each stock."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy.orm import Session

from nunchi import database, outbox
from nunchi.adapters.milvus_rows import StoryVector
from nunchi.articles import repository as articles
from nunchi.articles.rules import lead
from nunchi.embed import nearest
from nunchi.embed.nearest import Vectors
from nunchi.events import ArticleStored, ForecastDue
from nunchi.market.calendar import Calendar
from nunchi.market.rules import reacted_before
from nunchi.match import repository as names
from nunchi.match.rules import ABOUT, match
from nunchi.models.articles import Article
from nunchi.models.forecasts import Case
from nunchi.models.stories import Story
from nunchi.observability import count
from nunchi.predict import baselines, cases, triage
from nunchi.predict import repository as predictions
from nunchi.queues import Write
from nunchi.stories import repository as stories
from nunchi.stories import rules
from nunchi.stories.repository import Told
from nunchi.stories.rules import Founder

AT_WORK = timedelta(hours=1)  # how long an article's message may have been waiting, for others to wait for it
COMPARED = 50  # of the articles that wait, those that came last


@dataclass(frozen=True)
class Reading:
    """What an article says, how relevant it is to which tracked stocks, and whether its story was told before."""

    told: Told
    stocks: dict[str, float]
    told_before: bool

    @property
    def is_news(self) -> bool:
        """Whether it raises a question: about a stock that we forecast, and for the first time."""
        return bool(self.stocks) and not self.told_before


def work(
    article_id: UUID,
    embed: Callable[[Sequence[str]], list[list[float]]],
    vectors: Vectors,
    calendar: Calendar,
    *,
    now: datetime,
) -> Write:
    """Reads an article and embeds its story; returns the write that settles its story and opens its cases.

    An earlier article that tells the same and waits for its own message is worked in its place, and it itself again
    after that. Another article may still found the story between reading and write. Then the write joins it, opens no
    case, and the vector stays behind: no reaction belongs to it, so no case ever shows it.
    """
    with database.session() as session:
        reading = read(session, article_id, as_of=now)
        earlier = _founder_at_work(session, reading, now) if reading.is_news else None
    if earlier is not None:
        first = work(earlier, embed, vectors, calendar, now=now)
        return partial(_write_earlier, first=first, later=article_id, now=now)
    if not reading.is_news:
        return partial(_write, reading=reading, opened=[], now=now)
    story = stories.founded_by(reading.told.article)
    vector = embed([text_of(story)])[0]
    # no younger story has a reaction by now; after a run that died, the story itself may be among the older ones
    before = reacted_before(now, calendar)
    found = nearest.find(vectors, vector, reading.stocks, but=story.id, before=before)
    vectors.upsert([StoryVector(story.id, story.known_at, tuple(sorted(reading.stocks)), vector)])
    with database.session() as session:
        founder = reading.told.article.id
        opened = cases.open_all(
            session, story, reading.stocks, found, calendar, article_id=founder, as_of=now
        )
    return partial(_write, reading=reading, opened=opened, now=now)


def read(session: Session, article_id: UUID, *, as_of: datetime) -> Reading:
    """What an article is about, and whether a story known at `as_of` tells it. Raises `NotFound`."""
    article = articles.article(session, article_id)
    about = _about(session, article)
    told = stories.read(article, tuple(about))
    tracked = names.tracked(session, about)
    before = stories.story_of(session, told, as_of=as_of) is not None
    return Reading(told, {code: about[code] for code in tracked}, before)


def _founder_at_work(session: Session, reading: Reading, now: datetime) -> UUID | None:
    """The earlier article whose story this one would join, had its own message been worked first; None without one.

    So what is forecast does not depend on the order of the messages. One that can't be worked holds up nobody for
    longer than `AT_WORK`.
    """
    article, since = reading.told.article, now - AT_WORK
    for other in articles.unsettled_before(session, article, since=since, limit=COMPARED):
        # whom it is about takes longer to tell than that it is about something else
        if not rules.likeness(reading.told.telling, rules.telling(other.title, other.body, ())).shared_text:
            continue
        theirs = read(session, other.id, as_of=now)
        founder = Founder(other.id, other.known_at, theirs.told.telling)
        if not theirs.told_before and rules.best(reading.told.telling, [founder]):
            return other.id
    return None


def _write_earlier(session: Session, *, first: Write, later: UUID, now: datetime) -> None:
    """Writes an earlier article's story, and has the later article worked once more."""
    first(session)
    outbox.add(session, ArticleStored(article_id=later), correlation_id=str(later), now=now)


def text_of(story: Story) -> str:
    """What of a story is embedded: its title and its first sentence."""
    return f"{story.title}\n{story.lead}"


def _about(session: Session, article: Article) -> dict[str, float]:
    if article.stock_code:
        return {article.stock_code: 1.0}
    found = match(article.title, article.body, names.listing(session))
    return {one.code: one.relevance for one in found if one.relevance >= ABOUT}


def _routine(article: Article) -> str:
    """Why an article's story is not put to models that cost; "" where it is. Disclosures always are."""
    return "" if article.stock_code else triage.routine(article.title, lead(article.body))


def _write(session: Session, *, reading: Reading, opened: list[Case], now: datetime) -> None:
    if not stories.settle(session, reading.told, reading.stocks):
        return
    arms = predictions.active_arms(session)
    routine = _routine(reading.told.article)
    if routine and opened:
        count("RoutineStories", rule=routine)
        arms = [arm for arm in arms if arm.provider == baselines.PROVIDER]
    for case in opened:
        case.routine = routine
        case.asked = [arm.name for arm in arms]
        case.correlation_id = str(reading.told.article.id)
    session.add_all(opened)
    session.flush()
    for case in opened:
        for arm in arms:
            due = ForecastDue(case_id=case.id, arm=arm.name, provider=arm.provider)
            outbox.add(session, due, correlation_id=case.correlation_id, now=now)
