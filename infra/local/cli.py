"""`nunchi`: the operators' commands."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from infra.local.errors import LocalError
from infra.local.folders import emptied
from infra.local.platform import ROOT
from infra.local.registry import arms, experiments

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
stocks = typer.Typer(no_args_is_help=True, help="The stocks that are followed.")
app.add_typer(stocks, name="stocks")
backfill = typer.Typer(no_args_is_help=True, help="Loading what was before.")
app.add_typer(backfill, name="backfill")
embed = typer.Typer(no_args_is_help=True, help="The vectors by which similar stories are found.")
app.add_typer(embed, name="embed")
app.add_typer(arms, name="arms")
app.add_typer(experiments, name="experiments")
ledger = typer.Typer(no_args_is_help=True, help="What was forecast, and when.")
app.add_typer(ledger, name="ledger")
users = typer.Typer(no_args_is_help=True, help="Who may log in.")
app.add_typer(users, name="users")

STATE = ROOT / ".local"
PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input, one line.")
]
Port = Annotated[int, typer.Option(help="Where the API is served, on 127.0.0.1.")]


@app.command()
def demo(
    once: Annotated[bool, typer.Option(help="Stop after the summary.")] = False,
    seed: Annotated[int, typer.Option(help="Which sample market.")] = 1,
    sessions: Annotated[int, typer.Option(min=1, max=59, help="Live sessions.")] = 10,
    intraday: Annotated[bool, typer.Option(help="Play the prices within sessions, too.")] = False,
    port: Port = 8000,
) -> None:
    """Replays a sample market through the whole system, prints a summary, and serves the API."""
    from infra.local import demo as replayed
    from infra.local.world import Sample

    sample = Sample(seed=seed, live=sessions)
    raise SystemExit(
        replayed.show(emptied(STATE / "demo"), sample=sample, port=port, once=once, intraday=intraday)
    )


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


@backfill.command("prices")
def backfill_prices(
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day.")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="The last day.")],
) -> None:
    """Loads daily bars of all stocks and indices from KIS; what is there is kept, so it can be run again."""
    from infra.local.prices import load

    stored = load(first.date(), last.date())
    typer.echo(f"{stored} bars were stored.")


@embed.command("rebuild")
def rebuild_vectors() -> None:
    """Embeds all stories anew by EMBEDDER's model, beside the vectors in use, and then changes over; can be resumed."""
    from infra.local.embedding import rebuild

    typer.echo(f"{rebuild().name} is in use.")


@embed.command("abandon")
def abandon_vectors() -> None:
    """Gives up a rebuild that was begun for EMBEDDER's model, and removes what it has filled."""
    from infra.local.embedding import abandon

    name = abandon()
    typer.echo(f"{name} is removed." if name else "No rebuild was begun.")


@ledger.command("verify")
def verify_ledger(
    archive: Annotated[
        str,
        typer.Option(help="Where the seals are kept, s3:// or file://; else SEAL_STORE_URI, or .local/run."),
    ] = "",
) -> None:
    """Recomputes every seal against the archive and names what was changed; exits 1 if anything was."""
    from rich.console import Console

    from infra.local.ledger import check

    raise SystemExit(1 if check(archive, Console()) else 0)


@app.command()
def report(
    stock: Annotated[str, typer.Option(help="A stock's six-character code.")],
    arm: Annotated[str | None, typer.Option(help="One arm; all active ones when not given.")] = None,
) -> None:
    """Makes a new version of a stock's reports, as of now; older versions stay."""
    from infra.local.reporting import regenerate
    from nunchi import clock

    for line in regenerate(stock, arm, clock=clock.now):
        typer.echo(line)


@app.command("telegram-webhook")
def telegram_webhook(
    url: Annotated[
        str, typer.Argument(help="The API's /api/telegram/webhook, as Telegram reaches it by https.")
    ],
) -> None:
    """Has Telegram send what people write to the bot of TELEGRAM_BOT_TOKEN to this address."""
    from infra.local.webhook import set_up

    set_up(url)
    typer.echo(f"Updates are sent to {url}.")


@users.command("create-admin")
def create_admin(
    email: Annotated[str, typer.Argument(help="What they log in with.")],
    nickname: Annotated[str, typer.Argument(help="What others see.")],
    password_stdin: PasswordStdin = False,
) -> None:
    """Makes an account that may everything; asks for its password, which is never an argument."""
    from infra.local.admins import create

    typer.echo(f"admin {create(email, nickname, _password(password_stdin))}")


@users.command("set-password")
def set_password(
    email: Annotated[str, typer.Argument(help="What they log in with.")],
    password_stdin: PasswordStdin = False,
) -> None:
    """Gives a user who has forgotten theirs another password, and ends all their logins."""
    from infra.local import admins

    typer.echo(f"user {admins.set_password(email, _password(password_stdin))}")


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


@app.command()
def replay(
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day.")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="The last day.")],
    arm: Annotated[list[str], typer.Option(help="A registered arm, active or not; can be given many times.")],
    prompt: Annotated[str, typer.Option(help="A prompt version in place of a model's own.")] = "",
    model: Annotated[str, typer.Option(help="A model id in place of a model's own.")] = "",
    at_once: Annotated[int, typer.Option(min=1, max=32, help="Cases under way together.")] = 4,
    spend_usd: Annotated[float, typer.Option(min=0, help="No case is begun once so much is spent.")] = 1.0,
    name: Annotated[str, typer.Option(help="The run's name; the same one goes on where it stopped.")] = "",
    cutoff: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The last day that the models may have read of."),
    ] = None,
) -> None:
    """Puts stored cases to arms again, apart from the live record, and writes a report of how they would have done."""
    from infra.rerun.command import Wanted, replay

    known = cutoff.date() if cutoff else None
    wanted = Wanted(first.date(), last.date(), arm, prompt, model, at_once, spend_usd, known)
    typer.echo(replay(wanted, STATE / "replays" / (name or wanted.name)))


def main() -> None:
    """Runs a command; what goes wrong on this machine is one clear line."""
    try:
        app()
    except LocalError as exc:
        sys.exit(f"nunchi: {exc}")
    except OSError as exc:
        sys.exit(f"nunchi: {exc.strerror or exc}: {exc.filename or ''}".rstrip(": "))
