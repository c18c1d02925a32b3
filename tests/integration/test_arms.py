"""The registry of arms and the experiments, by the operators' commands."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from typer.testing import CliRunner

from infra.local import platform
from infra.local.cli import app
from infra.local.errors import LocalError
from nunchi import database
from nunchi.adapters import openai
from nunchi.models import Arm, Experiment
from tests.integration.articles_worked import found

PRICES = ("--price-input", "0.15", "--price-cached", "0.075", "--price-output", "0.6")
MINI = ("mini", "--provider", "openai", "--model", "gpt-4o-mini", *PRICES, "--daily-budget-krw", "3000")


@pytest.fixture(autouse=True)
def database_of_its_own(environment: dict[str, str]) -> None:
    """The commands find it in the environment."""


def run(*command: str) -> str:
    done = CliRunner().invoke(app, command, catch_exceptions=False, env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    return done.output


def refused(*command: str) -> str:
    with pytest.raises(LocalError) as error:
        run(*command)
    return str(error.value)


def arm(name: str) -> Any:
    return next(one for one in found(Arm) if one.name == name)


def test_the_first_arms_have_prices_budgets_and_cut_offs() -> None:
    for one in found(Arm):
        paid = one.provider != "baseline"
        assert (one.price_output_usd_per_mtok > 0) is paid
        assert (one.daily_budget_krw > 0) is paid
        assert (one.training_cutoff is not None) is paid


def test_an_arm_is_added_off_and_switched_on_and_off() -> None:
    run("arms", "add", *MINI, "--training-cutoff", "2023-10-01")
    added = arm("mini")
    assert (added.active, added.role, added.prompt_version) == (False, "challenger", "forecast.v2")
    assert (added.price_input_usd_per_mtok, added.daily_budget_krw) == (0.15, 3000)
    run("arms", "enable", "mini")
    assert arm("mini").active
    run("arms", "disable", "mini")
    assert not arm("mini").active
    run("arms", "budget", "mini", "500")
    assert arm("mini").daily_budget_krw == 500
    listed = run("arms", "list")
    assert "gpt-4o-mini" in listed
    assert "0 of 500" in listed


def test_a_start_leaves_what_an_operator_has_switched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openai, "has_key", lambda provider: provider == "openai")
    assert platform.switch_arms() == ["deepseek-v3.2"]
    assert (arm("gpt-4o").active, arm("deepseek-v3.2").active) == (True, False)
    run("arms", "disable", "gpt-4o")
    run("arms", "enable", "deepseek-v3.2")
    run("arms", "add", *MINI)
    assert platform.switch_arms() == []
    assert [arm(name).active for name in ("gpt-4o", "deepseek-v3.2", "mini")] == [False, True, False]


@pytest.mark.parametrize(
    ("option", "value", "fault"),
    [
        ("--provider", "nobody", "provider 'nobody'"),
        ("--provider", "baseline", "provider 'baseline'"),
        ("--model", " ", "model"),
        ("--prompt-version", "forecast.v999", "prompt version 'forecast.v999'"),
        ("--role", "king", "role 'king'"),
        ("--price-output", "0", "prices"),
        ("--daily-budget-krw", "-1", "budget"),
    ],
)
def test_an_arm_that_can_not_be_is_refused_with_what_is_wrong(option: str, value: str, fault: str) -> None:
    before = len(found(Arm))
    assert fault in refused("arms", "add", *MINI, option, value)
    assert len(found(Arm)) == before


def test_an_arm_that_is_there_stays_as_it_is() -> None:
    assert "gpt-4o" in refused("arms", "add", "gpt-4o", *MINI[1:])
    assert arm("gpt-4o").model == "gpt-4o"
    assert "nobody" in refused("arms", "enable", "nobody")
    assert "prior" in refused("arms", "disable", "prior")
    assert "-5" in refused("arms", "budget", "gpt-4o", "--", "-5")
    assert "100000001" in refused("arms", "budget", "gpt-4o", "100000001")
    assert "prior" in refused("arms", "budget", "prior", "5")


def start(name: str, *more: str, pair: tuple[str, str] = ("gpt-4o", "deepseek-v3.2")) -> str:
    return run("experiments", "start", name, *pair, *more)


def test_a_pair_has_one_running_primary_experiment() -> None:
    start("first")
    for pair in (("gpt-4o", "deepseek-v3.2"), ("deepseek-v3.2", "gpt-4o")):
        assert "is running" in refused("experiments", "start", "second", *pair)
    start("beside", "--no-primary")
    start("other", pair=("gpt-4o", "prior"))
    run("experiments", "stop", "first")
    start("second", "--horizon", "3", "--alpha", "0.01")
    (second,) = (one for one in found(Experiment) if one.name == "second")
    assert (second.arm_a, second.arm_b, second.horizon_sessions) == ("gpt-4o", "deepseek-v3.2", 3)
    assert (second.alpha, second.primary, second.ended_at) == (0.01, True, None)
    assert "second" in run("experiments", "list")


@pytest.mark.parametrize(
    ("command", "fault"),
    [
        (("x", "gpt-4o", "gpt-4o"), "two different"),
        (("x", "gpt-4o", "nobody"), "nobody"),
        (("x", "gpt-4o", "prior", "--horizon", "2"), "horizon 2"),
        (("x", "gpt-4o", "prior", "--alpha", "1"), "alpha"),
        (("X Y", "gpt-4o", "prior"), "name 'X Y'"),
    ],
)
def test_an_experiment_that_can_not_be_is_refused(command: tuple[str, ...], fault: str) -> None:
    assert fault in refused("experiments", "start", *command)
    assert found(Experiment) == []


def test_an_experiment_ends_once() -> None:
    start("first")
    run("experiments", "stop", "first")
    assert "first" in refused("experiments", "stop", "first")
    assert "first is taken" in refused("experiments", "start", "first", "gpt-4o", "prior")


@pytest.mark.parametrize(
    "change",
    ["alpha = 0.2", "horizon_sessions = 1", "arm_b = 'prior'", '"primary" = false', "started_at = now()"],
)
def test_nothing_named_at_its_start_can_be_changed_even_by_sql(change: str) -> None:
    start("first")
    with pytest.raises(DBAPIError, match="can only be ended"), database.session() as session:
        session.execute(text(f"UPDATE experiments SET {change}"))  # noqa: S608


def test_an_experiment_that_has_ended_can_not_be_opened_again() -> None:
    start("first")
    run("experiments", "stop", "first")
    with pytest.raises(DBAPIError, match="can only be ended"), database.session() as session:
        session.execute(text("UPDATE experiments SET ended_at = NULL"))
