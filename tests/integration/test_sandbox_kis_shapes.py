"""Each of the sandbox's KIS answers has the fields of the real ones, all of them strings, at any time of a day."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, time
from typing import Any

import pytest

from infra.sandbox.market import Bar, IndexBar, Market
from infra.sandbox.server import serving
from tests.integration.sandbox_client import World
from tests.integration.sandbox_kis_asked import BASE, FIELDS, PATHS, ask, of_index, of_stock

MOMENTS = [time(7, 59), time(8, 30), time(9), time(11, 20, 40), time(15, 25), time(15, 30), time(20, 30)]


def queries(market: Market) -> dict[str, dict[str, str]]:
    """A query for each TR."""
    stock, index = of_stock(market.companies[0].code), of_index("0001")
    first, last = f"{market.sessions[0]:%Y%m%d}", f"{market.live[-1]:%Y%m%d}"
    both = {f"{name}_{n}": value for n, one in ((1, stock), (2, index)) for name, value in one.items()}
    return {
        "FHKST01010100": stock,
        "FHKST11300006": both,
        "FHKST01010200": stock,
        "FHKST03010100": stock | {"FID_INPUT_DATE_1": first, "FID_INPUT_DATE_2": last},
        "FHKST03010200": stock | {"FID_INPUT_HOUR_1": "153000", "FID_PW_DATA_INCU_YN": "Y"},
        "FHKST03010230": stock
        | {"FID_INPUT_DATE_1": f"{market.live[0]:%Y%m%d}", "FID_INPUT_HOUR_1": "153000"},
        "FHKST01010900": stock,
        "FHPST02300000": stock,
        "FHPST02320000": stock,
        "FHPUP02100000": index,
        "FHPUP02120000": index | {"FID_INPUT_DATE_1": last},
        "FHPUP02140000": index,
        "CTPF1002R": {"PRDT_TYPE_CD": "300", "PDNO": market.companies[0].code},
        "FHKST66430300": stock | {"FID_DIV_CLS_CODE": "0"},
        "FHPST01700000": of_stock("0000") | {"FID_RANK_SORT_CLS_CODE": "0"},
        "CTCA0903R": {"BASS_DT": last},
    }


def parts(told: Any) -> list[dict[str, str]]:
    """An output as rows."""
    return list(told) if isinstance(told, list) else [told]


@pytest.mark.parametrize("tr_id", sorted(PATHS))
def test_every_answer_has_the_fields_of_the_real_one_and_strings_only(
    world: World, market: Market, tr_id: str
) -> None:
    for moment in MOMENTS:
        world.at(market.live[1], moment)
        body = ask(world, tr_id, queries(market)[tr_id])
        outputs = {name: parts(told) for name, told in body.items() if name.startswith("output")}
        assert set(outputs) == set(FIELDS[tr_id])
        for name, rows in outputs.items():
            assert rows, name
            assert all(set(row) == FIELDS[tr_id][name] for row in rows)
            assert all(isinstance(value, str) for row in rows for value in row.values())
        assert {type(body[name]) for name in ("rt_cd", "msg_cd", "msg1")} == {str}


@pytest.mark.parametrize("tr_id", sorted(set(PATHS) - {"FHPST01700000", "CTCA0903R", "FHKST11300006"}))
def test_what_is_not_listed_has_an_answer_with_nothing_in_it(
    world: World, market: Market, tr_id: str
) -> None:
    query = queries(market)[tr_id]
    unknown = query | {name: "999999" for name in ("FID_INPUT_ISCD", "PDNO") if name in query}
    body = ask(world, tr_id, unknown)
    assert not any(body[name] for name in FIELDS[tr_id])


@pytest.mark.parametrize("tr_id", sorted(PATHS))
def test_a_call_is_refused_that_lacks_a_field_or_carries_another_tr(
    world: World, market: Market, tr_id: str
) -> None:
    headers = world.headers(tr_id)
    lacking = world.get(f"{BASE}/{PATHS[tr_id]}", {}, **headers).json()
    assert (lacking["rt_cd"], lacking["msg_cd"]) == ("1", "OPSQ2001")
    other = world.get(
        f"{BASE}/{PATHS[tr_id]}", queries(market)[tr_id], **(headers | {"tr_id": "FHKST00000000"})
    ).json()
    assert (other["rt_cd"], other["msg_cd"]) == ("1", "OPSQ0002")


@pytest.mark.parametrize(
    ("tr_id", "market_code"), [("FHKST01010100", "U"), ("FHPUP02100000", "J"), ("FHKST03010200", "X")]
)
def test_the_market_code_of_another_kind_is_refused(
    world: World, market: Market, tr_id: str, market_code: str
) -> None:
    query = queries(market)[tr_id] | {"FID_COND_MRKT_DIV_CODE": market_code}
    answer = world.get(f"{BASE}/{PATHS[tr_id]}", query, **world.headers(tr_id)).json()
    assert (answer["rt_cd"], "FID_COND_MRKT_DIV_CODE" in answer["msg1"]) == ("1", True)


@pytest.mark.parametrize("hour", ["", "250000", "9", "153000x"])
def test_a_time_that_is_none_is_refused(world: World, market: Market, hour: str) -> None:
    query = queries(market)["FHKST03010200"] | {"FID_INPUT_HOUR_1": hour}
    answer = world.get(f"{BASE}/{PATHS['FHKST03010200']}", query, **world.headers("FHKST03010200")).json()
    assert (answer["rt_cd"], "FID_INPUT_HOUR_1" in answer["msg1"]) == ("1", True)


# --- nothing of the future


def otherwise(bars: Sequence[Bar], first: date) -> Iterator[Bar]:
    """The same until the opening of a day, and from there on other prices."""
    for bar in bars:
        close_won = bar.high_won if bar.close_won < bar.high_won else bar.low_won
        yield replace(bar, close_won=close_won) if bar.session >= first else bar


def index_otherwise(bars: Sequence[IndexBar], first: date) -> Iterator[IndexBar]:
    for bar in bars:
        yield replace(bar, close=bar.low, high=bar.high + 5) if bar.session >= first else bar


@pytest.mark.parametrize("moment", [time(8, 45), time(9, 0, 5)])
def test_no_answer_tells_how_a_session_will_end(world: World, market: Market, moment: time) -> None:
    day = market.live[3]
    other = replace(
        market,
        bars={code: tuple(otherwise(bars, day)) for code, bars in market.bars.items()},
        index_bars={code: tuple(index_otherwise(bars, day)) for code, bars in market.index_bars.items()},
    )
    with serving(other) as address:
        elsewhere = World(address)
        for one in (world, elsewhere):
            one.at(day, moment)
        for tr_id, query in queries(market).items():
            assert ask(elsewhere, tr_id, query) == ask(world, tr_id, query), tr_id
        for one in (world, elsewhere):
            one.at(day, time(15, 30))
        query = queries(market)["FHKST01010100"]
        assert ask(elsewhere, "FHKST01010100", query) != ask(world, "FHKST01010100", query)
