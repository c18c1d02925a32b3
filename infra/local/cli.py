"""`nunchi`: the operators' commands."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from infra.local.errors import LocalError
from infra.local.folders import emptied
from infra.local.platform import ROOT

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
stocks = typer.Typer(no_args_is_help=True, help="The stocks that are followed.")
app.add_typer(stocks, name="stocks")

STATE = ROOT / ".local"
Port = Annotated[int, typer.Option(help="Where the API is served, on 127.0.0.1.")]


@app.command()
def demo(
    once: Annotated[bool, typer.Option(help="Stop after the summary.")] = False,
    seed: Annotated[int, typer.Option(help="Which sample market.")] = 1,
    port: Port = 8000,
) -> None:
    """Replays a sample market through the whole system, prints a summary, and serves the API."""
    from infra.local import demo as replayed

    raise SystemExit(replayed.show(emptied(STATE / "demo"), seed=seed, port=port, once=once))


@app.command()
def run(port: Port = 8000) -> None:
    """Runs the live system on embedded stores kept in .local/run, until Ctrl-C."""
    from infra.local import live

    live.serve(STATE / "run", port=port)


@stocks.command("import")
def import_stocks(
    file: Annotated[
        Path, typer.Argument(help="CSV with the header code,name,market or code,name,market,priority.")
    ],
) -> None:
    """Adds listed stocks, or renames those that are there; the running system needs no restart."""
    from infra.local.listing import import_csv

    typer.echo(f"{import_csv(file)} stocks are followed.")


def main() -> None:
    """Runs a command; what goes wrong on this machine is one clear line."""
    try:
        app()
    except LocalError as exc:
        sys.exit(f"nunchi: {exc}")
    except OSError as exc:
        sys.exit(f"nunchi: {exc.strerror or exc}: {exc.filename or ''}".rstrip(": "))
