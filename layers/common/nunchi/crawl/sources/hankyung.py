"""Hankyung (한국경제): market news by RSS, then the article pages."""

from nunchi.crawl.layout import LD_HEADLINE, LD_PUBLISHED, META_PUBLISHED, OG_TITLE, Layout, Place
from nunchi.crawl.rss import read_rss
from nunchi.crawl.source import Source

LAYOUT = Layout(
    title=(Place("h1.headline"), OG_TITLE, LD_HEADLINE, Place("title")),
    suffix=r"\s*\|\s*(?:한국경제|한경)[^|]{0,20}$",
    body=("#articletxt", ".article-body", "[itemprop=articleBody]"),
    published=(META_PUBLISHED, LD_PUBLISHED, Place(".article-timestamp .txt-date")),
    author=(
        Place(".author-wrap .item"),
        Place(".author-wrap .author"),
        Place('meta[name="author"]', "content"),
    ),
    noise=(
        ".article-figure",
        ".figure-caption",
        ".ad-area-wrap",
        ".ad-box",
        ".article-copyright",
        ".copyright",
        ".article-summary",
        ".summary-wrap",
        ".related-news",
        ".relation-news",
        ".article-video",
        ".subscribe-wrap",
        ".article-hashtag-wrap",
    ),
)

SOURCE = Source(
    name="hankyung",
    hosts=("www.hankyung.com",),
    listings=("https://www.hankyung.com/feed/finance",),
    read_listing=read_rss,
    read_article=LAYOUT.read,
    pages=r"https://www\.hankyung\.com/article/\w+",
)
