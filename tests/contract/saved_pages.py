"""The saved pages of each source, written for the project in the shape of the real ones, and what is read from them."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nunchi.crawl.source import Link, ParsedArticle

PAGES = Path(__file__).parent / "pages"
_EXPECTED = ".expected.json"

# (source, name) of each page whose reading is saved beside it
ARTICLES = sorted(path.parent.name for path in PAGES.glob(f"*/article{_EXPECTED}"))
LISTINGS = sorted(
    (path.parent.name, path.name.removesuffix(_EXPECTED)) for path in PAGES.glob(f"*/listing*{_EXPECTED}")
)


def page(source: str, name: str) -> bytes:
    """A saved page, in UTF-8."""
    (path,) = (path for path in (PAGES / source).glob(f"{name}.*") if not path.name.endswith(_EXPECTED))
    return path.read_bytes()


def expected(source: str, name: str) -> Any:
    return json.loads((PAGES / source / f"{name}{_EXPECTED}").read_text(encoding="utf-8"))


def utc(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment else None


def as_saved(article: ParsedArticle) -> dict[str, Any]:
    """An article in the form of the saved JSON."""
    return {
        "title": article.title,
        "author": article.author,
        "published_at": utc(article.published_at),
        "body": article.body.split("\n"),
    }


def as_listed(links: list[Link]) -> list[dict[str, Any]]:
    """Links in the form of the saved JSON."""
    return [_as_listed(link) for link in links]


def _as_listed(link: Link) -> dict[str, Any]:
    found: dict[str, Any] = {"url": link.url, "title": link.title, "published_at": utc(link.published_at)}
    if link.stock_code:
        found["stock_code"] = link.stock_code
    if link.article:
        found["article"] = as_saved(link.article)
    return found
