"""Every source, by name. To add one: a module with its `SOURCE`, and a line here; one with pages also in `sites`."""

from nunchi.crawl.source import Source
from nunchi.crawl.sources import dart, hankyung, maekyung, naver, naver_search, reddit
from nunchi.crawl.sources.sites import source_of

__all__ = ["SOURCES", "source_of"]

SOURCES: dict[str, Source] = {
    module.SOURCE.name: module.SOURCE for module in (naver, naver_search, hankyung, maekyung, reddit, dart)
}
