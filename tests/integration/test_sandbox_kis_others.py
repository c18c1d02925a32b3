"""What the sandbox's KIS says of indices, investors, evenings and companies."""

from datetime import datetime, time

import pytest

from infra.sandbox import hours, minutes
from infra.sandbox.entities import SEOUL
from infra.sandbox.market import Market
from tests.integration.sandbox_client import World
from tests.integration.sandbox_kis_asked import ask, of_index, of_stock

IN_SESSION = [time(9), time(9, 0, 50), time(10, 7, 20), time(13), time(15, 19, 59), time(15, 25)]

# --- indices


def level(world: World, code: str) -> dict[str, str]:
    found: dict[str, str] = ask(world, "FHPUP02100000", of_index(code))["output"]
    return found


def test_after_the_close_a_level_is_the_sessions_bar(world: World, market: Market) -> None:
    world.at(market.live[1], time(16))
    for code in ("0001", "1001"):
        bar = market.index_bars[code][market.sessions.index(market.live[1])]
        found = level(world, code)
        names = ("bstp_nmix_oprc", "bstp_nmix_hgpr", "bstp_nmix_lwpr", "bstp_nmix_prpr")
        assert tuple(float(found[name]) for name in names) == (bar.open, bar.high, bar.low, bar.close)


def test_in_session_a_level_moves_within_its_day_and_counts_the_stocks(world: World, market: Market) -> None:
    bar = market.index_bars["1001"][market.sessions.index(market.live[1])]
    found = []
    for moment in IN_SESSION:
        world.at(market.live[1], moment)
        now = level(world, "1001")
        found.append(float(now["bstp_nmix_prpr"]))
        assert (
            bar.low <= float(now["bstp_nmix_lwpr"]) <= found[-1] <= float(now["bstp_nmix_hgpr"]) <= bar.high
        )
        counts = (int(now[name]) for name in ("ascn_issu_cnt", "stnr_issu_cnt", "down_issu_cnt"))
        assert sum(counts) == sum(company.market == "KOSDAQ" for company in market.companies)
    assert len(set(found)) > 3
    assert found[0] == bar.open


def test_kospi_200_is_an_index_of_its_own_that_moves_with_kospi(world: World, market: Market) -> None:
    world.at(market.live[1], time(12))
    kospi, smaller = level(world, "0001"), level(world, "2001")
    assert float(smaller["bstp_nmix_prpr"]) == pytest.approx(0.135 * float(kospi["bstp_nmix_prpr"]), abs=0.01)
    assert world.index("2001", market.live[1])["output2"][0]["stck_bsop_date"] == f"{market.live[0]:%Y%m%d}"


def test_the_indices_of_a_market_are_those_that_can_be_asked_for(world: World, market: Market) -> None:
    world.at(market.live[1], time(18))
    rows = ask(world, "FHPUP02140000", of_index("0001"))["output2"]
    assert len(rows) == len({row["bstp_cls_code"] for row in rows}) > 10
    for row in rows:
        assert level(world, row["bstp_cls_code"])["bstp_nmix_prpr"] == row["bstp_nmix_prpr"]


# --- investors, evenings, products


def investors(world: World, code: str) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = ask(world, "FHKST01010900", of_stock(code))["output"]
    return rows


def test_todays_investors_are_empty_until_after_the_close(world: World, market: Market) -> None:
    day, codes = market.live[2], [company.code for company in market.companies]

    def known(moment: time) -> int:
        world.at(day, moment)
        rows = [investors(world, code)[0] for code in codes]
        assert {row["stck_bsop_date"] for row in rows} == {f"{day:%Y%m%d}"}
        return sum(row["frgn_ntby_qty"] != "" for row in rows)

    assert known(time(9)) == known(time(15, 54, 59)) == 0
    assert len(codes) - known(time(16)) in {1, 2}
    assert known(time(18)) == len(codes)


def test_what_investors_bought_and_sold_adds_up(world: World, market: Market) -> None:
    world.at(market.live[2], time(20))
    rows = investors(world, market.companies[1].code)
    assert [row["stck_bsop_date"] for row in rows] == [
        f"{day:%Y%m%d}"
        for day in reversed(market.sessions[: market.sessions.index(market.live[2]) + 1][-30:])
    ]
    for row, bar in zip(rows, reversed(market.bars[market.companies[1].code][:-2]), strict=False):
        assert int(row["stck_clpr"]) == bar.close_won
        for side in ("shnu", "seln"):
            sides = [int(row[f"{who}_{side}_vol"]) for who in ("prsn", "frgn", "orgn")]
            assert 0.9 * bar.volume_shares < sum(sides) <= bar.volume_shares
        for who in ("prsn", "frgn", "orgn"):
            assert int(row[f"{who}_ntby_qty"]) == int(row[f"{who}_shnu_vol"]) - int(row[f"{who}_seln_vol"])
            millions = int(row[f"{who}_ntby_qty"]) * bar.close_won / 1e6
            assert abs(int(row[f"{who}_ntby_tr_pbmn"]) - millions) < 1


def overtime(world: World, code: str) -> dict[str, str]:
    found: dict[str, str] = ask(world, "FHPST02300000", of_stock(code))["output"]
    return found


def test_an_evening_trades_what_the_minutes_left_of_the_days_shares(world: World, market: Market) -> None:
    day, code = market.live[1], market.companies[0].code
    bar = market.bars[code][market.sessions.index(day)]
    world.at(day, time(20))
    found = overtime(world, code)
    regular = sum(
        one.volume_shares for one in minutes.of_stock(market.seed, code, bar, hours.of(day)).minutes
    )
    assert regular + int(found["ovtm_untp_vol"]) == bar.volume_shares
    assert int(found["ovtm_untp_sdpr"]) == bar.close_won
    names = ("ovtm_untp_llam", "ovtm_untp_lwpr", "ovtm_untp_prpr", "ovtm_untp_hgpr", "ovtm_untp_mxpr")
    assert [int(found[name]) for name in names] == sorted(int(found[name]) for name in names)
    assert (
        0.9 * bar.close_won
        <= int(found["ovtm_untp_llam"])
        <= int(found["ovtm_untp_mxpr"])
        <= 1.1 * bar.close_won
    )


def test_an_evening_begins_half_an_hour_after_the_close_and_its_day_is_told_when_it_is_over(
    world: World, market: Market
) -> None:
    day, code = market.live[1], market.companies[0].code

    def volume_and_newest(moment: time) -> tuple[int, str]:
        world.at(day, moment)
        rows = ask(world, "FHPST02320000", of_stock(code))["output2"]
        return int(overtime(world, code)["ovtm_untp_vol"]), rows[0]["stck_bsop_date"]

    yesterday, today = f"{market.live[0]:%Y%m%d}", f"{day:%Y%m%d}"
    assert volume_and_newest(time(16, 9)) == (0, yesterday)
    early, late = volume_and_newest(time(17)), volume_and_newest(time(19, 59))
    assert 0 < early[0] < late[0]
    assert early[1] == late[1] == yesterday
    assert volume_and_newest(time(20))[1] == today


def test_a_product_is_named_by_its_number_and_keeps_its_shares(world: World, market: Market) -> None:
    for company in market.companies:
        found = ask(world, "CTPF1002R", {"PRDT_TYPE_CD": "300", "PDNO": company.code})["output"]
        assert (found["pdno"], found["prdt_abrv_name"]) == (f"00000A{company.code}", company.name)
        assert found["mket_id_cd"] == {"KOSPI": "STK", "KOSDAQ": "KSQ"}[company.market]
        assert (
            found["lstg_stqt"] == ask(world, "FHKST01010100", of_stock(company.code))["output"]["lstn_stcn"]
        )


def test_ratios_are_of_periods_that_have_been_reported_on(world: World, market: Market) -> None:
    def periods(year_or_quarter: str) -> list[str]:
        query = of_stock(market.companies[0].code) | {"FID_DIV_CLS_CODE": year_or_quarter}
        return [row["stac_yymm"] for row in ask(world, "FHKST66430300", query)["output"]]

    world.set(datetime(2026, 8, 10, tzinfo=SEOUL))
    assert periods("1")[:3] == ["202603", "202512", "202509"]
    world.set(datetime(2026, 8, 15, tzinfo=SEOUL))
    assert periods("1")[:2] == ["202606", "202603"]
    assert periods("0")[:2] == ["202512", "202412"]
