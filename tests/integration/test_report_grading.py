"""Reports graded on the database, and what people say of them."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from nunchi.errors import NotFound
from nunchi.evaluate import ratings, reports
from nunchi.evaluate.repository import shown
from nunchi.market.calendar import xkrx
from nunchi.models import Report, ReportEvaluation, ReportRun, ReportScenario, Waiting
from tests.factories import NOON, stock
from tests.integration.test_evaluate import MONDAY, add_bar
from tests.integration.test_revisions import DAYS, after

REPORT, RATER, ADMIN = UUID(int=1), UUID(int=2), UUID(int=3)


def add_report(session: Session, report_id: UUID, day: date) -> None:
    """A report of a session's noon with one span of five sessions."""
    noon = xkrx().after(day, 0).closes_at - timedelta(hours=3)
    about = {
        "id": report_id,
        "stock_code": "990010",
        "arm": "prior",
        "session": day,
        "slot": "1000",
        "version": 1,
    }
    made = {"as_of": noon, "created_at": noon}
    asked = {"outcome": "ok", "reason": "", "model": "prior", "prompt_version": "", "calls": 0}
    session.add(ReportRun(**about, **made, **asked, input_tokens=0, output_tokens=0))
    session.flush()
    base = {
        "base_price_won": 10_000,
        "base_price_at": noon,
        "base_price_source": "close",
        "sigma20_ratio": 0.02,
    }
    said = {"summary_ko": "", "risks": [], "opportunities": [], "recommendation": "uncertain", "evidence": {}}
    session.add(Report(**about, **made, **base, **said))
    session.flush()
    prices = {"target_won": 10_900, "support_won": 9_500, "snapped": False, "text_ko": ""}
    session.add(ReportScenario(report_id=report_id, span="short", horizon_sessions=5, **prices))
    session.flush()


@pytest.fixture
def reported(session: Session) -> None:
    """A report of Monday."""
    session.add(stock())
    session.flush()
    add_report(session, REPORT, MONDAY)


def test_a_span_is_graded_once_its_last_session_has_closed(session: Session, reported: None) -> None:
    for day, close in zip(DAYS[:5], (10_000, 10_100, 11_000, 10_000, 9_400), strict=True):
        add_bar(session, day, close)
    assert reports.grade(session, xkrx(), now=after(DAYS[4])) == {"graded": 0, "waiting": 0}
    assert reports.grade(session, xkrx(), now=after(DAYS[5])) == {"graded": 0, "waiting": 1}
    add_bar(session, DAYS[5], 9_600)
    assert reports.grade(session, xkrx(), now=after(DAYS[6])) == {"graded": 1, "waiting": 0}
    found = session.scalars(select(ReportEvaluation)).one()
    assert (found.base_won, found.touch_sessions, found.break_sessions) == (10_000, 2, 4)
    assert found.grade == pytest.approx(0.4 * found.accuracy + 0.3 * found.timing + 0.3 * found.risk)
    assert found.accuracy == pytest.approx(1 - found.chance)
    (waited,) = session.scalars(select(Waiting).execution_options(populate_existing=True))
    assert waited.resolved_at == after(DAYS[6])
    assert reports.grade(session, xkrx(), now=after(DAYS[7])) == {"graded": 0, "waiting": 0}


def test_every_change_of_a_rating_is_kept_with_its_author(session: Session) -> None:
    ratings.rate(session, REPORT, RATER, 4, now=NOON)
    ratings.change(
        session, REPORT, RATER, 2, author_id=ADMIN, reason="looked again", now=NOON + timedelta(hours=1)
    )
    ratings.change(session, REPORT, RATER, 2, author_id=RATER, reason="", now=NOON + timedelta(hours=2))
    assert [one.stars for one in shown.ratings(session, REPORT, limit=9, after=None)] == [2]
    history = shown.changes(session, REPORT, RATER, limit=9, after=None)
    assert [(one.stars_before, one.stars, one.author_id) for one in history] == [
        (4, 2, ADMIN),
        (None, 4, RATER),
    ]


def test_a_rating_that_is_none_is_refused(session: Session) -> None:
    for stars in (0, 6, True):
        with pytest.raises(ratings.BadRating):
            ratings.rate(session, REPORT, RATER, stars, now=NOON)
    with pytest.raises(NotFound):
        ratings.change(session, REPORT, RATER, 3, author_id=RATER, reason="", now=NOON)
    ratings.rate(session, REPORT, RATER, 3, now=NOON)
    with pytest.raises(ratings.BadRating, match="change it"):
        ratings.rate(session, REPORT, RATER, 4, now=NOON)
    assert [one.stars for one in shown.changes(session, REPORT, RATER, limit=9, after=None)] == [3]
