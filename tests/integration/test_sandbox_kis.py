"""The sandbox's KIS: tokens, and bars that appear when a session has closed."""

from datetime import time

import pytest

from infra.sandbox.market import Market
from tests.integration.sandbox_client import DAILY, INDEX, LOGIN, World


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
        assert world.index("0001", day)["output2"][0]["stck_bsop_date"] != f"{day:%Y%m%d}"
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
