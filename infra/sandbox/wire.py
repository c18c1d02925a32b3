"""Writes what most of a day's news is: routine, about firms that nobody follows, or about none. It moves no price."""

import random
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import count

from infra.sandbox import firms, newsroom, outlets, texts
from infra.sandbox.entities import Article, Company
from infra.sandbox.texts_routine import GENRES, Genre

PER_STORY = 2  # of these for each story about a company of the sample
FIRST_NO, FIRST_STORY, STEP = 13_100_000, 1_000_000, 30
FIGURES = 100_000  # the last five, by which and its day one outlet tells its articles apart
PERCENT, NUMBER = (2, 9), (11, 99)


def write(
    rng: random.Random,
    companies: Sequence[Company],
    sessions: Sequence[date],
    stories_per_session: int,
    taken: Collection[int],
) -> tuple[Article, ...]:
    """The routine articles of these sessions in the order of time, reprints included; each story has its own number.

    A text comes again after four sessions at the earliest, as long as there are no more than 20 stories a session.
    `taken` are the numbers of other articles: none of these ends in the five figures of one of them.
    """
    used: Counter[str] = Counter()
    drafts: list[Article] = []
    for day in sessions:
        for _ in range(PER_STORY * stories_per_session):
            genre = GENRES[used.total() % len(GENRES)]
            drafts += _told(rng, genre, used[genre.name], companies, day, FIRST_STORY + used.total())
            used[genre.name] += 1
    drafts.sort(key=lambda draft: (draft.published_at, draft.story, draft.reprint))
    return tuple(_numbered(drafts, {no % FIGURES for no in taken}))


def _numbered(drafts: Sequence[Article], endings: Collection[int]) -> Iterator[Article]:
    no = FIRST_NO
    for draft in drafts:
        no = next(one for one in count(no + STEP) if one % FIGURES not in endings)
        yield replace(draft, no=no)


def _told(
    rng: random.Random, genre: Genre, place: int, companies: Sequence[Company], day: date, story: int
) -> Iterator[Article]:
    """A story's articles at their outlets."""
    title, paragraphs = _text(rng, genre, place, companies)
    authors = rng.sample(texts.AUTHORS, len(newsroom.REPRINTS))
    first = Article(0, newsroom.moment(rng, day), title, paragraphs, authors[0], story, False, "")
    copies = rng.choices(range(len(newsroom.REPRINTS)), weights=newsroom.REPRINTS)[0]
    reprints = [_reprint(rng, first, author) for author in authors[1 : copies + 1]]
    return outlets.spread(rng, [first, *reprints])


def _reprint(rng: random.Random, first: Article, author: str) -> Article:
    title = rng.choice(texts.RETITLES).format(title=first.title)
    delay = timedelta(seconds=rng.randint(*newsroom.REPRINT_DELAY_S))
    return replace(first, title=title, author=author, published_at=first.published_at + delay, reprint=True)


def _text(
    rng: random.Random, genre: Genre, place: int, companies: Sequence[Company]
) -> tuple[str, tuple[str, ...]]:
    """The `place`-th text of a genre: as in a Latin square, two share one of their three parts at most."""
    size = len(genre.leads)
    row, column = divmod(place % size**2, size)
    title, sentence = genre.leads[column]
    detail, closing = genre.details[(row + column) % size], genre.closings[(row + 2 * column) % size]
    words = newsroom.words(_name(rng, genre, companies)) | {
        "n": str(rng.randint(*PERCENT)),
        "m": str(rng.randint(*NUMBER)),
    }
    return title.format(**words), tuple(part.format(**words) for part in (sentence, detail, closing))


def _name(rng: random.Random, genre: Genre, companies: Sequence[Company]) -> str:
    if genre.about == "listed":
        return rng.choice(companies).name
    return rng.choice(firms.unlisted()).name if genre.about == "other" else "-"
