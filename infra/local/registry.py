"""`nunchi arms` and `nunchi experiments`: who forecasts at which price, and what is compared."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from infra.local.errors import LocalError

if TYPE_CHECKING:
    from rich.table import Table
    from sqlalchemy.orm import Session

arms = typer.Typer(no_args_is_help=True, help="Who forecasts: models, their prices and budgets.")
experiments = typer.Typer(no_args_is_help=True, help="Which two arms are compared, and by what.")
Name = Annotated[str, typer.Argument(help="An arm's name.")]
Price = Annotated[float, typer.Option(help="US dollars for a million tokens.")]


@contextmanager
def _registry() -> Iterator["Session"]:
    """A transaction on the database of the environment, or of a running `make run`."""
    from infra.local.listing import find_database
    from nunchi import database
    from nunchi.errors import NunchiError

    find_database()
    try:
        with database.session() as session:
            yield session
    except NunchiError as exc:
        raise LocalError(str(exc)) from exc


def _print(table: "Table") -> None:
    from rich.console import Console

    Console().print(table)


def _table(*columns: str) -> "Table":
    from rich.table import Table

    return Table(*columns)


@arms.command("list")
def list_arms() -> None:
    """Shows every arm, and what it has spent today."""
    from nunchi import clock
    from nunchi.arms import repository
    from nunchi.calls import repository as calls

    table = _table(
        "arm", "role", "provider", "model", "prompt", "on", "in/cached/out $/M", "cut-off", "won today"
    )
    now = clock.now()
    with _registry() as session:
        for arm in repository.arms(session):
            prices = (
                arm.price_input_usd_per_mtok,
                arm.price_cached_usd_per_mtok,
                arm.price_output_usd_per_mtok,
            )
            table.add_row(
                arm.name,
                arm.role,
                arm.provider,
                arm.model,
                arm.prompt_version,
                "yes" if arm.active else "no",
                "/".join(f"{price:g}" for price in prices),
                str(arm.training_cutoff or ""),
                f"{calls.held(session, arm.name, now=now):,.0f} of {arm.daily_budget_krw:,}",
            )
    _print(table)


@arms.command("add")
def add_arm(
    name: Name,
    provider: Annotated[str, typer.Option(help="openai or openrouter.")],
    model: Annotated[str, typer.Option(help="The model's id at its provider.")],
    price_input: Price,
    price_cached: Price,
    price_output: Price,
    daily_budget_krw: Annotated[int, typer.Option(help="What it may spend in won a day in Seoul.")],
    prompt_version: Annotated[str, typer.Option(help="Which prompt it gets.")] = "forecast.v2",
    role: Annotated[str, typer.Option(help="main or challenger.")] = "challenger",
    training_cutoff: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The last day that its model may know of.")
    ] = None,
) -> None:
    """Adds an arm; it asks nothing until it is enabled."""
    from nunchi.arms import service
    from nunchi.arms.rules import NewArm

    cutoff = training_cutoff.date() if training_cutoff else None
    prices = (price_input, price_cached, price_output)
    with _registry() as session:
        service.add(
            session, NewArm(name, provider, model, prompt_version, role, *prices, cutoff, daily_budget_krw)
        )
    typer.echo(f"{name} is added, and off.")


@arms.command("enable")
def enable(name: Name) -> None:
    """Lets an arm be asked about stories from now on."""
    _switch(name, active=True)


@arms.command("disable")
def disable(name: Name) -> None:
    """Lets an arm be asked about no new story; what is due already is still answered, unless its budget is 0."""
    _switch(name, active=False)


def _switch(name: str, *, active: bool) -> None:
    from nunchi.arms import service

    with _registry() as session:
        service.switch(session, name, active=active)
    typer.echo(f"{name} is {'on' if active else 'off'}.")


@arms.command("budget")
def budget(name: Name, won: Annotated[int, typer.Argument(help="Won a day in Seoul.")]) -> None:
    """Sets what an arm may spend a day; it holds from the next call on."""
    from nunchi.arms import service

    with _registry() as session:
        service.set_budget(session, name, won)
    typer.echo(f"{name} may spend {won:,} won a day.")


@experiments.command("list")
def list_experiments() -> None:
    """Shows every experiment, the newest first."""
    from nunchi.arms import repository

    table = _table("experiment", "a", "b", "sessions", "alpha", "primary", "from", "to")
    with _registry() as session:
        for one in repository.experiments(session):
            span = (one.started_at, one.ended_at)
            table.add_row(
                one.name,
                one.arm_a,
                one.arm_b,
                str(one.horizon_sessions),
                f"{one.alpha:g}",
                "yes" if one.primary else "no",
                *(f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "" for moment in span),
            )
    _print(table)


@experiments.command("start")
def start_experiment(
    name: Annotated[str, typer.Argument(help="A new name.")],
    arm_a: Annotated[str, typer.Argument(help="The first arm.")],
    arm_b: Annotated[str, typer.Argument(help="The arm that it is compared with.")],
    horizon: Annotated[int, typer.Option(help="The horizon in sessions whose comparison decides.")] = 5,
    alpha: Annotated[float, typer.Option(help="The chance of a wrong verdict that is taken.")] = 0.05,
    primary: Annotated[bool, typer.Option(help="Whether it decides, or is looked at beside others.")] = True,
) -> None:
    """Starts an experiment. What is named here can't be changed later."""
    from nunchi import clock
    from nunchi.arms import service

    with _registry() as session:
        service.start(
            session,
            name,
            arm_a,
            arm_b,
            horizon_sessions=horizon,
            alpha=alpha,
            primary=primary,
            now=clock.now(),
        )
    typer.echo(f"{name} compares {arm_a} with {arm_b} from now on.")


@experiments.command("stop")
def stop_experiment(name: Annotated[str, typer.Argument(help="A running experiment.")]) -> None:
    """Ends an experiment, for good."""
    from nunchi import clock
    from nunchi.arms import repository

    with _registry() as session:
        repository.stop(session, name, now=clock.now())
    typer.echo(f"{name} has ended.")
