"""A run's report: one HTML file that needs nothing else."""

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from string import Template

from infra.rerun import plots
from infra.rerun.record import Record
from nunchi.market.rules import FORECAST_HORIZONS
from nunchi.scoreboard.rules import Comparison

COLUMNS = (
    "arm",
    "forecasts",
    "coverage",
    "entry sessions",
    "mean RPS",
    "skill",
    "95 % interval of skill",
    "verdict against prior",
    "calibration error",
)
DUEL_COLUMNS = ("a", "b", "horizon", "mean RPS of a - b", "bounds at every look", "entry sessions", "verdict")
Duel = tuple[str, str, int, Comparison]


def render(
    title: str,
    facts: Iterable[str],
    records: Sequence[Record],
    duels: Iterable[Duel],
    cost_usd: dict[str, float],
    hindsight: Sequence[Record] = (),
) -> str:
    """The page, of every arm's record at each horizon, and of pairs of arms.

    `hindsight` are the records of what a model may have read about in its training: set apart, and in no plot.
    """
    page = Template((Path(__file__).parent / "report.html").read_text(encoding="utf-8"))
    by_horizon = {
        horizon: [one for one in records if one.horizon_sessions == horizon] for horizon in FORECAST_HORIZONS
    }
    return page.substitute(
        title=escape(title),
        facts="".join(f"<li>{escape(fact)}</li>" for fact in facts),
        cost=plots.coverage_and_cost(next(filter(None, by_horizon.values()), []), cost_usd),
        horizons="".join(_horizon(horizon, found) for horizon, found in by_horizon.items() if found),
        duels=_table(DUEL_COLUMNS, [_duel(*one) for one in duels]),
        hindsight=_hindsight(hindsight) if hindsight else "",
    )


def _hindsight(found: Sequence[Record]) -> str:
    lines = [(str(one.horizon_sessions), *_line(one)) for one in found]
    return (
        "<h2>Before the training cut-off</h2>"
        '<p class="note">A model may have read in its training how these stories ended. This is no skill, and it is in '
        "nothing above.</p>" + _table(("sessions", *COLUMNS), lines)
    )


def _horizon(horizon: int, found: Sequence[Record]) -> str:
    return (
        f"<h2>{horizon} session{'s' * (horizon > 1)}</h2>"
        + _table(COLUMNS, [_line(one) for one in found])
        + plots.cumulative_gain(found)
        + plots.reliability(found)
    )


def _line(one: Record) -> tuple[str, ...]:
    skill = one.skill
    bounded = skill.lower is not None and skill.upper is not None
    return (
        one.arm,
        f"{one.forecasts:,}",
        f"{one.coverage:.1%}",
        f"{one.entry_sessions:,}",
        f"{one.mean_rps:.4f}",
        f"{skill.skill:+.2%}",
        f"{skill.lower:+.2%} to {skill.upper:+.2%}"
        if bounded
        else f"from {skill.minimum_days} entry sessions on",
        _verdict(one.versus_prior, one.arm, "prior"),
        f"{one.calibration_error:.3f}",
    )


def _duel(a: str, b: str, horizon: int, found: Comparison) -> tuple[str, ...]:
    return (
        a,
        b,
        str(horizon),
        f"{found.mean_difference:+.4f}",
        f"{found.lower:+.4f} to {found.upper:+.4f}",
        f"{found.days:,}",
        _verdict(found, a, b),
    )


def _verdict(found: Comparison, a: str, b: str) -> str:
    named = {"a better": f"{a} is better", "b better": f"{b} is better"}
    more = f", about {found.days_needed:,} more days" if found.days_needed else ""
    return named.get(found.verdict, found.verdict + more)


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in columns)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
