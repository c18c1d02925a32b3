"""The daily look at experiments on a real database: the same cases, nobody let off, nothing of hindsight."""

import math
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from nunchi.evaluate.performance import perform
from nunchi.market.calendar import xkrx
from nunchi.models import Arm, ArmComparison, Evaluation, Experiment, Forecast, Performance
from nunchi.scoreboard import looks, service
from nunchi.seoul import seoul_date
from tests.factories import answer, case, forecast, stock, story

FIRST = date(2026, 3, 2)
SESSIONS = [session.day for session in xkrx().between(FIRST, date(2026, 10, 16))]
A, B = "neighbours", "gpt-4o"
HORIZON = 1
COUNTER = count()


def at_noon(day: date) -> datetime:
    return xkrx().after(day, 0).closes_at - timedelta(hours=3)


STARTED, NOW = at_noon(SESSIONS[0]), at_noon(SESSIONS[-1])


def add_experiment(session: Session, name: str = "one", **changed: Any) -> None:
    values = {
        "name": name, "arm_a": A, "arm_b": B, "pair": f"{B} {A}", "started_at": STARTED, "ended_at": None,
        "horizon_sessions": HORIZON, "alpha": 0.05, "primary": True,
    }  # fmt: skip
    session.add(Experiment(**values | changed))
    session.flush()


def add_case(
    session: Session, number: int, losses: dict[str, float | None], asked: tuple[str, ...] = ("prior", A, B),
    horizon: int = HORIZON, changed: dict[str, dict[str, Any]] | None = None,
) -> None:  # fmt: skip
    """A case of the numbered session's noon, with the losses of the arms that have one, and what is changed of them."""
    session.merge(stock())
    told = story(f"{number}-{next(COUNTER)}", at_noon(SESSIONS[number]))
    session.add(told)
    session.flush()
    opened = case(told, as_of=told.known_at)
    opened.asked = list(asked)
    session.add(opened)
    session.flush()
    for arm, loss in losses.items():
        said = answer(opened, arm)
        session.add(said)
        session.flush()
        made = forecast(said, horizon, sealed_at=told.known_at)
        session.add(made)
        session.flush()
        if loss is not None:
            values = {"prior_rps": losses["prior"]} | (changed or {}).get(arm, {})
            session.add(score(made, SESSIONS[number], loss, **values))
    session.flush()


def score(made: Forecast, entry: date, loss: float, **changed: Any) -> Evaluation:
    values = {
        "forecast_id": made.id, "entry_session": entry, "entry_kind": "close", "entry_won": 100, "exit_won": 100,
        "exit_session": entry, "adjusted_return_ratio": 0.0, "band_ratio": 0.01, "outcome": 1, "rps": loss,
        "brier": 0.5, "log_loss": 1.0, "hit": False, "known_at": at_noon(entry), "stock_code": "990010",
        "from_session": entry, "stock_return_ratio": 0.0, "raw_rps": loss, "late": False,
    }  # fmt: skip
    return Evaluation(**values | changed)


def looked(session: Session, now: datetime = NOW) -> list[ArmComparison]:
    looks.look(session, now=now)
    query = select(ArmComparison).where(ArmComparison.day == seoul_date(now))
    query = query.order_by(ArmComparison.experiment, ArmComparison.horizon_sessions)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def test_the_better_arm_is_named_once_there_are_days_enough(session: Session) -> None:
    add_experiment(session)
    for number in range(70):
        wave = 0.05 * math.sin(number)
        add_case(session, number, {"prior": 0.3, A: 0.2 + wave, B: 0.3})
    (found,) = looked(session)
    assert (found.verdict, found.role, found.alpha, found.kind) == ("a better", "primary", 0.05, "asymptotic")
    assert (found.days, found.pairs, found.missing_a, found.missing_b, found.days_needed) == (70, 70, 0, 0, 0)
    assert found.mean_difference == pytest.approx(-0.1, abs=0.01)
    assert found.lower < found.mean_difference < found.upper < 0
    (early,) = looked(session, at_noon(SESSIONS[58]))
    assert (early.days, early.verdict, early.minimum_days) == (59, "not enough evidence", 60)
    assert (early.lower, early.upper) == (-1, 1)


def test_a_missing_answer_counts_as_priors_and_is_shown(session: Session) -> None:
    add_experiment(session)
    add_case(session, 0, {"prior": 0.3, A: 0.1})
    add_case(session, 0, {"prior": 0.3, A: 0.3, B: None})
    add_case(session, 1, {"prior": 0.3, B: 0.7})
    (found,) = looked(session)
    assert (found.pairs, found.days, found.missing_a, found.missing_b) == (3, 2, 1, 2)
    # the days weigh the same: (0.1 - 0.3 + 0.3 - 0.3) / 2, and 0.3 - 0.7
    assert found.mean_difference == pytest.approx((-0.1 - 0.4) / 2)


def test_an_answer_in_time_counts_on_its_own_trade_beside_priors_there(session: Session) -> None:
    add_experiment(session)
    # B entered a minute later, where `prior` would have lost 0.5: each has gained 0.1 on it
    other = {"entry_kind": "minute", "prior_rps": 0.5}
    add_case(session, 0, {"prior": 0.3, A: 0.2, B: 0.4}, changed={B: other})
    (found,) = looked(session)
    assert (found.pairs, found.missing_b) == (1, 0)
    assert found.mean_difference == pytest.approx(0)


def test_the_record_and_the_comparison_count_the_same_answers(session: Session) -> None:
    add_experiment(session)
    add_case(
        session, 0, {"prior": 0.3, A: 0.2, B: 0.4}, changed={B: {"entry_kind": "open", "prior_rps": 0.5}}
    )
    add_case(session, 0, {"prior": 0.3, A: 0.2, B: 0.9}, changed={B: {"late": True}})
    (found,) = looked(session)
    perform(session, now=NOW)
    records = {
        one.arm: one for one in session.scalars(select(Performance).where(Performance.market == ""))
        if not one.event_kind
    }  # fmt: skip
    missing = {arm: records[arm].cases - records[arm].answered for arm in (A, B)}
    assert {A: found.missing_a, B: found.missing_b} == missing == {A: 0, B: 1}


def test_a_late_score_is_a_missing_answer(session: Session) -> None:
    add_experiment(session)
    add_case(session, 0, {"prior": 0.3, A: 0.3, B: 0.9}, changed={B: {"late": True}})
    (found,) = looked(session)
    assert (found.mean_difference, found.missing_b) == (0, 1)


def test_prior_is_never_missing_for_being_late(session: Session) -> None:
    add_experiment(session, arm_b="prior")
    add_case(session, 0, {"prior": 0.3, A: 0.2}, changed={"prior": {"late": True}})
    (found,) = looked(session)
    assert (found.pairs, found.missing_b) == (1, 0)
    assert found.mean_difference == pytest.approx(-0.1)


def test_only_cases_that_were_put_to_both_arms_are_compared(session: Session) -> None:
    add_experiment(session)
    add_case(session, 0, {"prior": 0.3, A: 0.1}, asked=("prior", A))
    assert looked(session) == []
    add_case(session, 0, {"prior": 0.3, A: 0.2, B: 0.1})
    assert [found.pairs for found in looked(session)] == [1]


def test_an_arm_can_be_compared_with_prior_itself(session: Session) -> None:
    add_experiment(session, arm_b="prior")
    add_case(session, 0, {"prior": 0.3, A: 0.2})
    (found,) = looked(session)
    assert (found.pairs, found.missing_b) == (1, 0)
    assert found.mean_difference == pytest.approx(-0.1)


def test_only_cases_of_the_experiments_time_are_compared(session: Session) -> None:
    add_experiment(session, started_at=at_noon(SESSIONS[1]), ended_at=at_noon(SESSIONS[3]))
    for number in range(5):
        add_case(session, number, {"prior": 0.3, A: 0.2, B: 0.1})
    (found,) = looked(session, at_noon(SESSIONS[10]))
    assert found.days == 2
    assert looked(session, at_noon(SESSIONS[10]) + timedelta(days=40)) == []


def test_what_was_known_before_a_models_training_ended_is_left_out_and_counted(session: Session) -> None:
    add_experiment(session)
    trained = session.get(Arm, B)
    assert trained is not None
    trained.training_cutoff = SESSIONS[2]
    for number, loss in enumerate((0.0, 0.0, 0.0, 0.4)):
        add_case(session, number, {"prior": 0.3, A: 0.3, B: loss})
    (found,) = looked(session)
    assert (found.pairs, found.days, found.before_cutoff) == (1, 1, 3)
    assert found.mean_difference == pytest.approx(-0.1)
    trained.training_cutoff = SESSIONS[5]
    (found,) = looked(session)
    assert (found.pairs, found.days, found.before_cutoff, found.mean_difference) == (0, 0, 4, 0)


def test_other_horizons_and_experiments_share_what_is_left_to_them(session: Session) -> None:
    add_experiment(session)
    add_experiment(session, "two", primary=False)
    for horizon in (1, 3, 5):
        add_case(session, 0, {"prior": 0.3, A: 0.2, B: 0.1}, horizon=horizon)
    found = [(one.experiment, one.horizon_sessions, one.role, one.alpha) for one in looked(session)]
    assert found == [
        ("one", 1, "primary", 0.05), ("one", 3, "secondary", 0.025), ("one", 5, "secondary", 0.025),
        *[("two", horizon, "secondary", pytest.approx(0.05 / 3)) for horizon in (1, 3, 5)],
    ]  # fmt: skip


def test_a_second_look_of_a_day_replaces_the_first_and_later_days_leave_it(session: Session) -> None:
    add_experiment(session)
    add_case(session, 0, {"prior": 0.3, A: 0.2, B: 0.1})
    assert looks.look(session, now=at_noon(SESSIONS[0])) == 1
    assert looks.look(session, now=at_noon(SESSIONS[0])) == 1
    add_case(session, 1, {"prior": 0.3, A: 0.9, B: 0.1})
    looks.look(session, now=at_noon(SESSIONS[1]))
    stored = session.execute(
        select(ArmComparison.days, ArmComparison.mean_difference).order_by(ArmComparison.day)
    )
    assert [(days, round(mean, 6)) for days, mean in stored] == [(1, 0.1), (2, 0.45)]


def test_the_scoreboard_shows_the_newest_look_with_the_arms_names(session: Session) -> None:
    add_experiment(session)
    for number in (0, 1):
        add_case(session, number, {"prior": 0.3, A: 0.2, B: 0.1})
        add_case(session, number, {"prior": 0.3, A: 0.2, B: 0.1}, horizon=3)
        looks.look(session, now=at_noon(SESSIONS[number]))
    found = service.comparisons(session)
    assert [(one.look.horizon_sessions, one.look.role, one.look.days) for one in found] == [
        (1, "primary", 2),
        (3, "secondary", 2),
    ]
    assert {(one.arm_a, one.arm_b) for one in found} == {(A, B)}
