"""Maekyung (매일경제): stock news by RSS, then the article pages."""

from nunchi.crawl.rss import read_rss
from nunchi.crawl.source import Source

SOURCE = Source(
    name="maekyung",
    listings=("/rss/50200011/",),
    read_listing=read_rss,
    title="h2.news_ttl",
    body="[itemprop=articleBody]",
    published=('meta[property="article:published_time"]', "content"),
    author=".author .name",
    noise=(
        "script",
        "style",
        "figure",
        "figcaption",
        ".thumb_area",
        ".ad_contents",
        ".reaction_btn_wrap",
        ".mid_title",
        ".news_sum_group",
        ".relation_news",
        ".news_relation",
    ),
    boilerplate=(
        r"^\[?ⓒ|Copyright|무단\s?전재",
        r"^[\w.+-]+@[\w-]+\.[\w.]+$",
        r"^\[[^\]]*기자\]?$",
        r"구독(하기|해주세요)",
    ),
)
