"""What the sandbox's KIS refuses: too many calls in a second, logins within a minute, and tokens that were revoked."""

from collections.abc import Iterator
from datetime import time
from typing import Any

import pytest
import requests

from infra.sandbox.kis_meter import Meter
from infra.sandbox.market import Market
from tests.integration.sandbox_client import LOGIN, World
from tests.integration.sandbox_kis_asked import BASE, PATHS, ask, of_stock

TOKEN = "/kis/oauth2/tokenP"
CONTROL = "/_control/kis"


@pytest.fixture
def world(world: World) -> Iterator[World]:
    """The sandbox with nothing counted; afterwards nothing is limited."""
    delete(world, CONTROL)
    yield world
    world.put(CONTROL, {})


def delete(world: World, path: str) -> Any:
    answer = requests.delete(world.address + path, timeout=10)
    assert answer.status_code == 200
    return answer.json()


def seen(world: World) -> dict[str, Any]:
    found: dict[str, Any] = world.get(CONTROL).json()
    return found


# --- the meter, on a clock of the test's own


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def hand() -> Hand:
    return Hand()


def asked(meter: Meter, hand: Hand, times: list[float], app_key: str = "key") -> list[bool]:
    """Which calls at these seconds pass."""
    passed = []
    for at_s in times:
        hand.now_s = 100 + at_s
        passed.append(meter.passes(app_key, "FHKST01010100"))
    return passed


def test_any_second_counts_and_not_only_the_clocks_own(hand: Hand) -> None:
    meter = Meter(hand)
    meter.per_second = 3
    assert asked(meter, hand, [0.8, 0.9, 0.95, 1.1, 1.7]) == [True, True, True, False, False]
    assert (meter.most_in_a_second, meter.refused) == (5, 2)


def test_a_second_later_calls_pass_again_and_refused_ones_do_not_count_against_them(hand: Hand) -> None:
    meter = Meter(hand)
    meter.per_second = 2
    assert asked(meter, hand, [0, 0.5, 0.6, 0.9, 1.0, 1.4, 1.5]) == [
        True,
        True,
        False,
        False,
        True,
        False,
        True,
    ]


def test_each_app_key_has_a_limit_of_its_own(hand: Hand) -> None:
    meter = Meter(hand)
    meter.per_second = 1
    assert asked(meter, hand, [0]) == asked(meter, hand, [0], "other") == [True]
    assert meter.most_in_a_second == 1


def test_without_a_limit_everything_passes_and_is_counted(hand: Hand) -> None:
    meter = Meter(hand)
    assert all(asked(meter, hand, [n / 100 for n in range(50)]))
    assert (meter.most_in_a_second, meter.requests) == (50, {"FHKST01010100": 50})


# --- over HTTP


def test_a_call_beyond_the_limit_is_refused_with_egw00201(world: World, market: Market) -> None:
    world.put(CONTROL, {"per_second": 1})
    headers, query = world.headers("FHKST01010100"), of_stock(market.companies[0].code)
    answers = [world.get(f"{BASE}/{PATHS['FHKST01010100']}", query, **headers) for _ in range(20)]
    refused = [answer for answer in answers if answer.status_code == 500]
    assert answers[0].status_code == 200
    assert refused
    assert {(one.json()["rt_cd"], one.json()["msg_cd"]) for one in refused} == {("1", "EGW00201")}
    assert seen(world)["refused"] == len(refused)
    assert seen(world)["requests"] == {"FHKST01010100": 20}


def test_by_default_nothing_is_refused(world: World, market: Market) -> None:
    for _ in range(60):
        ask(world, "FHKST01010100", of_stock(market.companies[0].code))
    assert (seen(world)["per_second"], seen(world)["refused"]) == (None, 0)
    assert seen(world)["most_in_a_second"] > 1


def test_calls_that_meet_a_fault_are_counted_too(world: World, market: Market) -> None:
    world.misbehave({"path": "/kis/uapi", "preset": "kis_rate_limit_in_200"})
    headers, query = world.headers("FHKST01010100"), of_stock(market.companies[0].code)
    answer = world.get(f"{BASE}/{PATHS['FHKST01010100']}", query, **headers)
    assert (answer.status_code, answer.json()["msg_cd"]) == (200, "EGW00201")
    assert seen(world)["requests"] == {"FHKST01010100": 1}


def test_a_revoked_token_is_refused_and_a_new_login_has_another(world: World, market: Market) -> None:
    headers, query = world.headers("FHKST01010100"), of_stock(market.companies[0].code)
    assert delete(world, f"{CONTROL}/token")["revoked"] >= 1
    answer = world.get(f"{BASE}/{PATHS['FHKST01010100']}", query, **headers)
    assert (answer.status_code, answer.json()["rt_cd"], answer.json()["msg_cd"]) == (500, "1", "EGW00123")
    delete(world, CONTROL)
    assert world.headers("FHKST01010100")["authorization"] != headers["authorization"]
    ask(world, "FHKST01010100", query)


def test_logins_and_new_tokens_are_counted_apart(world: World, market: Market) -> None:
    world.at(market.live[4], time(8))
    for _ in range(3):
        world.token()
    assert (seen(world)["token_requests"], seen(world)["tokens"]) == (3, 1)


def test_where_it_is_wanted_any_login_within_a_minute_is_refused(world: World, market: Market) -> None:
    world.at(market.live[3], time(8))
    world.put(CONTROL, {"once_a_minute": True})
    first = world.token()
    world.at(market.live[3], time(8, 0, 59))
    again = world.post(TOKEN, LOGIN)
    assert (again.status_code, again.json()["error_code"]) == (403, "EGW00133")
    world.at(market.live[3], time(8, 1))
    assert world.token() == first


@pytest.mark.parametrize("limits", [{"per_second": 0}, {"per_minute": 3}])
def test_limits_that_are_none_are_refused(world: World, limits: dict[str, int]) -> None:
    answer = requests.put(world.address + CONTROL, json=limits, timeout=10)
    assert answer.status_code == 422
