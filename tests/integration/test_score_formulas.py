"""The database's scores are those of the rules, whatever the forecasts and however their messages were ordered."""

from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from nunchi.evaluate import service
from nunchi.evaluate.performance import perform
from nunchi.market.calendar import xkrx
from nunchi.market.rules import classify
from nunchi.models import Evaluation, Forecast, ScoreDay
from nunchi.predict.rules import settle
from nunchi.scoreboard.rules import brier_score, log_loss, ranked_probability_score
from tests.integration.test_evaluate import AFTER_TUESDAY, MONDAY, TUESDAY, add_bar, add_forecast

EDGES = [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 1), (1, 1, 0), (0, 1, 1), (1, 0, 1)]


@pytest.mark.parametrize("close", [9_000, 10_000, 10_500])
def test_the_database_scores_as_the_rules_do(session: Session, close: int) -> None:
    random = Random(close)
    given = [*EDGES, *((random.random() ** 3, random.random(), random.random() ** 2) for _ in range(40))]
    for number, raw in enumerate(given):
        add_forecast(session, mark=str(number), probabilities=tuple(settle(raw)))
    add_bar(session, MONDAY, 10_000)
    add_bar(session, TUESDAY, close)
    assert service.evaluate(session, xkrx(), now=AFTER_TUESDAY)["evaluated"] == len(given)
    query = select(Evaluation, Forecast).join(Forecast, Forecast.id == Evaluation.forecast_id)
    for found, made in session.execute(query):
        assert found.outcome == classify(found.adjusted_return_ratio, found.band_ratio)
        said = (made.p_down, made.p_flat, made.p_up)
        assert found.rps == pytest.approx(ranked_probability_score(said, found.outcome), abs=1e-12)
        assert found.brier == pytest.approx(brier_score(said, found.outcome), abs=1e-12)
        assert found.log_loss == pytest.approx(log_loss(said, found.outcome), abs=1e-12)
        assert found.hit is (said.index(max(said)) == found.outcome)  # a tie goes to the lower class
        assert found.raw_rps == found.prior_rps == found.rps


def test_the_order_of_messages_changes_no_score(session: Session) -> None:
    """The same forecasts, stored in another order and sealed in the same minute."""
    outcomes = []
    for order in (range(6), reversed(range(6))):
        inner = session.begin_nested()
        for number in order:
            arm, said = ("prior", "neighbours")[number % 2], tuple(settle((number + 1, 3, 2)))
            add_forecast(session, arm, mark=str(number // 2), probabilities=said)
        add_bar(session, MONDAY, 10_000)
        add_bar(session, TUESDAY, 10_500)
        session.flush()
        service.evaluate(session, xkrx(), now=AFTER_TUESDAY)
        perform(session, now=AFTER_TUESDAY)
        scored = session.execute(select(Evaluation.__table__).order_by(Evaluation.forecast_id)).all()
        sums = session.execute(select(ScoreDay.__table__).order_by(ScoreDay.arm)).all()
        outcomes.append((scored, [(row.arm, row.cases, round(row.sum_rps, 9)) for row in sums]))
        inner.rollback()
        session.expunge_all()
    assert outcomes[0] == outcomes[1]
    assert len(outcomes[0][0]) == 6


def test_a_run_that_is_repeated_at_its_own_moment_stores_nothing(session: Session) -> None:
    add_forecast(session)
    add_bar(session, MONDAY, 10_000)
    add_bar(session, TUESDAY, 10_500)
    service.evaluate(session, xkrx(), now=AFTER_TUESDAY)
    before = session.execute(select(Evaluation.__table__)).all()
    assert service.evaluate(session, xkrx(), now=AFTER_TUESDAY)["evaluated"] == 0
    assert service.evaluate(session, xkrx(), now=AFTER_TUESDAY + timedelta(days=9))["evaluated"] == 0
    assert session.execute(select(Evaluation.__table__)).all() == before
