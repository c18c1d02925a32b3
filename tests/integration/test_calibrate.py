"""Recalibrators on a real database: fitted each night on what is known, shown from then on, sealed by name."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from nunchi import ids
from nunchi.calibrate import nightly, repository, service
from nunchi.models import Answer, Arm, Calibrator, Case, Evaluation, Forecast, Story
from nunchi.predict.rules import Probabilities, settle
from nunchi.seoul import seoul_date
from tests.factories import NOON, answer, case, forecast, stock, story

FIRST = date(2026, 1, 5)
SESSIONS, A_DAY = 70, 6
NIGHT = datetime.combine(FIRST, datetime.min.time(), NOON.tzinfo) + timedelta(days=SESSIONS + 5)
ARM = "neighbours"


def rows_of(*objects: Any) -> list[dict[str, Any]]:
    return [
        {
            column.key: getattr(one, column.key)
            for column in one.__table__.columns
            if column.key in one.__dict__
        }
        for one in objects
    ]


def overconfident(session: Session, *, sessions: int = SESSIONS, arm: str = ARM, seed: int = 1) -> None:
    """An arm's record, one session a day: what it gives is the truth squared."""
    session.merge(stock())
    session.flush()
    draw, made = np.random.default_rng(seed), []
    for day in range(sessions):
        for n in range(A_DAY):
            truth = draw.dirichlet((2.0, 3.0, 2.0))
            outcome = int(draw.choice(3, p=truth))
            made.append(
                recorded(
                    f"{arm} {day} {n}", arm, FIRST + timedelta(days=day), settle(list(truth**2)), outcome
                )
            )
    for table, place in ((Story, 0), (Case, 1), (Answer, 2), (Forecast, 3)):
        session.execute(insert(table), rows_of(*(one[place] for one in made)))
    session.execute(insert(Evaluation), [one[4] for one in made])


def recorded(mark: str, arm: str, day: date, raw: Probabilities, outcome: int) -> tuple[Any, ...]:
    told = story(mark)
    asked = case(told)
    said = answer(asked, arm)
    made = forecast(said, 1, (raw.down, raw.flat, raw.up))
    return told, asked, said, made, evaluation(made.id, day, outcome)


def evaluation(forecast_id: UUID, day: date, outcome: int) -> dict[str, Any]:
    known_at = datetime.combine(day, datetime.min.time(), NOON.tzinfo) + timedelta(days=1, hours=8)
    zeros = ("stock_return_ratio", "adjusted_return_ratio", "rps", "brier", "log_loss", "raw_rps")
    shares = dict.fromkeys(zeros, 0.0)
    return shares | {
        "forecast_id": forecast_id,
        "stock_code": "990010",
        "from_session": day,
        "entry_session": day,
        "entry_kind": "close",
        "entry_won": 1,
        "exit_session": day + timedelta(days=1),
        "exit_won": 1,
        "band_ratio": 0.01,
        "outcome": outcome,
        "hit": True,
        "late": False,
        "known_at": known_at,
    }


def stored(session: Session, arm: str = ARM, horizon: int = 1) -> list[Calibrator]:
    query = select(Calibrator).where(Calibrator.arm == arm, Calibrator.horizon_sessions == horizon)
    return list(session.scalars(query.order_by(Calibrator.fitted_at)))


RAW = Probabilities(0.1, 0.2, 0.7)


def test_every_arm_but_prior_has_a_version_each_night_for_each_horizon(session: Session) -> None:
    assert nightly.recalibrate(session, now=NOON) == 3 * 3
    assert nightly.recalibrate(session, now=NOON + timedelta(minutes=1)) == 0
    assert nightly.recalibrate(session, now=NOON + timedelta(days=1)) == 3 * 3
    assert [one.version for one in stored(session)] == ["2026-10-19", "2026-10-20"]
    assert stored(session, "prior") == []


def test_without_a_record_it_is_the_identity(session: Session) -> None:
    nightly.recalibrate(session, now=NOON)
    (found,) = stored(session)
    assert (found.method, found.forecasts, found.entry_sessions) == ("identity", 0, 0)
    assert (found.rps_before, found.known_until) == (None, None)
    assert service.shown(session, ARM, {1: RAW}, now=NOON)[1] == service.Shown(RAW, "identity")


def test_an_overconfident_arm_is_shown_with_less_confidence(session: Session) -> None:
    overconfident(session)
    nightly.recalibrate(session, now=NIGHT)
    (found,) = stored(session)
    assert found.method != "identity"
    assert (found.forecasts, found.entry_sessions) == (SESSIONS * A_DAY, SESSIONS)
    assert found.rps_after is not None
    assert found.rps_before is not None
    assert found.rps_after < found.rps_before
    shown = service.shown(session, ARM, {1: RAW, 3: RAW}, now=NIGHT)
    assert shown[1].calibrator == f"{found.method}@{found.version}"
    assert max(shown[1].probabilities) < max(RAW)
    assert shown[3] == service.Shown(RAW, "identity")


def test_priors_own_record_never_moves_it(session: Session) -> None:
    overconfident(session, arm="prior")
    nightly.recalibrate(session, now=NIGHT)
    assert service.shown(session, "prior", {1: RAW}, now=NIGHT)[1] == service.Shown(RAW, "identity")


def test_outcomes_that_are_known_later_move_nothing_that_was_shown_before(session: Session) -> None:
    overconfident(session)
    nightly.recalibrate(session, now=NIGHT)
    before = service.shown(session, ARM, {1: RAW}, now=NIGHT)
    first = stored(session)[0].parameters
    overconfident_later = [
        recorded(f"later {n}", ARM, NIGHT.date() + timedelta(days=n // 6), settle((98, 1, 1)), 2)
        for n in range(300)
    ]
    for table, place in ((Story, 0), (Case, 1), (Answer, 2), (Forecast, 3)):
        session.execute(insert(table), rows_of(*(one[place] for one in overconfident_later)))
    session.execute(insert(Evaluation), [one[4] for one in overconfident_later])
    nightly.recalibrate(session, now=NIGHT + timedelta(days=90))
    assert service.shown(session, ARM, {1: RAW}, now=NIGHT + timedelta(days=89)) == before
    assert service.shown(session, ARM, {1: RAW}, now=NIGHT + timedelta(days=90)) != before
    assert stored(session)[0].parameters == first
    session.execute(text("ALTER TABLE calibrators DISABLE TRIGGER USER"))
    session.execute(text("DELETE FROM calibrators"))
    nightly.recalibrate(session, now=NIGHT)  # the same night again, with the future in the tables
    assert service.shown(session, ARM, {1: RAW}, now=NIGHT) == before


def test_a_night_looks_back_over_a_window_of_sessions(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    overconfident(session)
    monkeypatch.setattr(nightly, "WINDOW_SESSIONS", 65)
    nightly.recalibrate(session, now=NIGHT)
    assert (stored(session)[0].forecasts, stored(session)[0].entry_sessions) == (65 * A_DAY, 65)


@pytest.mark.parametrize(("arm", "counted"), [(ARM, 2 * A_DAY), ("prior", 3 * A_DAY)])
def test_late_forecasts_teach_nothing_but_priors(session: Session, arm: str, counted: int) -> None:
    overconfident(session, sessions=3, arm=arm)
    session.execute(update(Evaluation).where(Evaluation.entry_session == FIRST).values(late=True))
    assert len(repository.outcomes(session, arm, 1, now=NIGHT, sessions=9)) == counted


def test_forecasts_of_events_that_a_model_may_have_read_of_teach_nothing(session: Session) -> None:
    overconfident(session, sessions=3)
    day = seoul_date(session.scalars(select(Story.known_at)).first() or NOON)
    for cutoff, counted in ((day - timedelta(days=1), 3 * A_DAY), (day, 0)):
        session.execute(update(Arm).where(Arm.name == ARM).values(training_cutoff=cutoff))
        assert len(repository.outcomes(session, ARM, 1, now=NIGHT, sessions=9)) == counted


def test_a_calibrator_that_has_been_used_can_not_be_changed(session: Session) -> None:
    nightly.recalibrate(session, now=NOON)
    with pytest.raises(DatabaseError, match="append-only"):
        session.execute(text("UPDATE calibrators SET parameters = '{}'"))


def test_an_answer_is_written_with_what_is_shown(session: Session) -> None:
    """Through Predict's own write."""
    from nunchi.events import ForecastDue
    from nunchi.predict import service as predict

    overconfident(session)
    nightly.recalibrate(session, now=NIGHT)
    asked = case(session.merge(story("new")), as_of=NIGHT)
    session.flush()
    session.add(asked)
    session.commit()
    due = ForecastDue(case_id=asked.id, arm=ARM, provider="baseline")
    predict.work(due, now=NIGHT, clock=lambda: NIGHT)(session)
    session.flush()
    found = session.get_one(Forecast, ids.derive("forecast", ids.derive("answer", asked.id, ARM), 1))
    assert found.calibrator == f"{stored(session)[0].method}@{stored(session)[0].version}"
    expected = service.shown(
        session, ARM, {1: Probabilities(found.p_down, found.p_flat, found.p_up)}, now=NIGHT
    )
    assert (found.shown_down, found.shown_flat, found.shown_up) == tuple(expected[1].probabilities)
    assert found.shown_up != found.p_up
