"""The sample's posts on Reddit: one each live session, in English, about a company by its Korean name."""

import random
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from infra.sandbox.entities import SEOUL, Company, Post

OPEN, HOURS_S = time(9), 12 * 3600
MIN_SCORE, MIN_COMMENTS = 10, 2  # what a reader asks of a post before it counts
SUBREDDITS = ("Korea_Stock", "stocks", "investing", "StockMarket")
# title, text; each with a word that the crawler looks for
TEXTS = (
    (
        "KOSPI question: what do you make of {name}?",
        "I hold a small position in {name} ({code}) and can't read the filings. What would change your mind about it?",
    ),
    (
        "Anyone here trading {name} on KOSPI or KOSDAQ?",
        "My broker finally lists {name}. Spreads look wide at the open, so I only use limit orders. How do you do it?",
    ),
    (
        "Weekend reading: my notes on {name} and the KOSPI",
        "I went through three years of {name}'s reports. Margins are steady, the order book is the part I don't get.",
    ),
    (
        "KOSPI small caps: {name} keeps coming up in my screen",
        "Low debt, some growth, hardly any coverage in English. Is there a catch with {name} that locals know about?",
    ),
    (
        "Sold half of {name} today, KOSPI looks stretched to me",
        "Nothing wrong with {name} itself. It had become a fifth of my account and I sleep better this way.",
    ),
    (
        "How does the KOSPI react when a firm like {name} reports after the close?",
        "{name} tends to publish late in the day. Do you wait for the next opening auction or trade after hours?",
    ),
    (
        "Dividend dates on the KOSPI, with {name} as the example",
        "I missed the record date of {name} last year because settlement takes two days. Here is how I count it now.",
    ),
)
AUTHORS = ("quiet_ledger", "seoulnightbus", "tick_by_tick", "paperlantern77", "han_river_bench")
NUMBERS = ((48, 23), (6, 11), (155, 64), (12, 2), (31, 1))  # score, comments; some below a reader's limits


def write(rng: random.Random, companies: Sequence[Company], sessions: Sequence[date]) -> tuple[Post, ...]:
    """One post a session. No text comes again within a week."""
    texts = rng.sample(TEXTS, len(TEXTS))
    return tuple(
        _post(rng, place, rng.choice(companies), texts[place % len(texts)], day)
        for place, day in enumerate(sessions)
    )


def _post(rng: random.Random, place: int, company: Company, text: tuple[str, str], day: date) -> Post:
    title, body = (part.format(name=company.name, code=company.code) for part in text)
    score, comments = NUMBERS[place % len(NUMBERS)]
    return Post(
        id=_base36(rng.randrange(36**6, 36**7)),
        published_at=datetime.combine(day, OPEN, tzinfo=SEOUL) + timedelta(seconds=rng.randrange(HOURS_S)),
        subreddit=SUBREDDITS[place % len(SUBREDDITS)],
        title=title,
        text=body,
        author=rng.choice(AUTHORS),
        score=score,
        comments=comments,
        code=company.code,
    )


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits


def counts(post: Post) -> bool:
    """Whether a post reaches a reader's limits."""
    return post.score >= MIN_SCORE and post.comments >= MIN_COMMENTS
