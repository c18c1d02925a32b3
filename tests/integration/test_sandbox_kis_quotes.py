"""What the sandbox's KIS says of stocks at a moment: it agrees with the market and with itself."""

from datetime import date, time

import pytest

from infra.sandbox import prices
from infra.sandbox.entities import Bar
from infra.sandbox.market import Market
from tests.integration.sandbox_client import World
from tests.integration.sandbox_kis_asked import ask, of_stock

IN_SESSION = [time(9), time(9, 0, 50), time(10, 7, 20), time(13), time(15, 19, 59), time(15, 25)]


def price(world: World, code: str) -> dict[str, str]:
    found: dict[str, str] = ask(world, "FHKST01010100", of_stock(code))["output"]
    return found


def minutes(world: World, code: str, day: date) -> list[dict[str, str]]:
    """All minutes of a day that are there, newest first."""
    rows: list[dict[str, str]] = []
    until = "153000"
    while not rows or rows[-1]["stck_cntg_hour"] != "090000":
        query = of_stock(code) | {"FID_INPUT_DATE_1": f"{day:%Y%m%d}", "FID_INPUT_HOUR_1": until}
        page = ask(world, "FHKST03010230", query)["output2"]
        rows += [row for row in page if not rows or row["stck_cntg_hour"] < rows[-1]["stck_cntg_hour"]]
        until = rows[-1]["stck_cntg_hour"]
    return rows


def whole(row: dict[str, str], *names: str) -> tuple[int, ...]:
    return tuple(int(row[name]) for name in names)


def bar_on(market: Market, code: str, day: date) -> Bar:
    return market.bars[code][market.sessions.index(day)]


def test_after_the_close_a_quote_is_the_sessions_bar(world: World, market: Market) -> None:
    day = market.live[2]
    world.at(day, time(20))
    for company in market.companies:
        bar, before = bar_on(market, company.code, day), bar_on(market, company.code, market.live[1])
        found = price(world, company.code)
        names = ("stck_oprc", "stck_hgpr", "stck_lwpr", "stck_prpr", "acml_vol", "stck_sdpr")
        assert whole(found, *names) == (
            bar.open_won,
            bar.high_won,
            bar.low_won,
            bar.close_won,
            bar.volume_shares,
            before.close_won,
        )
        assert whole(found, "stck_llam", "stck_mxpr") == prices.limits(before.close_won)
        assert whole(found, "prdy_vrss") == (bar.close_won - before.close_won,)
        assert bar.low_won <= float(found["wghn_avrg_stck_prc"]) <= bar.high_won


@pytest.mark.parametrize("moment", IN_SESSION)
def test_in_session_a_quote_is_what_the_minutes_make(world: World, market: Market, moment: time) -> None:
    day, code = market.live[1], market.companies[3].code
    world.at(day, moment)
    found, rows = price(world, code), minutes(world, code, day)
    assert rows[-1]["stck_oprc"] == found["stck_oprc"]
    assert max(int(row["stck_hgpr"]) for row in rows) == int(found["stck_hgpr"])
    assert min(int(row["stck_lwpr"]) for row in rows) == int(found["stck_lwpr"])
    assert rows[0]["stck_prpr"] == found["stck_prpr"]
    assert sum(int(row["cntg_vol"]) for row in rows) == int(found["acml_vol"])
    assert rows[0]["acml_tr_pbmn"] == found["acml_tr_pbmn"]
    assert all(row["stck_cntg_hour"] <= f"{moment:%H%M%S}" for row in rows)


def test_before_the_first_trade_there_is_a_base_and_nothing_else(world: World, market: Market) -> None:
    code, before = market.companies[0].code, bar_on(market, market.companies[0].code, market.live[0])
    world.at(market.live[1], time(8, 59, 59))
    found = price(world, code)
    assert whole(found, "stck_oprc", "stck_hgpr", "stck_lwpr", "acml_vol", "prdy_vrss") == (0,) * 5
    assert whole(found, "stck_prpr", "stck_sdpr") == (before.close_won,) * 2
    world.at(market.live[1], time(7, 59))
    assert whole(price(world, code), "stck_prpr", "acml_vol") == (before.close_won, before.volume_shares)


def test_several_prices_in_one_call_are_those_of_single_calls(world: World, market: Market) -> None:
    world.at(market.live[0], time(14, 3, 30))
    codes = [company.code for company in market.companies]
    query = {f"FID_COND_MRKT_DIV_CODE_{n}": "J" for n in range(1, len(codes) + 1)}
    query |= {f"FID_INPUT_ISCD_{n}": code for n, code in enumerate(codes, start=1)}
    rows = ask(world, "FHKST11300006", query)["output"]
    assert [row["inter_shrn_iscd"] for row in rows] == codes
    pairs = {
        "inter2_prpr": "stck_prpr",
        "inter2_prdy_vrss": "prdy_vrss",
        "acml_vol": "acml_vol",
        "inter2_oprc": "stck_oprc",
        "inter2_hgpr": "stck_hgpr",
        "inter2_lwpr": "stck_lwpr",
        "inter2_sdpr": "stck_sdpr",
        "inter2_mxpr": "stck_mxpr",
        "inter2_llam": "stck_llam",
    }
    for code, row in zip(codes, rows, strict=True):
        single = price(world, code)
        assert {one: row[one] for one in pairs} == {one: single[other] for one, other in pairs.items()}


def test_no_more_than_thirty_codes_have_an_answer_and_an_index_may_be_among_them(
    world: World, market: Market
) -> None:
    world.at(market.live[0], time(14))
    code = market.companies[0].code
    query = {f"FID_COND_MRKT_DIV_CODE_{n}": "J" for n in range(1, 40)}
    query |= {f"FID_INPUT_ISCD_{n}": code for n in range(1, 40)}
    assert len(ask(world, "FHKST11300006", query)["output"]) == 30
    query |= {"FID_COND_MRKT_DIV_CODE_2": "U", "FID_INPUT_ISCD_2": "1001", "FID_INPUT_ISCD_3": "999999"}
    rows = ask(world, "FHKST11300006", query)["output"]
    assert (len(rows), rows[1]["inter_shrn_iscd"], rows[1]["inter2_askp"]) == (29, "1001", "")


def test_an_order_book_lies_around_the_price_on_the_tick_and_within_the_limits(
    world: World, market: Market
) -> None:
    for moment in IN_SESSION:
        world.at(market.live[2], moment)
        for company in market.companies:
            answer = ask(world, "FHKST01010200", of_stock(company.code))
            _check_book(answer["output1"], price(world, company.code))
            assert answer["output1"]["aspr_acpt_hour"] == f"{moment:%H%M%S}"


def _check_book(book: dict[str, str], now: dict[str, str]) -> None:
    asks = [int(book[f"askp{n}"]) for n in range(1, 11) if book[f"askp{n}"] != "0"]
    bids = [int(book[f"bidp{n}"]) for n in range(1, 11) if book[f"bidp{n}"] != "0"]
    assert asks == sorted(set(asks))
    assert bids == sorted(set(bids), reverse=True)
    assert bids[0] < asks[0]
    assert int(now["stck_prpr"]) in {bids[0], asks[0]}
    assert all(won % prices.tick(won) == 0 for won in asks + bids)
    assert int(now["stck_llam"]) <= bids[-1] <= asks[-1] <= int(now["stck_mxpr"])
    assert sum(int(book[f"askp_rsqn{n}"]) for n in range(1, 11)) == int(book["total_askp_rsqn"])
    assert sum(int(book[f"bidp_rsqn{n}"]) for n in range(1, 11)) == int(book["total_bidp_rsqn"])


@pytest.mark.parametrize(
    ("moment", "expects"), [(time(8, 50), True), (time(12), False), (time(15, 25), True)]
)
def test_an_expected_price_there_is_in_auctions_only(
    world: World, market: Market, moment: time, expects: bool
) -> None:
    world.at(market.live[2], moment)
    found = ask(world, "FHKST01010200", of_stock(market.companies[0].code))["output2"]
    assert (found["antc_cnpr"] != "0", found["antc_vol"] != "0") == (expects, expects)


def test_the_ranking_orders_stocks_by_their_change(world: World, market: Market) -> None:
    world.at(market.live[1], time(11))
    for sort, falling in (("0", False), ("1", True)):
        rows = ask(world, "FHPST01700000", of_stock("0000") | {"FID_RANK_SORT_CLS_CODE": sort})["output"]
        changes = [float(row["prdy_ctrt"]) for row in rows]
        assert changes == sorted(changes, reverse=not falling)
        assert [row["data_rank"] for row in rows] == [str(n + 1) for n in range(len(market.companies))]
        assert rows[0]["stck_prpr"] == price(world, rows[0]["stck_shrn_iscd"])["stck_prpr"]


def test_the_ranking_of_a_market_has_its_stocks_only(world: World, market: Market) -> None:
    rows = ask(world, "FHPST01700000", of_stock("1001") | {"FID_RANK_SORT_CLS_CODE": "0"})["output"]
    kosdaq = {company.code for company in market.companies if company.market == "KOSDAQ"}
    assert {row["stck_shrn_iscd"] for row in rows} == kosdaq
