"""Every source, by name. To add one: a module with its `SOURCE`, and a line here."""

from nunchi.crawl.source import Source
from nunchi.crawl.sources import maekyung

SOURCES: dict[str, Source] = {source.name: source for source in (maekyung.SOURCE,)}
