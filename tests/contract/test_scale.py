"""A burst can't exhaust PostgreSQL: what may run at once, and what the smallest database takes."""

from typing import Any

from infra.checks.expand import ROOT
from infra.local.cloudformation import load
from infra.local.template import Function
from nunchi.settings import Settings
from tests.contract.deployed import DECLARED, FUNCTIONS, named, of_type

GIB = 1024**3
# RDS: LEAST(memory in bytes / 9531392, 5000), of the memory that the class leaves to PostgreSQL
BYTES_A_CONNECTION = 9_531_392
SMALLEST_GIB, LEFT_BY_RDS = 4, 0.9  # db.t4g.medium
ACCOUNT = 1000 - 100  # Lambda's quota in a region, less what must stay unreserved
MOST_AT_ONCE_OF_OTHERS = 10  # people, dumps, RDS itself


def reserved(function: Function) -> int:
    return int(of_type("AWS::Lambda::Function")[function.name]["ReservedConcurrentExecutions"])


def at_once() -> int:
    return sum(reserved(function) for function in FUNCTIONS)


@named(FUNCTIONS)
def test_what_a_queue_may_start_is_what_its_consumer_may_run(item: Function) -> None:
    sources = [source for source in DECLARED.queue_sources if source.function == item.name]
    if sources:
        assert reserved(item) == sum(source.max_concurrency or 0 for source in sources)


def test_an_environment_has_one_connection() -> None:
    assert Settings.model_fields["database_pool_size"].default == 1
    assert not any("DATABASE_POOL_SIZE" in function.environment for function in FUNCTIONS)


def store(name: str) -> dict[str, Any]:
    found: dict[str, Any] = load((ROOT / "infra" / "stores.yaml").read_text())["Resources"][name][
        "Properties"
    ]
    return found


def test_all_environments_at_once_have_a_connection_each_even_when_all_are_pinned() -> None:
    connections = SMALLEST_GIB * GIB * LEFT_BY_RDS / BYTES_A_CONNECTION
    pool = store("ProxyTargets")["ConnectionPoolConfigurationInfo"]
    assert at_once() + MOST_AT_ONCE_OF_OTHERS <= connections * pool["MaxConnectionsPercent"] / 100


def test_without_a_proxy_they_fit_into_the_smallest_database_too() -> None:
    assert at_once() + MOST_AT_ONCE_OF_OTHERS <= SMALLEST_GIB * GIB * LEFT_BY_RDS / BYTES_A_CONNECTION


def test_the_alarm_goes_off_above_what_functions_may_open_and_before_nothing_is_left() -> None:
    threshold = of_type("AWS::CloudWatch::Alarm")["DatabaseConnectionsAlarm"]["Threshold"]
    assert at_once() < threshold < SMALLEST_GIB * GIB * LEFT_BY_RDS / BYTES_A_CONNECTION


def test_the_functions_fit_into_an_accounts_quota() -> None:
    assert at_once() <= ACCOUNT


def test_the_smallest_database_that_may_be_chosen_is_the_one_that_was_reckoned_with() -> None:
    parameters = load((ROOT / "infra" / "stores.yaml").read_text())["Parameters"]
    assert parameters["DatabaseClass"]["Default"] == parameters["DatabaseClass"]["AllowedValues"][0]
    assert parameters["DatabaseClass"]["Default"] == "db.t4g.medium"


def test_a_request_waits_for_a_connection_no_longer_than_the_gateway_for_an_answer() -> None:
    assert store("ProxyTargets")["ConnectionPoolConfigurationInfo"]["ConnectionBorrowTimeout"] < 29
