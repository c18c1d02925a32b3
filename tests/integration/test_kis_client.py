"""KIS's client over HTTP: what each method asks and gives, further pages, and what paper trading lacks."""

from collections.abc import Iterator
from datetime import date

import pytest

from infra.local.stores import Stores
from nunchi.adapters import redis
from nunchi.adapters.kis import KisClient, NotOnPaper, UnexpectedBody
from tests import kis_bodies as bodies
from tests import kis_other_bodies as others
from tests.conftest import forget_clients
from tests.integration.kis_asked import KEY, SECRET, StandIn, hasty, standing_in
from tests.integration.kis_cases import CASES, Case
from tests.kis_bodies import STOCK

DAY = date(2026, 7, 3)
IDS = [f"{case[0].name}-{place}" for place, case in enumerate(CASES)]


@pytest.fixture
def kis(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    monkeypatch.setenv("REDIS_URL", stores.redis_url)
    forget_clients()
    redis.get_client().flushdb()
    with standing_in() as stand_in:
        yield stand_in
    forget_clients()


@pytest.fixture
def client(kis: StandIn) -> KisClient:
    return KisClient(kis.url, KEY, SECRET, rate_per_s=500, manners=hasty())


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_method_asks_as_the_portal_says_and_gives_results(
    kis: StandIn, client: KisClient, case: Case
) -> None:
    endpoint, call, body, expected, query = case
    kis.answers[endpoint.tr_id] = body
    assert expected
    assert call(client) == expected
    ((path, asked, headers),) = kis.asked
    assert path == endpoint.path
    assert asked.items() >= query.items()
    assert headers.items() >= {"tr_id": endpoint.tr_id, "custtype": "P", "appkey": KEY, "tr_cont": ""}.items()


def test_the_host_tells_paper_trading_unless_it_is_said() -> None:
    paper_host = "https://openapivts.koreainvestment.com:29443"
    assert KisClient(paper_host, KEY, SECRET).is_paper
    assert not KisClient(paper_host, KEY, SECRET, paper=False).is_paper
    assert not KisClient("https://openapi.koreainvestment.com:9443", KEY, SECRET).is_paper


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_what_paper_trading_lacks_is_off_and_not_sent(kis: StandIn, case: Case) -> None:
    endpoint, call, body, expected, _ = case
    kis.answers[endpoint.tr_id] = body
    client = KisClient(kis.url, KEY, SECRET, paper=True, rate_per_s=500, manners=hasty())
    if endpoint.on_paper:
        assert call(client) == expected
        return
    with pytest.raises(NotOnPaper, match=endpoint.name):
        call(client)
    assert (kis.asked, kis.tokens) == ([], [])


def test_too_many_codes_are_a_mistake_and_none_are_no_call(kis: StandIn, client: KisClient) -> None:
    with pytest.raises(ValueError, match="31 codes"):
        client.prices([str(code) for code in range(31)])
    assert client.prices([]) == []
    assert kis.asked == []


# --- pages


def test_the_calendar_goes_on_where_a_page_ended_and_names_each_day_once(
    kis: StandIn, client: KisClient
) -> None:
    kis.answers["CTCA0903R"] = [
        others.calendar_page(("20260716", "Y"), ("20260717", "N"), following="20260717"),
        others.calendar_page(("20260717", "N"), ("20260718", "N")),
    ]
    found = client.closed_days(date(2026, 7, 16))
    assert [(day.day.day, day.is_open) for day in found] == [(16, True), (17, False), (18, False)]
    (_, first, before), (_, second, after) = kis.asked
    assert (before["tr_cont"], after["tr_cont"]) == ("", "N")
    assert (first["CTX_AREA_NK"], second["CTX_AREA_NK"].strip()) == ("", "20260717")
    assert second["BASS_DT"] == "20260716"


def test_a_call_without_contexts_pages_by_its_header_alone(kis: StandIn, client: KisClient) -> None:
    pages = [
        others.INDEX_DAYS,
        others.INDEX_DAYS | {"output2": [others.index_row("20260701")]},
    ]
    kis.answers["FHPUP02120000"] = list(pages)
    assert [bar.session.day for bar in client.index_days("0001", DAY)] == [3, 2, 1]
    assert kis.asked[0][1] == kis.asked[1][1]


def test_pages_end_after_ten_and_where_they_repeat(kis: StandIn, client: KisClient) -> None:
    days = [others.calendar_page((f"202607{day:02d}", "Y")) for day in range(1, 20)]
    kis.answers["CTCA0903R"] = list(days)
    assert len(client.closed_days(DAY)) == 10
    kis.asked.clear()
    kis.answers["CTCA0903R"] = [days[0], days[0], days[1]]
    assert len(client.closed_days(DAY)) == 1
    assert len(kis.asked) == 2


def test_more_than_a_hundred_days_take_more_calls(kis: StandIn, client: KisClient) -> None:
    months = [[f"2026{month:02d}{day:02d}" for day in range(25, 0, -1)] for month in (7, 6, 5, 4)]
    hundred = [bodies.daily_row(day) for days in months for day in days]
    older = [bodies.daily_row("20260331")]
    kis.answers["FHKST03010100"] = [bodies.DAILY | {"output2": rows} for rows in (hundred, older)]
    assert len(client.daily_bars(STOCK, date(2026, 3, 1), date(2026, 7, 25))) == 101
    assert [query["FID_INPUT_DATE_2"] for _, query, _ in kis.asked] == ["20260725", "20260331"]


def test_a_body_that_surprises_is_not_asked_for_again(kis: StandIn, client: KisClient) -> None:
    kis.answers["FHKST01010100"] = bodies.succeeded(output=[])
    with pytest.raises(UnexpectedBody, match="inquire-price: output is no object"):
        client.current_price(STOCK)
    assert len(kis.asked) == 1
