"""The sandbox's news and prices over HTTP, as the production code reads them, and its own controls."""

import json
import sys
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import requests

from infra.local.processes import HOST, free_port, running
from infra.sandbox.entities import SEOUL
from infra.sandbox.market import Article, Market, generate
from infra.sandbox.server import serving
from nunchi.crawl.sources.maekyung import SOURCE

FIRST = date(2026, 5, 4)
WEEKDAYS = [day for day in (FIRST + timedelta(days=n) for n in range(175)) if day.weekday() < 5]
LOGIN = {"grant_type": "client_credentials", "appkey": "key", "appsecret": "secret"}
QUOTATIONS = "/kis/uapi/domestic-stock/v1/quotations"
DAILY, INDEX = f"{QUOTATIONS}/inquire-daily-itemchartprice", f"{QUOTATIONS}/inquire-index-daily-price"


@pytest.fixture(scope="module")
def market() -> Market:
    return generate(5, WEEKDAYS, live=5, companies=9, stories_per_session=4)


@pytest.fixture(scope="module")
def address(market: Market) -> Iterator[str]:
    with serving(market) as address:
        yield address


@pytest.fixture
def world(address: str, market: Market) -> "World":
    world = World(address)
    world.at(market.live[0], time())
    return world


class World:
    """A sandbox as its clients and its operator see it."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._session = requests.Session()

    def at(self, day: date, moment: time) -> None:
        self.set(datetime.combine(day, moment, tzinfo=SEOUL))

    def set(self, now: datetime) -> None:
        self.put("/_control/clock", {"now": now.isoformat()})

    def put(self, path: str, body: Any) -> None:
        answer = self._session.put(self.address + path, json=body, timeout=10)
        assert answer.status_code == 200, answer.text

    def get(self, path: str, query: Any = None, **headers: str) -> requests.Response:
        return self._session.get(self.address + path, params=query, headers=headers, timeout=10)

    def post(self, path: str, body: Any) -> requests.Response:
        return self._session.post(self.address + path, json=body, timeout=10)

    def feed(self, **headers: str) -> requests.Response:
        return self.get("/mk/rss/50200011/", None, **headers)

    def token(self) -> str:
        return str(self.post("/kis/oauth2/tokenP", LOGIN).json()["access_token"])

    def headers(self, tr_id: str) -> dict[str, str]:
        return {
            "authorization": f"Bearer {self.token()}",
            "appkey": "key",
            "appsecret": "secret",
            "tr_id": tr_id,
        }

    def daily(self, code: str, first: date, last: date) -> dict[str, Any]:
        query = {
            "FID_INPUT_ISCD": code,
            "FID_INPUT_DATE_1": f"{first:%Y%m%d}",
            "FID_INPUT_DATE_2": f"{last:%Y%m%d}",
        }
        body: dict[str, Any] = self.get(DAILY, query, **self.headers("FHKST03010100")).json()
        return body

    def index(self, code: str, last: date) -> dict[str, Any]:
        query = {"fid_input_iscd": code, "fid_input_date_1": f"{last:%Y%m%d}"}
        body: dict[str, Any] = self.get(INDEX, query, **self.headers("FHPUP02120000")).json()
        return body


def number(url: str) -> int:
    return int(url.rsplit("/", 1)[1])


# --- Maekyung


def test_the_feed_lists_the_newest_articles_of_the_past_and_none_of_the_future(
    world: World, market: Market
) -> None:
    now = datetime.combine(market.live[1], time(11), tzinfo=SEOUL)
    world.set(now)
    links = SOURCE.parse_listing(world.feed().content)
    past = [article for article in market.articles if article.published_at <= now][-60:]
    assert [(number(link.url), link.title, link.published_at) for link in links] == [
        (article.no, article.title, article.published_at) for article in reversed(past)
    ]


def test_the_feed_writes_time_zones_in_both_of_the_real_ways(world: World) -> None:
    text = world.feed().text
    assert " +0900</pubDate>" in text
    assert " +09:00</pubDate>" in text


def test_an_unchanged_feed_is_not_sent_again(world: World, market: Market) -> None:
    following = next(a.published_at for a in market.articles if a.published_at.date() == market.live[0])
    world.set(following - timedelta(seconds=1))
    tag = world.feed().headers["ETag"]
    again = world.feed(**{"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    world.set(following)
    changed = world.feed(**{"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag


def test_every_page_reads_as_the_article_that_it_tells(world: World, market: Market) -> None:
    world.at(market.live[-1], time(23, 59))
    for link in SOURCE.parse_listing(world.feed().content):
        article = next(a for a in market.articles if a.no == number(link.url))
        parsed = SOURCE.parse_article(requests.get(link.url, timeout=10).content, link.url)
        assert parsed.title == article.title
        assert parsed.body == "\n".join(article.paragraphs)
        assert parsed.author == article.author
        assert parsed.published_at == article.published_at


def test_a_page_has_the_noise_of_real_pages(world: World, market: Market) -> None:
    article = next(a for a in reversed(market.articles[:-40]) if a.no % 6 == 0)
    page = world.get(f"/mk/news/stock/{article.no}").text
    for noise in (
        "news_sum_group",
        "figcaption",
        "ad_contents",
        "무단 전재",
        "@maekyung.example",
        '<h3 class="news_ttl">',
    ):
        assert noise in page
    assert f'<link rel="canonical" href="{world.address}/mk/news/stock/{article.no}">' in page


def test_a_page_names_no_article_that_came_after_it(world: World, market: Market) -> None:
    world.at(market.live[-1], time(23, 59))
    article = market.articles[50]
    page = world.get(f"/mk/news/stock/{article.no}").text
    linked = {other.no for other in market.articles if f"/mk/news/stock/{other.no}" in page}
    assert linked == {other.no for other in market.articles[45:51]}


def test_an_article_of_the_future_is_not_found(world: World, market: Market) -> None:
    coming: Article = market.articles[-1]
    world.set(coming.published_at - timedelta(seconds=1))
    assert world.get(f"/mk/news/stock/{coming.no}").status_code == 404
    world.set(coming.published_at)
    assert world.get(f"/mk/news/stock/{coming.no}").status_code == 200
    assert world.get("/mk/news/stock/x").status_code == 404


# --- KIS


def test_daily_bars_come_newest_first_and_at_most_a_hundred(world: World, market: Market) -> None:
    code = market.companies[0].code
    body = world.daily(code, market.sessions[0], market.live[-1])
    bars = [bar for bar in market.bars[code] if bar.session < market.live[0]][:-101:-1]
    assert (body["rt_cd"], body["output1"]["hts_kor_isnm"]) == ("0", market.companies[0].name)
    assert len(bars) == 100
    assert [
        (
            row["stck_bsop_date"],
            row["stck_oprc"],
            row["stck_hgpr"],
            row["stck_lwpr"],
            row["stck_clpr"],
            row["acml_vol"],
        )
        for row in body["output2"]
    ] == [
        (f"{b.session:%Y%m%d}", *map(str, (b.open_won, b.high_won, b.low_won, b.close_won, b.volume_shares)))
        for b in bars
    ]
    assert all(isinstance(value, str) for row in body["output2"] for value in row.values())


def test_daily_bars_keep_to_the_days_that_were_asked_for(world: World, market: Market) -> None:
    first, last = market.sessions[3], market.sessions[6]
    rows = world.daily(market.companies[1].code, first, last)["output2"]
    assert [row["stck_bsop_date"] for row in rows] == [f"{day:%Y%m%d}" for day in market.sessions[6:2:-1]]
    assert world.daily("000000", first, last)["output2"] == []


def test_index_bars_go_back_from_the_day_that_was_asked_for(world: World, market: Market) -> None:
    rows = world.index("1001", market.sessions[110])["output2"]
    bars = market.index_bars["1001"][110:10:-1]
    assert [
        (row["stck_bsop_date"], float(row["bstp_nmix_prpr"]), float(row["bstp_nmix_oprc"])) for row in rows
    ] == [(f"{bar.session:%Y%m%d}", bar.close, bar.open) for bar in bars]


def test_a_sessions_bars_are_known_a_minute_after_its_close_and_few_an_hour_later(
    world: World, market: Market
) -> None:
    def known(moment: time) -> list[str]:
        world.at(day, moment)
        codes = [company.code for company in market.companies]
        return [code for code in codes if world.daily(code, day, day)["output2"]]

    for day in market.live:
        world.at(day, time(15, 30, 59))
        assert not world.index("0001", day)["output2"][0]["stck_bsop_date"] == f"{day:%Y%m%d}"
        assert known(time(15, 30, 59)) == []
        assert len(market.companies) - len(known(time(15, 31))) in {1, 2}
        assert world.index("0001", day)["output2"][0]["stck_bsop_date"] == f"{day:%Y%m%d}"
        assert len(known(time(16, 35))) == len(market.companies)


def test_the_same_login_gets_the_same_token_for_six_hours(world: World, market: Market) -> None:
    tokens = []
    for moment in (time(8), time(13, 59), time(14)):
        world.at(market.live[2], moment)
        tokens.append(world.token())
    assert tokens[0] == tokens[1] != tokens[2]


def test_another_login_within_a_minute_is_refused(world: World, market: Market) -> None:
    world.at(market.live[3], time(8))
    world.token()
    other = LOGIN | {"appkey": "other"}
    world.at(market.live[3], time(8, 0, 59))
    refused = world.post("/kis/oauth2/tokenP", other)
    assert (refused.status_code, refused.json()["error_code"]) == (403, "EGW00133")
    world.at(market.live[3], time(8, 1))
    assert world.post("/kis/oauth2/tokenP", other).status_code == 200


def test_a_token_expires_after_a_day(world: World, market: Market) -> None:
    world.at(market.live[0], time(12))
    headers = world.headers("FHPUP02120000")
    query = {"FID_INPUT_ISCD": "0001", "FID_INPUT_DATE_1": "20261231"}
    world.at(market.live[1], time(11, 59))
    assert world.get(INDEX, query, **headers).json()["rt_cd"] == "0"
    world.at(market.live[1], time(12))
    expired = world.get(INDEX, query, **headers)
    assert (expired.status_code, expired.json()["rt_cd"], expired.json()["msg_cd"]) == (500, "1", "EGW00123")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"authorization": ""}, "EGW00121"),
        ({"authorization": "Bearer unknown"}, "EGW00123"),
        ({"appkey": ""}, "EGW00103"),
        ({"appkey": "other"}, "EGW00103"),
        ({"appsecret": ""}, "EGW00105"),
        ({"tr_id": "FHPUP02120000"}, "OPSQ0002"),
    ],
)
def test_a_call_with_a_wrong_header_is_refused(world: World, changed: dict[str, str], code: str) -> None:
    answer = world.get(
        DAILY, {"FID_INPUT_ISCD": "990010"}, **(world.headers("FHKST03010100") | changed)
    ).json()
    assert (answer["rt_cd"], answer["msg_cd"]) == ("1", code)


def test_a_call_without_a_field_names_it(world: World) -> None:
    answer = world.get(DAILY, {"FID_INPUT_ISCD": "990010"}, **world.headers("FHKST03010100")).json()
    assert "FID_INPUT_DATE_1" in answer["msg1"]


@pytest.mark.parametrize("body", [{}, LOGIN | {"appkey": ""}, LOGIN | {"grant_type": "password"}])
def test_an_incomplete_login_is_refused(world: World, body: dict[str, str]) -> None:
    answer = world.post("/kis/oauth2/tokenP", body)
    assert (answer.status_code, answer.json()["error_code"]) == (403, "EGW00103")


# --- its own controls


def test_the_truth_counts_what_is_published(world: World, market: Market) -> None:
    now = datetime.combine(market.live[2], time(14), tzinfo=SEOUL)
    world.set(now)
    past = [article for article in market.articles if article.published_at <= now]
    truth = world.get("/_control/truth").json()
    assert truth["articles"] == len(past)
    assert truth["stories"] == len({article.story for article in past})
    assert datetime.fromisoformat(truth["now"]) == now


def test_a_time_without_a_zone_is_refused(world: World) -> None:
    answer = requests.put(f"{world.address}/_control/clock", json={"now": "2026-10-19T06:40:00"}, timeout=10)
    assert answer.status_code == 422


def test_calls_are_counted_by_path(world: World) -> None:
    before = world.get("/_control/calls").json()
    world.feed()
    world.get("/mk/news/stock/1")
    after = world.get("/_control/calls").json()
    grown = {
        path: count - before.get(path, 0) for path, count in after.items() if count != before.get(path, 0)
    }
    assert grown == {"/mk": 2, "/mk/rss": 1, "/mk/news": 1}


def test_the_command_serves_the_market_of_a_file(tmp_path: Path) -> None:
    file, port = tmp_path / "market.json", free_port()
    days = [day.isoformat() for day in WEEKDAYS[:12]]
    file.write_text(
        json.dumps({"seed": 3, "sessions": days, "live": 2, "companies": 4, "stories_per_session": 2})
    )
    command = [sys.executable, "-m", "infra.sandbox", "--port", str(port), "--market", str(file)]
    expected = generate(3, WEEKDAYS[:12], live=2, companies=4, stories_per_session=2)
    truth = f"http://{HOST}:{port}/_control/truth"

    def answers() -> bool:
        try:
            return requests.get(truth, timeout=1).ok
        except requests.ConnectionError:
            return False

    with running("the sandbox", command, tmp_path / "log") as child:
        child.wait_until(answers)
        midnight = datetime.combine(expected.live[0], time(), tzinfo=SEOUL)
        past = sum(article.published_at <= midnight for article in expected.articles)
        assert requests.get(truth, timeout=5).json()["articles"] == past


def test_feeds_follow_each_other_without_a_gap(world: World, market: Market) -> None:
    """A reader who comes every ten minutes sees every article."""
    seen: set[int] = set()
    moments = [
        datetime.combine(market.live[0], time(), tzinfo=SEOUL) + timedelta(minutes=10 * n) for n in range(145)
    ]
    for moment in moments:
        world.set(moment)
        seen |= {number(link.url) for link in SOURCE.parse_listing(world.feed().content)}
    expected = [a.no for a in market.articles if moments[0] < a.published_at <= moments[-1]]
    assert set(expected) <= seen
    assert all(a < b for a, b in pairwise(expected))
