"""What a reader who misses nothing has stored by a moment."""

from dataclasses import dataclass
from datetime import datetime

from infra.sandbox import posts
from infra.sandbox.entities import Market


@dataclass(frozen=True)
class Truth:
    """Counts of what is to be stored.

    articles: pages of the three outlets, reprints and routine ones included, and nothing else. disclosures: of listed
    firms only. posts: those that reach a reader's limits. stories: the news' stories, routine ones too, and one for
    each disclosure and post.
    """

    articles: int
    disclosures: int
    posts: int
    stories: int


def told(market: Market, now: datetime) -> Truth:
    """The truth at a moment."""
    published = [article for article in market.pages if article.published_at <= now]
    filed = sum(bool(disclosure.code) and disclosure.published_at <= now for disclosure in market.disclosures)
    posted = sum(post.published_at <= now and posts.counts(post) for post in market.posts)
    stories = len({article.story for article in published})
    return Truth(len(published), filed, posted, stories + filed + posted)
