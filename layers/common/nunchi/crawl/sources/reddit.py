"""Reddit: the new posts of some subreddits, of which few are worth reading."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

from nunchi.crawl import markdown, rules
from nunchi.crawl.json_body import first_object, read_object, rows, text
from nunchi.crawl.source import Link, ParsedArticle, Source

SITE = "https://www.reddit.com"
SUBREDDITS = ("stocks", "investing", "StockMarket", "Korea_Stock")
KEYWORDS = ("Samsung", "SK Hynix", "Hyundai", "Kia", "LG", "KOSPI", "KOSDAQ")
LEAST_UPVOTES, LEAST_COMMENTS = 10, 2
LOOK_BACK = timedelta(hours=24)
LATEST = 32_503_680_000  # seconds; later than that a number is no time

# \w knows Korean, in which particles follow a name without a space; so only Latin letters and digits end a word
_KEYWORD = re.compile(
    rf"(?<![A-Za-z0-9])(?:{'|'.join(word.replace(' ', '[ -]?') for word in KEYWORDS)})(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_HANGUL = re.compile(r"[가-힣]{2}")
_GONE = {"[removed]", "[deleted]", "[deleted by user]"}
_ID = re.compile(r"/comments/([a-z0-9]+)(?:/|$)", re.ASCII | re.IGNORECASE)


def worth_reading(body: bytes, now: datetime) -> list[Link]:
    """Those of a listing's posts that count: about the Korean market, noticed, of the last 24 hours before `now`.

    A post is about it that has one of the keywords as a word of its own ("Nokia" has no Kia). So is one in
    Korea_Stock in Korean: that subreddit has no other subject, and the keywords are those of English posts. `now` is
    aware. Raises `SourceChanged`.
    """
    links = SOURCE.parse_listing(body)
    counting = {
        link.url for link in _links([post for post in _posts(read_object(body)) if _counts(post, now)])
    }
    return [link for link in links if link.url in counting]


def _counts(post: dict[str, Any], now: datetime) -> bool:
    return (
        not (post.get("stickied") or post.get("removed_by_category"))
        and not _GONE & {text(post, "selftext"), text(post, "title")}
        and _number(post, "score") >= LEAST_UPVOTES
        and _number(post, "num_comments") >= LEAST_COMMENTS
        and _number(post, "created_utc") >= (now - LOOK_BACK).timestamp()
        and _is_korean(post)
    )


def _is_korean(post: dict[str, Any]) -> bool:
    words = f"{text(post, 'title')}\n{text(post, 'selftext')}"
    of_korea = text(post, "subreddit").lower() == "korea_stock"
    return bool(_KEYWORD.search(words) or (of_korea and _HANGUL.search(words)))


def _number(post: dict[str, Any], key: str) -> float:
    value = post.get(key)
    return value if isinstance(value, int | float) else -1


def read_posts(body: bytes) -> list[Link]:
    """All posts of a listing, each with its text. Raises `ValueError` when it is none, or no post can be read."""
    posts = _posts(read_object(body))
    links = list(_links(posts))
    if posts and not links:
        raise ValueError("no post with a permalink, a title and a time")
    return links


def read_post(page: bytes, url: str) -> ParsedArticle:
    """The post at an address, from a listing, or from the pair of listings (post, comments) that a post's page is."""
    asked = _ID.search(url)
    for link in _links(_posts(_first_listing(page))):
        found = _ID.search(link.url)
        if link.article and asked and found and asked[1].lower() == found[1].lower():
            return link.article
    raise ValueError("the post with this permalink")


def _first_listing(page: bytes) -> dict[str, Any]:
    return read_object(page) if page.lstrip()[:1] != b"[" else first_object(page)


def _posts(listing: dict[str, Any]) -> list[dict[str, Any]]:
    data = listing.get("data")
    children = rows(data.get("children") if isinstance(data, dict) else None)
    return [
        child["data"]
        for child in children
        if child.get("kind") == "t3" and isinstance(child.get("data"), dict)
    ]


def _links(posts: list[dict[str, Any]]) -> Iterator[Link]:
    for post in posts:
        try:
            yield _link(post)
        except ValueError:
            continue  # of one post; the others may be sound


def _link(post: dict[str, Any]) -> Link:
    title, url = rules.clean(unescape(text(post, "title"))), _address(post)
    published = _moment(_number(post, "created_utc"))
    if not title or not url:
        raise ValueError("no post")
    written = "" if text(post, "selftext") in _GONE else markdown.plain(text(post, "selftext"))
    # a post that only links elsewhere says what its title says
    article = ParsedArticle(title, written or title, rules.clean(text(post, "author")), published)
    return Link(url, title, published, article)


def _moment(created: float) -> datetime:
    if not 0 < created < LATEST:
        raise ValueError("no time")
    return datetime.fromtimestamp(created, UTC)


def _address(post: dict[str, Any]) -> str:
    """A post's canonical address, or "" when it has none."""
    path = text(post, "permalink")
    return rules.canonical(f"{SITE}{path}") if path.startswith("/r/") and _ID.search(path) else ""


SOURCE = Source(
    name="reddit",
    hosts=("www.reddit.com",),
    listings=(),
    read_listing=read_posts,
    read_article=read_post,
    pages=r"https://www\.reddit\.com/r/\w+/comments/\w+(?:/.*)?",
)
