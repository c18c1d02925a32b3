"""The plots of a run's report, as SVG that stands in the page itself."""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from infra.rerun.record import Record
from nunchi.market.rules import Outcome

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT = 4.2, 3.2  # inches, of one plot


def reliability(found: Sequence[Record]) -> str:
    """How often what was called likely came true: a plot for each class, a line for each arm."""
    figure, axes = _figure(len(Outcome))
    for outcome, plot in zip(Outcome, axes, strict=True):
        plot.plot([0, 1], [0, 1], color="0.7", linewidth=1)
        for one in found:
            curve = one.curves[outcome]
            plot.plot(
                [part.probability for part in curve], [part.frequency for part in curve], "o-", label=one.arm
            )
        plot.set(
            title=outcome.name.lower(), xlabel="probability", ylabel="frequency", xlim=(0, 1), ylim=(0, 1)
        )
    axes[0].legend()
    return _svg(figure)


def cumulative_gain(found: Sequence[Record]) -> str:
    """The loss of `prior` minus an arm's, added up over the entry sessions: a line that rises shows skill."""
    figure, (plot,) = _figure(1, width=2 * WIDTH)
    for one in found:
        days, gains = zip(*one.gain, strict=True)
        plot.plot(days, gains, label=one.arm)
    plot.axhline(0, color="0.7", linewidth=1)
    plot.set(xlabel="entry session", ylabel="RPS gained on prior, added up")
    plot.legend()
    figure.autofmt_xdate()
    return _svg(figure)


def coverage_and_cost(found: Sequence[Record], cost_usd: dict[str, float]) -> str:
    """The share of forecasts that each arm gave, and what its answers cost."""
    figure, (covered, paid) = _figure(2)
    arms = [one.arm for one in found]
    covered.barh(arms, [one.coverage for one in found])
    covered.set(title="coverage", xlim=(0, 1))
    paying = [*arms, *sorted(set(cost_usd) - set(arms))]  # also where all of an arm's forecasts are set apart
    paid.barh(paying, [cost_usd.get(arm, 0.0) for arm in paying])
    paid.set(title="cost (USD)")
    return _svg(figure)


def _figure(plots: int, *, width: float = WIDTH) -> "tuple[Figure, list[Axes]]":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width * plots, HEIGHT), layout="constrained")
    return figure, [figure.add_subplot(1, plots, place + 1) for place in range(plots)]


def _svg(figure: "Figure") -> str:
    from matplotlib import rc_context

    drawn = io.StringIO()
    # the same numbers give the same file
    with rc_context({"svg.hashsalt": "nunchi", "svg.fonttype": "none"}):
        figure.savefig(drawn, format="svg", metadata={"Date": None})
    return drawn.getvalue()[drawn.getvalue().index("<svg") :]
