"""The arms that cost nothing. A model has skill only if it beats them."""

from collections.abc import Callable

from nunchi.market.rules import FORECAST_HORIZONS
from nunchi.predict import rules
from nunchi.predict.question import Question, Reply

PROVIDER = "baseline"  # of arms that cost nothing
Forecasts = dict[int, rules.Probabilities]


def prior(question: Question) -> Forecasts:
    """The stock's own shares, shrunk to its market's. Raises `NoHistory`."""
    return {
        horizon: rules.prior(
            question.own_counts.get(horizon, (0, 0, 0)), question.market_counts.get(horizon, ())
        )
        for horizon in FORECAST_HORIZONS
    }


def neighbours(question: Question) -> Forecasts:
    """The prior, moved by what followed the most similar past stories. Raises `NoHistory`."""
    return {
        horizon: rules.neighbours(base, question.outcomes_after_similar(horizon))
        for horizon, base in prior(question).items()
    }


BASELINES: dict[str, Callable[[Question], Forecasts]] = {"prior": prior, "neighbours": neighbours}


def answer(question: Question) -> Reply:
    """A baseline's forecast, by the name of its model."""
    return Reply(forecasts=BASELINES[question.model](question), model=question.model)
