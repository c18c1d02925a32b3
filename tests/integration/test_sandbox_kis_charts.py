"""The sandbox's KIS over time: minute charts, daily rows before and after a right is detached, and closed days."""

from datetime import date, datetime, time, timedelta
from typing import Any

from infra.sandbox import kis_actions, minutes
from infra.sandbox.hours import of as hours_of
from infra.sandbox.market import Market
from tests.integration.sandbox_client import World
from tests.integration.sandbox_kis_asked import BASE, PATHS, ask, of_stock


def chart(
    world: World, code: str, until: str, day: date | None = None, past: str = "N"
) -> list[dict[str, str]]:
    """The minutes of today, or of a day, newest first."""
    query = of_stock(code) | {"FID_INPUT_HOUR_1": until, "FID_PW_DATA_INCU_YN": past}
    if day is None:
        rows = ask(world, "FHKST03010200", query)["output2"]
    else:
        rows = ask(world, "FHKST03010230", query | {"FID_INPUT_DATE_1": f"{day:%Y%m%d}"})["output2"]
    return list(rows)


def truth(market: Market, code: str, day: date) -> tuple[minutes.Minute, ...]:
    bar = market.bars[code][market.sessions.index(day)]
    return minutes.of_stock(market.seed, code, bar, hours_of(day)).minutes


def written(one: minutes.Minute) -> tuple[str, ...]:
    won = (one.open_won, one.high_won, one.low_won, one.close_won, one.volume_shares)
    return (f"{one.at:%Y%m%d}", f"{one.at:%H%M%S}", *map(str, won))


def read(row: dict[str, str]) -> tuple[str, ...]:
    names = (
        "stck_bsop_date",
        "stck_cntg_hour",
        "stck_oprc",
        "stck_hgpr",
        "stck_lwpr",
        "stck_prpr",
        "cntg_vol",
    )
    return tuple(row[name] for name in names)


def test_todays_chart_has_thirty_minutes_back_from_the_time_that_was_asked_for(
    world: World, market: Market
) -> None:
    code, day = market.companies[0].code, market.live[1]
    world.at(day, time(14))
    true = [written(one) for one in truth(market, code, day) if one.at.time() <= time(11, 20)]
    assert [read(row) for row in chart(world, code, "112000")] == true[:-31:-1]


def test_todays_chart_ends_at_the_clock_with_a_minute_that_goes_on(world: World, market: Market) -> None:
    code, day = market.companies[0].code, market.live[1]
    world.at(day, time(11, 20, 5))
    newest, before = chart(world, code, "153000")[:2]
    world.at(day, time(11, 21))
    assert chart(world, code, "112000")[1] == before
    finished = chart(world, code, "112000")[0]
    assert newest["stck_cntg_hour"] == finished["stck_cntg_hour"] == "112000"
    assert newest["stck_oprc"] == finished["stck_oprc"]
    assert int(newest["cntg_vol"]) < int(finished["cntg_vol"])


def test_a_past_day_has_120_minutes_at_once_and_all_of_them_in_pages(world: World, market: Market) -> None:
    code, day = market.companies[2].code, market.sessions[40]
    rows = chart(world, code, "153000", day)
    assert len(rows) == 120
    while rows[-1]["stck_cntg_hour"] > "090000":
        before = datetime.strptime(rows[-1]["stck_cntg_hour"], "%H%M%S") - timedelta(minutes=1)  # noqa: DTZ007
        rows += chart(world, code, f"{before:%H%M%S}", day)
    assert [read(row) for row in rows] == [written(one) for one in reversed(truth(market, code, day))]


def test_a_chart_goes_on_into_the_session_before_only_where_that_is_wanted(
    world: World, market: Market
) -> None:
    code, (yesterday, today) = market.companies[0].code, market.live[:2]
    world.at(today, time(9, 4, 30))
    alone, more = chart(world, code, "090400"), chart(world, code, "090400", past="Y")
    true = [written(one)[1] for one in truth(market, code, today)[:5]]
    assert [row["stck_cntg_hour"] for row in alone] == [hour for hour in reversed(true) if hour <= "090400"]
    assert more[: len(alone)] == alone
    assert len(more) == 30
    assert read(more[len(alone)]) == written(truth(market, code, yesterday)[-1])
    assert len(chart(world, code, "090400", today, past="Y")) == 120


def test_there_is_no_chart_of_a_closed_day_or_of_the_future(world: World, market: Market) -> None:
    code, saturday = market.companies[0].code, market.sessions[4] + timedelta(days=1)
    world.at(market.live[0], time(10))
    assert chart(world, code, "153000", saturday) == []
    assert chart(world, code, "153000", market.live[1]) == []


# --- a right that is detached


def daily(world: World, code: str, market: Market, adjusted: bool) -> dict[str, dict[str, str]]:
    """The last hundred daily rows by day."""
    query = of_stock(code) | {
        "FID_INPUT_DATE_1": f"{market.sessions[0]:%Y%m%d}",
        "FID_INPUT_DATE_2": f"{market.live[-1]:%Y%m%d}",
        "FID_ORG_ADJ_PRC": "0" if adjusted else "1",
    }
    return {row["stck_bsop_date"]: row for row in ask(world, "FHKST03010100", query)["output2"]}


def test_prices_as_traded_are_the_markets_and_adjusted_ones_are_on_todays_footing(
    world: World, market: Market
) -> None:
    action = kis_actions.of(market)
    assert action is not None
    bars = {f"{bar.session:%Y%m%d}": bar for bar in market.bars[action.code]}
    traded, adjusted = (daily(world, action.code, market, of) for of in (False, True))
    day = f"{action.session:%Y%m%d}"
    assert min(traded) < day < max(traded)
    for row_day, row in traded.items():
        assert int(row["stck_clpr"]) == bars[row_day].close_won
        ratio = 20 / 21 if row_day < day else 1.0
        for name in ("stck_oprc", "stck_hgpr", "stck_lwpr", "stck_clpr"):
            assert abs(int(adjusted[row_day][name]) - ratio * int(row[name])) <= 0.5
        assert adjusted[row_day]["acml_vol"] == row["acml_vol"]


def test_the_day_of_the_right_has_a_base_below_the_close_before(world: World, market: Market) -> None:
    action = kis_actions.of(market)
    assert action is not None
    traded = daily(world, action.code, market, adjusted=False)
    days = sorted(traded)
    place = days.index(f"{action.session:%Y%m%d}")
    row, before = traded[days[place]], traded[days[place - 1]]
    base_won = int(row["stck_clpr"]) - int(row["prdy_vrss"])
    assert abs(base_won - int(before["stck_clpr"]) * 20 / 21) <= 500
    assert base_won < int(before["stck_clpr"])
    assert [one["flng_cls_code"] for one in (before, row)] == ["00", "01"]
    world.at(action.session, time(10))
    now = ask(world, "FHKST01010100", of_stock(action.code))["output"]
    assert int(now["stck_sdpr"]) == base_won


def test_before_its_day_nothing_is_adjusted_for_a_right(world: World, market: Market) -> None:
    action = kis_actions.of(market)
    assert action is not None
    world.set(
        datetime.combine(action.session, time(), tzinfo=market.articles[0].published_at.tzinfo) - timedelta(1)
    )
    assert daily(world, action.code, market, adjusted=True) == daily(
        world, action.code, market, adjusted=False
    )


def test_other_stocks_have_one_series_only(world: World, market: Market) -> None:
    code = market.companies[0].code
    assert daily(world, code, market, adjusted=True) == daily(world, code, market, adjusted=False)


# --- closed days


def closed_days(world: World, first: date, **more: str) -> tuple[dict[str, Any], str]:
    """A page and its `tr_cont`."""
    headers = world.headers("CTCA0903R") | ({"tr_cont": "N"} if more else {})
    answer = world.get(f"{BASE}/{PATHS['CTCA0903R']}", {"BASS_DT": f"{first:%Y%m%d}", **more}, **headers)
    return answer.json(), answer.headers["tr_cont"]


def test_the_pages_of_closed_days_follow_each_other_to_the_last_session(world: World, market: Market) -> None:
    body, mark = closed_days(world, market.sessions[0])
    rows, pages = list(body["output"]), 1
    while mark in {"M", "F"}:
        assert len(body["output"]) == 24
        assert len(body["ctx_area_nk"]) == 20
        keys = {"CTX_AREA_NK": body["ctx_area_nk"], "CTX_AREA_FK": body["ctx_area_fk"]}
        body, mark = closed_days(world, market.sessions[0], **keys)
        rows, pages = rows + list(body["output"]), pages + 1
    days = [f"{market.sessions[0] + timedelta(n):%Y%m%d}" for n in range(len(rows))]
    assert ([row["bass_dt"] for row in rows], pages) == (days, 8)
    assert [row["bass_dt"] for row in rows if row["opnd_yn"] == "Y"] == [
        f"{day:%Y%m%d}" for day in market.sessions
    ]


def test_without_the_header_the_first_page_comes_again(world: World, market: Market) -> None:
    first, _ = closed_days(world, market.sessions[0])
    again = ask(
        world, "CTCA0903R", {"BASS_DT": f"{market.sessions[0]:%Y%m%d}", "CTX_AREA_NK": first["ctx_area_nk"]}
    )
    assert again["output"] == first["output"]


def test_weekdays_are_numbered_from_sunday_on(world: World, market: Market) -> None:
    rows = closed_days(world, date(2026, 9, 6))[0]["output"][:7]
    assert [row["wday_dvsn_cd"] for row in rows] == ["01", "02", "03", "04", "05", "06", "07"]
    assert [row["opnd_yn"] for row in rows] == ["N", "Y", "Y", "Y", "Y", "Y", "N"]
