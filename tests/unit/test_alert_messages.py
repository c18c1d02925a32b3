"""Alerts as text: golden files, escaping, length, and no call to trade."""

import re
from dataclasses import asdict, replace
from html.parser import HTMLParser
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.sandbox import telegram_chats
from nunchi.notify import messages
from nunchi.notify.messages import AdviceRefused, Facts, Held, Recorded, TooLong
from nunchi.notify.rules import LANGUAGES, Language, Told
from nunchi.notify.texts import DISCLAIMER_VERSION, REPLIES, WORDS
from nunchi.report.wording import advises
from tests.alert_facts import FACTS, GOLDEN, HELD, OPEN, golden

languages = pytest.mark.parametrize("language", LANGUAGES)
hostile = st.text(st.characters(exclude_categories=["Cs"]), max_size=6000)


@pytest.mark.parametrize("name", sorted(golden()))
def test_a_text_is_that_of_its_golden_file(name: str) -> None:
    """`python -m tests.alert_facts` writes them anew; read them before they are committed."""
    assert (GOLDEN / f"{name}.html").read_text(encoding="utf-8") == golden()[name] + "\n"


def test_every_golden_file_is_of_a_text() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == set(golden())


@pytest.mark.parametrize("name", sorted(golden()))
def test_a_line_is_not_too_long_for_a_phone(name: str) -> None:
    """At most four rows of 35 Latin letters, of which a Hangul syllable is about two."""
    for line in messages.visible(golden()[name]).splitlines():
        assert sum(2 if letter > "\u1100" else 1 for letter in line) <= 4 * 35


@languages
@pytest.mark.parametrize("facts", FACTS.values(), ids=FACTS)
def test_every_message_ends_with_the_disclaimer_and_its_version(facts: Facts, language: Language) -> None:
    last = messages.visible(messages.alert(facts, language)).splitlines()[-1]
    assert DISCLAIMER_VERSION in last
    assert ("조언이 아닙니다" if language == "ko" else "no investment advice") in last


@languages
@given(title=hostile, lead=hostile, name=hostile, arm=hostile, url=hostile)
def test_whatever_a_stranger_wrote_telegram_can_parse_it_and_it_is_short_enough(
    language: Language, title: str, lead: str, name: str, arm: str, url: str
) -> None:
    arms = {f"{arm}{number}": [Recorded(Told(arm, 3, 0.1, 0.2, 0.7), None)] * 3 for number in range(20)}
    facts = replace(
        OPEN, title=title, lead=lead, stock_name=name, arms=arms, source_url=f"https://{url}", web_url=url
    )
    try:
        html = messages.alert(facts, language)
    except AdviceRefused:
        return  # a name or an address that reads like a call to trade
    assert messages.units(messages.visible(html)) <= messages.LONGEST
    assert telegram_chats.checked(html, "HTML").strip()


def test_strangers_mark_up_is_shown_as_it_is_written() -> None:
    facts = replace(OPEN, title="<b>굵게</b> & <a href='https://evil.example'>눌러</a>", lead="<script>")
    shown = messages.alert(facts, "ko")
    assert "<script>" not in shown
    assert "evil.example'>" not in shown
    assert "<b>굵게</b> & <a href='https://evil.example'>눌러</a>" in messages.visible(shown).replace(
        "\u200b", ""
    )


@pytest.mark.parametrize(
    "title",
    ["t.me/scam", "@scam_bot 입장", "/stop 하세요", "무료 www.scam.example", "바로 https://scam.example/a"],
)
def test_nothing_in_a_strangers_text_can_be_clicked_on(title: str) -> None:
    shown = messages.quoted(title, 200)
    assert not re.search(r"@\w|/\w|[a-z]\.[a-z]", shown)
    assert shown.replace("\u200b", "") == title


def test_a_strangers_text_turns_no_direction_and_hides_no_word() -> None:
    assert messages.quoted("지금\u202e 사\u200b세요\u2066", 200) == "지금 사세요"
    assert messages.quoted("3.5% 상승, S&P", 200) == "3.5% 상승, S&amp;P"


def test_a_message_is_as_long_as_what_is_read_of_it() -> None:
    url = "https://news.example/?" + "&".join(f"a{n}=1" for n in range(90))
    facts = replace(OPEN, title='"' * 200, lead="&" * 300, source_url=url[:590])
    html = messages.alert(facts, "ko")
    assert messages.units(html) > messages.LONGEST
    assert messages.units(messages.visible(html)) < 1500
    held = [Held(uuid4(), '"' * 40, "990010", '"' * 80, "")] * 20
    assert messages.digest(held, "ko").count("&quot;") == 20 * 120


class Links(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name == "href"]


def test_a_source_with_quotes_in_its_address_does_not_get_out_of_the_link() -> None:
    url = 'https://news.example/?q="><b>&x=1'
    assert url in Links(messages.alert(replace(OPEN, source_url=url), "en")).found


@pytest.mark.parametrize("url", ["javascript:alert(1)", "tg://resolve?domain=x", "https://a b", ""])
def test_what_is_no_address_of_the_web_is_no_link(url: str) -> None:
    found = Links(messages.alert(replace(OPEN, source_url=url, web_url=""), "ko")).found
    assert found == []


@languages
@pytest.mark.parametrize(
    "title",
    [
        '증권사 "다온솔전자 지금 사세요"',
        "다온솔전자 매수 추천",
        "다온솔전자, 매\u200b수 의견 유지",
        "다온솔전자, 매\x07수 의견 유지",
        "Buy Daonsol now, says broker",
        "다온솔전자 매도하라",
    ],
)
def test_a_headline_that_calls_on_people_to_trade_is_withheld_and_the_alert_still_told_with_its_link(
    title: str, language: Language
) -> None:
    html = messages.alert(replace(OPEN, title=title, lead=title), language)
    assert title not in messages.visible(html)
    assert not advises(messages.visible(html))
    assert WORDS[language].title_withheld in html
    assert OPEN.source_url in Links(html).found


@languages
def test_a_digest_says_that_such_a_headline_is_withheld_and_links_it(language: Language) -> None:
    held = [HELD[0], replace(HELD[1], title="다온솔전자 매\x00수 추천", source_url="https://a.example/2")]
    html = messages.digest(held, language)
    assert "추천" not in html
    assert html.count(WORDS[language].digest_withheld) == 1
    assert Links(html).found == [HELD[0].source_url, "https://a.example/2"]


def test_a_call_to_trade_that_only_title_and_lead_together_make_leaves_the_lead_out() -> None:
    shown = messages.visible(messages.alert(replace(OPEN, title="다온솔전자 특매", lead="도시락 출시"), "ko"))
    assert "다온솔전자 특매" in shown
    assert "도시락" not in shown


def test_a_headline_that_advises_only_where_it_is_cut_off_is_shown() -> None:
    title = "가" * (messages.TITLE + 10) + " 매수 추천"
    assert WORDS["ko"].title_withheld not in messages.alert(replace(OPEN, title=title), "ko")


def test_net_purchases_are_facts() -> None:
    title = "외국인, 다온솔전자 순매수 1위"
    assert title in messages.alert(replace(OPEN, title=title), "ko")


def test_a_message_that_calls_on_people_to_trade_is_refused() -> None:
    with pytest.raises(AdviceRefused):
        messages.alert(replace(OPEN, stock_name="지금 사세요"), "ko")
    with pytest.raises(AdviceRefused):
        messages.checked("<b>Sell</b> it all")


def test_an_address_is_not_read_as_advice() -> None:
    assert messages.checked('<a href="https://news.example/buy/sell">원문</a>')


def test_a_message_of_4097_units_is_refused_and_a_character_beyond_the_bmp_counts_twice() -> None:
    assert messages.checked("가" * 4096)
    with pytest.raises(TooLong):
        messages.checked("가" * 4097)
    with pytest.raises(TooLong):
        messages.checked("🦊" * 2049)


@given(st.text(), st.integers(1, 50))
def test_what_is_cut_has_at_most_so_many_units_and_begins_as_before(text: str, longest: int) -> None:
    cut = messages.cut(text, longest)
    assert messages.units(cut) <= longest
    assert text.startswith(cut.removesuffix("…") if cut != text else cut)


def test_none_of_our_own_texts_calls_on_people_to_trade() -> None:
    for replies in REPLIES.values():
        for text in asdict(replies).values():
            assert not advises(text), text


def test_a_digest_of_many_shows_twenty_and_counts_the_rest() -> None:
    shown = messages.digest([HELD[0]] * 53, "en")
    assert shown.count("다온솔전자(") + shown.count("다온솔전자 (") == 20
    assert "33 more" in shown
    assert "53 alerts" in shown
