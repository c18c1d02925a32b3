"""The sources that have article pages of their own, and whose an address is."""

import re

from nunchi.crawl import rules
from nunchi.crawl.source import Source
from nunchi.crawl.sources import hankyung, maekyung, naver

SITES = (naver.SOURCE, hankyung.SOURCE, maekyung.SOURCE)


def source_of(url: str) -> Source | None:
    """The source whose article page an address is, however it is written; None for any other address."""
    try:
        address = rules.canonical(url)
    except ValueError:
        return None
    return next((site for site in SITES if re.fullmatch(site.pages, address, re.ASCII)), None)
