"""The articles that name something, as a search engine finds them, and how it shows them."""

import re
from bisect import bisect_left
from collections.abc import Sequence

from infra.sandbox.addresses import address, office
from infra.sandbox.entities import Article

EXCERPT = 110  # characters
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


class Index:
    """Finds a market's articles, of all outlets, by the words of a query; each query is searched for once."""

    def __init__(self, articles: Sequence[Article]) -> None:
        self._articles = articles
        self._texts = ["\n".join((one.title, *one.paragraphs)) for one in articles]
        self._places: dict[tuple[str, ...], list[int]] = {}

    def found(self, words: tuple[str, ...], count: int) -> int:
        """How many of the first `count` articles hold all the words."""
        if words not in self._places:
            self._places[words] = [
                place for place, text in enumerate(self._texts) if all(word in text for word in words)
            ]
        return bisect_left(self._places[words], count)

    def newest(self, words: tuple[str, ...], found: int, start: int, display: int) -> list[Article]:
        """Of the first `found` articles that hold the words, those from the `start`-th on, newest first."""
        end = max(0, found - start + 1)
        places = self._places[words][max(0, end - display) : end]
        return [self._articles[place] for place in reversed(places)]


def item(article: Article, words: Sequence[str]) -> dict[str, str]:
    """An article as a hit. Only what Naver carries has a link of Naver's."""
    own = address(article)
    carried = article.outlet == "naver"
    return {
        "title": _marked(article.title, words),
        "originallink": f"https://www.press{office(article)}.example/news/{article.no}" if carried else own,
        "link": f"{own}?sid=101" if carried else own,
        "description": f"{_marked(_excerpt(article), words)}... ",
        "pubDate": f"{article.published_at:%a, %d %b %Y %H:%M:00 %z}",
    }


def _excerpt(article: Article) -> str:
    return " ".join(article.paragraphs)[:EXCERPT].rstrip()


def _marked(text: str, words: Sequence[str]) -> str:
    found = "|".join(re.escape(word.translate(_ENTITIES)) for word in words)
    return re.sub(found, r"<b>\g<0></b>", text.translate(_ENTITIES))
