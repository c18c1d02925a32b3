"""What every function says while it works: to PostgreSQL, where nothing may pin a connection of RDS Proxy's, and to
CloudWatch, where alarms and the dashboard look for it."""

import io
import json
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from infra.checks import invoke_all
from infra.checks.pinning import LONGEST_BYTES, pins
from infra.local.stores import Stores
from infra.local.world import World
from infra.sandbox.server import serving
from nunchi import clock
from nunchi.market.calendar import xkrx
from tests.contract.deployed import listed, of_type
from tests.contract.test_alarms import watched
from tests.e2e import played
from tests.traffic import recorded


@dataclass(frozen=True)
class Heard:
    """Statements with their protocol, and metrics in CloudWatch's embedded format."""

    statements: dict[str, str]
    metrics: list[dict[str, Any]]


@pytest.fixture(scope="module")
def heard(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> Heard:
    """Of a run in which each function but Migrate answers its event, and the queues are worked."""
    home, market = tmp_path_factory.mktemp("pinning"), invoke_all.a_market()
    with serving(market) as url:
        world = World(url)
        with played.empty_platform(stores, home, world, "pinning") as running:
            world.set_clock(xkrx().after(market.live[-1], 0).closes_at + timedelta(hours=1))
            running.invoke("MigrateFunction", {})
            invoke_all.load(market)
            written = io.StringIO()
            measuring = played.environment({"POWERTOOLS_METRICS_DISABLED": "false"})
            with measuring, recorded() as statements, redirect_stdout(written):
                for name in running.template.functions:
                    if name != "MigrateFunction":
                        running.invoke(name, invoke_all.event(name))
                running.pump.drain(clock.now())
    lines = [line for line in written.getvalue().splitlines() if '"_aws"' in line]
    return Heard(statements, [json.loads(line) for line in lines])


@pytest.fixture(scope="module")
def said(heard: Heard) -> dict[str, str]:
    return heard.statements


def values(heard: Heard, name: str, **dimensions: str) -> list[float]:
    """What was recorded of a metric with just these dimensions."""
    return [
        value
        for record in heard.metrics
        for directive in record["_aws"]["CloudWatchMetrics"]
        if name in {metric["Name"] for metric in directive["Metrics"]}
        and {key: record[key] for key in directive["Dimensions"][0]} == dimensions
        for value in listed(record[name])
    ]


def alarmed_about(metric: str) -> list[dict[str, str]]:
    """The dimensions under which alarms look for a metric of ours."""
    found = [each for alarm in of_type("AWS::CloudWatch::Alarm").values() for each in watched(alarm)]
    return [dimensions for namespace, name, dimensions in found if (namespace, name) == ("nunchi", metric)]


def test_the_lag_from_publication_is_measured_as_its_alarm_looks_for_it(heard: Heard) -> None:
    (dimensions,) = alarmed_about("ForecastLag")
    lags = values(heard, "ForecastLag", **dimensions)
    assert lags
    # the stories of a market whose last session is over: later than the alarm allows
    assert max(lags) > of_type("AWS::CloudWatch::Alarm")["ForecastLagAlarm"]["Threshold"]


def test_a_models_latency_and_cost_are_measured_as_alarm_and_dashboard_look_for_them(heard: Heard) -> None:
    for dimensions in alarmed_about("ModelLatency"):
        assert min(values(heard, "ModelLatency", **dimensions)) >= 0
        assert sum(values(heard, "ModelCost", **dimensions)) > 0


def test_what_was_read_of_a_source_is_measured_as_its_alarm_looks_for_it(heard: Heard) -> None:
    seen = [
        dimensions for dimensions in alarmed_about("PagesRead") if values(heard, "PagesRead", **dimensions)
    ]
    assert len(seen) >= 4
    assert alarmed_about("PagesRead") == alarmed_about("PagesFailed")


def test_no_statement_pins_its_connection(said: dict[str, str]) -> None:
    assert {statement[:200]: why for statement in said if (why := pins(statement))} == {}


def test_no_statement_is_prepared_by_name(said: dict[str, str]) -> None:
    assert set(said.values()) == {"simple", "unnamed"}


def test_every_stage_was_heard(said: dict[str, str]) -> None:
    written = " ".join(said)
    for table in (
        "articles",
        "stories",
        "cases",
        "answers",
        "forecasts",
        "report_runs",
        "daily_bars",
        "outbox",
    ):
        assert f"INSERT INTO {table} " in written, table
    assert len(said) > 100


@pytest.mark.parametrize(
    "statement",
    [
        "SET statement_timeout = 5",
        "select set_config('a.b', 'c', false)",
        "CREATE TEMP TABLE t (i int)",
        "select 1 into temp t",
        "PREPARE q AS SELECT 1",
        "DECLARE c CURSOR FOR SELECT 1",
        "LISTEN news",
        "SELECT nextval('s')",
        "SELECT pg_advisory_lock(1)",
        "SELECT pg_try_advisory_lock_shared(1)",
        "DISCARD ALL",
        "SELECT '" + LONGEST_BYTES * "x" + "'",
    ],
)
def test_what_pins_is_known(statement: str) -> None:
    assert pins(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "SET LOCAL statement_timeout = 5",
        "UPDATE arms SET active = $1",
        "SELECT pg_advisory_xact_lock(1)",
        "SELECT pg_try_advisory_xact_lock(1)",
        "INSERT INTO outbox (name) VALUES ($1) RETURNING id",
        "SELECT temporary FROM t",
        "begin transaction",
    ],
)
def test_what_does_not_pin_is_let_through(statement: str) -> None:
    assert pins(statement) is None
