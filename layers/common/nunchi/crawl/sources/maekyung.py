"""Maekyung (매일경제): stock news by RSS, then the article pages."""

from nunchi.crawl.layout import LD_HEADLINE, LD_PUBLISHED, META_PUBLISHED, OG_TITLE, Layout, Place
from nunchi.crawl.rss import read_rss
from nunchi.crawl.source import Source

LAYOUT = Layout(
    title=(Place("h2.news_ttl"), OG_TITLE, LD_HEADLINE, Place("title")),
    suffix=r"\s*[-|]\s*(?:매일경제|매경|MK)[^-|]{0,20}$",
    body=("[itemprop=articleBody]", ".news_cnt_detail_wrap", "#article_body"),
    published=(META_PUBLISHED, LD_PUBLISHED, Place(".registration dd")),
    author=(Place(".author .name"), Place('meta[name="author"]', "content")),
    noise=(
        ".thumb_area",
        ".ad_contents",
        ".reaction_btn_wrap",
        ".mid_title",
        ".news_sum_group",
        ".relation_news",
        ".news_relation",
        ".news_cmt_wrap",
        "[id^=refTotal]",
    ),
)

SOURCE = Source(
    name="maekyung",
    hosts=("www.mk.co.kr",),
    listings=("https://www.mk.co.kr/rss/50200011/",),
    read_listing=read_rss,
    read_article=LAYOUT.read,
    pages=r"https://www\.mk\.co\.kr/(?:[a-z]+/)?news/[\w-]+/\d+",
)
