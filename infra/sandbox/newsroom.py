"""Writes the sample market's news: which stories happen when, the articles that tell them, and their reprints."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from infra.sandbox import companies, outlets, texts
from infra.sandbox.entities import SEOUL, Article, Company, Story
from infra.sandbox.kind import Kind

REPEAT_AFTER = 10  # sessions before a company has the same kind of story again
EFFECT_SESSIONS = 5  # over which an effect unfolds
FIRST_NO = 12_100_000
CLOSE = time(15, 30)
# share, from, to: when articles appear on a session's day in Seoul
HOURS = ((0.30, time(6), time(8, 50)), (0.45, time(9, 5), time(15, 15)), (0.25, time(15, 45), time(22)))
REPRINTS = (0.74, 0.18, 0.07, 0.01)  # shares of stories with 0, 1, 2, 3 reprints: 0.35 on average
REPRINT_DELAY_S = (3 * 60, 5 * 3600)


@dataclass(frozen=True)
class Told:
    """A story, the company it is about, and its first article's text and time."""

    story: Story
    company: Company
    kind: Kind
    title: str
    first_sentence: str
    published_at: datetime


def tell(
    rng: random.Random,
    listed: Sequence[Company],
    sessions: Sequence[date],
    per_session: int,
    *,
    effects: bool,
) -> list[Told]:
    """Stories in the order of sessions, at most one a company and session. The draws don't depend on `effects`."""
    told: list[Told] = []
    last: dict[tuple[str, str], int] = {}  # when a company last had a story of a kind
    for place, session in enumerate(sessions):
        for company in rng.sample(listed, min(_about(rng, per_session), len(listed))):
            kind = rng.choice(_fresh_kinds(company, place, last))
            last[company.code, kind.name] = place
            effect = kind.effect if effects else 0.0
            story = Story(len(told) + 1, company.code, kind.name, session, effect)
            told.append(_told(rng, story, company, kind))
    return told


def _about(rng: random.Random, mean: int) -> int:
    spread = mean // 5
    return mean + rng.randint(-spread, spread)


def _fresh_kinds(company: Company, place: int, last: dict[tuple[str, str], int]) -> list[Kind]:
    return [
        kind
        for kind in texts.KINDS
        if (companies.is_medical(company) or not kind.medical)
        and last.get((company.code, kind.name), -REPEAT_AFTER) <= place - REPEAT_AFTER
    ]


def _told(rng: random.Random, story: Story, company: Company, kind: Kind) -> Told:
    # a company's desk has two ways to tell each kind, with one number, so that few texts have to be embedded
    habits = random.Random(f"{company.code} {kind.name}")
    title, sentence = rng.choice(habits.sample(kind.leads, min(2, len(kind.leads))))
    said = words(company.name) | {"n": habits.choice(kind.numbers)}
    published_at = moment(rng, story.session)
    return Told(story, company, kind, title.format(**said), sentence.format(**said), published_at)


def words(name: str) -> dict[str, str]:
    """A name, and with the particles that follow it."""
    closed = (ord(name[-1]) - 0xAC00) % 28 != 0  # the last syllable ends in a consonant
    return {
        "name": name,
        "topic": name + ("은" if closed else "는"),
        "subject": name + ("이" if closed else "가"),
    }


def moment(rng: random.Random, day: date) -> datetime:
    """When an article of a session's day appears."""
    _, first, end = rng.choices(HOURS, weights=[share for share, _, _ in HOURS])[0]
    start = datetime.combine(day, first, tzinfo=SEOUL)
    span = datetime.combine(day, end, tzinfo=SEOUL) - start
    return start + timedelta(seconds=rng.randrange(int(span.total_seconds())))


def entry_place(told: Told, sessions: Sequence[date]) -> int:
    """The place of the session in which a reader of the story could enter.

    It is the story's own session, at its open or its close, or the next one when the story came after the close.
    """
    return sessions.index(told.story.session) + (told.published_at.time() >= CLOSE)


def publish(rng: random.Random, desks: random.Random, told: Sequence[Told]) -> tuple[Article, ...]:
    """Every article, reprints included, numbered in the order of time.

    `desks` decides where they appear, and what a reprint changes; `rng` all else, with draws that don't depend on it.
    """
    drafts = sorted(
        (draft for one in told for draft in outlets.spread(desks, list(_drafts(rng, one)))),
        key=lambda draft: (draft.published_at, draft.story, draft.reprint),
    )
    return tuple(_numbered(rng, drafts))


def _numbered(rng: random.Random, drafts: Sequence[Article]) -> Iterator[Article]:
    no = FIRST_NO
    for draft in drafts:
        no += rng.randint(1, 60)  # other desks publish in between
        yield replace(draft, no=no)


def _drafts(rng: random.Random, told: Told) -> Iterator[Article]:
    authors = rng.sample(texts.AUTHORS, len(REPRINTS))
    yield _draft(rng, told, told.title, authors[0], timedelta(), reprint=False)
    count = rng.choices(range(len(REPRINTS)), weights=REPRINTS)[0]
    for author in authors[1 : count + 1]:
        title = _respaced(rng, rng.choice(texts.RETITLES).format(title=told.title))
        yield _draft(rng, told, title, author, timedelta(seconds=rng.randint(*REPRINT_DELAY_S)), reprint=True)


def _respaced(rng: random.Random, title: str) -> str:
    # desks disagree on commas and on the dots that join two halves of a title
    return title.replace(", ", rng.choice((", ", " ")), 1).replace("…", rng.choice(("…", "...", " ")), 1)


def _draft(
    rng: random.Random, told: Told, title: str, author: str, delay: timedelta, *, reprint: bool
) -> Article:
    return Article(
        no=0,
        published_at=told.published_at + delay,
        title=title,
        paragraphs=_paragraphs(rng, told),
        author=author,
        story=told.story.number,
        reprint=reprint,
        outlet="",
    )


def _paragraphs(rng: random.Random, told: Told) -> tuple[str, ...]:
    first = told.first_sentence + rng.choice(("", *(f" {more}" for more in texts.SECOND_SENTENCES)))
    details = rng.sample(told.kind.details, rng.randint(1, len(told.kind.details)))
    quote = rng.choice(texts.QUOTES).format(name=told.company.name)
    closing = [rng.choice(texts.CLOSINGS)] if rng.random() < 0.6 else []
    return (first, *details, quote, *closing)
