"""Saved pages with something missing, moved or broken: what is still read, and what is said to be missing."""

import re

import pytest

from nunchi.crawl.layout import Layout
from nunchi.crawl.source import ParsedArticle, SourceChanged
from nunchi.crawl.sources import SOURCES, hankyung, maekyung, naver
from tests.contract.saved_pages import ARTICLES, expected, page

LAYOUTS: dict[str, Layout] = {"hankyung": hankyung.LAYOUT, "maekyung": maekyung.LAYOUT, "naver": naver.LAYOUT}
URL = "https://site.example/1"
TITLE_OPENS = "<h[123][^>]*(?:title_area|news_ttl|headline)[^>]*>"
BODY_OPENS = {
    "hankyung": 'id="articletxt" itemprop="articleBody">',
    "maekyung": 'itemprop="articleBody">',
    "naver": '<article id="dic_area" class="go_trans _article_content">',
}

articles = pytest.mark.parametrize("name", ARTICLES)


def text_of(name: str) -> str:
    return page(name, "article").decode()


def read(name: str, text: str) -> ParsedArticle:
    return SOURCES[name].parse_article(text.encode("utf-8", "surrogatepass"), URL)


def missing(name: str, text: str) -> str:
    with pytest.raises(SourceChanged) as found:
        read(name, text)
    assert (found.value.source, found.value.url) == (name, URL)
    assert str(found.value) == f"{name}: {found.value.missing} not found at {URL}"
    return found.value.missing


def without(text: str, *patterns: str) -> str:
    """Text with some of it taken out, all of which must be there."""
    for pattern in patterns:
        text, times = re.subn(pattern, "", text, flags=re.DOTALL)
        assert times
    return text


def with_inserted(name: str, mark_up: str) -> str:
    """The page with something at the beginning of its body."""
    assert text_of(name).count(BODY_OPENS[name]) == 1
    return text_of(name).replace(BODY_OPENS[name], BODY_OPENS[name] + mark_up)


def lines(name: str, text: str) -> list[str]:
    return read(name, text).body.split("\n")


def test_every_site_has_a_layout() -> None:
    assert set(LAYOUTS) == set(ARTICLES) == set(BODY_OPENS)


@articles
class TestMissing:
    def test_a_page_without_a_body_names_its_primary_selector(self, name: str) -> None:
        names = "articletxt|article-body|dic_area|newsct_article|news_cnt_detail_wrap|itemprop=.articleBody."
        assert missing(name, without(text_of(name), names)) == LAYOUTS[name].body[0]

    def test_a_body_of_noise_only_is_a_missing_body(self, name: str) -> None:
        start = text_of(name).index(BODY_OPENS[name]) + len(BODY_OPENS[name])
        end = text_of(name).index("</article>" if name == "naver" else "</div>\n<", start)
        noise = "<figure><figcaption>설명</figcaption></figure><p>가나래 기자 nara@site.example</p>"
        assert (
            missing(name, text_of(name)[:start] + noise + text_of(name)[end:])
            == f"text in {LAYOUTS[name].body[0]}"
        )

    def test_a_page_without_a_title_names_its_primary_place(self, name: str) -> None:
        gone = without(text_of(name), "title_area|news_ttl|headline", "og:title", "<title>[^<]*</title>")
        assert missing(name, gone) == str(LAYOUTS[name].title[0])

    def test_a_title_without_text_counts_as_none(self, name: str) -> None:
        gone = without(text_of(name), "og:title", "<title>[^<]*</title>").replace('"headline"', '"x"')
        emptied = re.sub(rf"({TITLE_OPENS}).*?(</h)", r"\1 &nbsp; \2", gone, flags=re.DOTALL)
        assert missing(name, emptied) == str(LAYOUTS[name].title[0])

    @pytest.mark.parametrize("written", ["방금 전", "", "2026-10-19"])
    def test_a_page_without_a_time_names_its_primary_place(self, name: str, written: str) -> None:
        gone = re.sub(r"2026[-.]\d\d[-.]\d\d[.T ]+(?:오\S )?\d{1,2}:\d\d[:\d+]*", written, text_of(name))
        assert missing(name, gone) == str(LAYOUTS[name].published[0])

    def test_an_article_without_a_reporter_is_still_an_article(self, name: str) -> None:
        classes = 'class="(?:name|item|author link|byline_s|media_end_head_journalist_name)"'
        gone = without(text_of(name), classes).replace('<meta name="author" content="다라온">', "")
        assert read(name, gone).author == ""
        assert lines(name, gone) == expected(name, "article")["body"]


@articles
class TestElsewhere:
    """Each part has more than one place."""

    def test_the_title_is_found_without_its_element(self, name: str) -> None:
        gone = without(text_of(name), 'id="title_area"|class="news_ttl"|class="headline"')
        assert read(name, gone).title == expected(name, "article")["title"]

    def test_the_title_is_found_in_open_graph_without_the_sites_name(self, name: str) -> None:
        gone = without(text_of(name), f"{TITLE_OPENS}.*?</h[123]>")
        assert read(name, gone).title == expected(name, "article")["title"]

    def test_the_body_is_found_without_its_id(self, name: str) -> None:
        gone = without(
            text_of(name), "articletxt" if name == "hankyung" else "dic_area|itemprop=.articleBody."
        )
        assert lines(name, gone) == expected(name, "article")["body"]

    def test_the_time_is_found_without_its_first_place(self, name: str) -> None:
        gone = without(text_of(name), "article:published_time|data-date-time=")
        at = read(name, gone).published_at
        assert at.isoformat()[:16] == read(name, text_of(name)).published_at.isoformat()[:16]

    def test_the_time_is_found_on_the_page_itself(self, name: str) -> None:
        gone = without(text_of(name), "article:published_time|data-date-time").replace("datePublished", "x")
        at = read(name, gone).published_at
        assert at.isoformat()[:16] == read(name, text_of(name)).published_at.isoformat()[:16]


@articles
class TestText:
    def test_bare_text_breaks_and_blocks_part_paragraphs_and_marks_do_not(self, name: str) -> None:
        mark_up = "맨 <b>글</b>자<br>둘<i>째</i> 줄<div>셋째 줄</div>넷째<p>다섯째<br/><br/>여섯째</p>"
        found = lines(name, with_inserted(name, mark_up + "<br>"))
        assert found[:6] == ["맨 글자", "둘째 줄", "셋째 줄", "넷째", "다섯째", "여섯째"]
        assert found[6:] == expected(name, "article")["body"]

    @pytest.mark.parametrize(
        "noise",
        [
            "<figure><img src=x alt=설명><figcaption>설명</figcaption></figure>",
            "<script>var a = '<p>글</p>';</script>",
            "<style>p { color: red }</style>",
            "<!-- 주석 --><noscript>글</noscript><template><p>글</p></template>",
            '<iframe src="x">글</iframe><button>글</button>',
            '<span class="blind">글</span><p style="display: none">글</p><p hidden>글</p>',
            "<form><input value=글><select><option>글</option></select></form>",
            "<aside><p>글</p></aside><table><caption>표 제목</caption></table>",
            "<svg><title>글</title><text>글</text></svg>",
        ],
    )
    def test_what_is_no_text_is_never_in_a_body(self, name: str, noise: str) -> None:
        assert lines(name, with_inserted(name, f"{noise}<br>")) == expected(name, "article")["body"]

    def test_a_hidden_word_within_a_word_does_not_part_it(self, name: str) -> None:
        mark_up = '다온솔<span class="blind">종목</span>전자가<script>x()</script> 올랐다.<br>'
        assert lines(name, with_inserted(name, mark_up))[0] == "다온솔전자가 올랐다."

    @pytest.mark.parametrize(
        "mess",
        ["<![if x", "<!-- never closed", "<p", "&#xD800;&#0;", "<!DOCTYPE [", "</", "<![", "\x00\x0b\x1e\x1f",
         "<table><tr>글</table>", "</div></div></article>", "<svg><p>글", "\ud800", "<b><i><p></b>글</i>"],
    )  # fmt: skip
    def test_broken_mark_up_is_read_or_refused_and_nothing_else(self, name: str, mess: str) -> None:
        try:
            found = read(name, with_inserted(name, mess))
        except SourceChanged:
            return
        for text in (found.title, found.body, found.author):
            # what can't be written as UTF-8 can't be stored
            assert text.encode("utf-8").decode("utf-8") == text
            assert "\x00" not in text

    @pytest.mark.parametrize("tag", ["div", "b", "table", "ul><li", "svg><g", "blockquote"])
    def test_mark_up_nested_without_end_is_read_or_refused(self, name: str, tag: str) -> None:
        try:
            outcome = bool(read(name, with_inserted(name, f"<{tag}>" * 20_000)).title)
        except SourceChanged as refused:
            outcome = refused.missing == "readable mark-up"
        assert outcome


@pytest.mark.parametrize(
    "graph",
    ['{"@graph": [{"@type": "WebSite"}, {"@type": "NewsArticle", "headline": "&quot;제목&quot;"}]}',
     '[{"headline": ""}, "x", {"headline": "\\"제목\\""}]', '{"headline": "\\"제\n목\\""}'],
)  # fmt: skip
def test_a_title_in_a_graph_or_a_list_of_json_is_found(graph: str) -> None:
    text = without(
        text_of("hankyung"), "<h1 class=.headline.*?</h1>", "og:title", '"@context".*?"publisher[^}]*}'
    )
    text = text.replace("{\n  \n}", graph)
    assert graph in text
    assert read("hankyung", text).title.replace(" ", "") == '"제목"'


@pytest.mark.usefixtures("no_collection")
@pytest.mark.parametrize("json", ["{", "[]", "null", "[" * 50_000, '{"headline": {"a": 1}}', '"headline"'])
def test_json_that_says_nothing_is_passed_over(json: str) -> None:
    text = without(
        text_of("hankyung"), "<h1 class=.headline.*?</h1>", "og:title", '"@context".*?"publisher[^}]*}'
    )
    text = text.replace("{\n  \n}", json)
    assert (
        read("hankyung", text).title == expected("hankyung", "article")["title"]
    )  # of the page's own <title>
