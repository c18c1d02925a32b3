"""A report's versions: delivered twice, asked for again, asked for by many."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from nunchi import database, outbox
from nunchi.errors import NotFound
from nunchi.market.calendar import xkrx
from nunchi.models import OutboxRow, Report, ReportRun
from nunchi.report import service
from tests.integration.articles_worked import CODE, store
from tests.integration.reports_made import (
    at,
    dispatch,
    due,
    quote,
    reports,
    scenarios,
    store_market,
    store_stock,
    switch_on,
    work,
)

ONE = at(13)


@pytest.fixture(autouse=True)
def _stock(environment: dict[str, str]) -> None:
    store_stock()


def made() -> Report:
    dispatch(ONE)
    work(due())
    return reports()[0]


def requested(now: Any, arm: str = "prior") -> tuple[Any, bool]:
    with database.session() as session:
        return service.request(session, CODE, arm, xkrx(), now=now)


def test_a_second_delivery_changes_nothing() -> None:
    first = made()
    store_market()
    work(due(), now=at(14))
    assert [(one.id, one.created_at, one.base_price_won) for one in reports()] == [
        (first.id, first.created_at, first.base_price_won)
    ]


def test_a_request_makes_a_new_version_as_of_then_and_keeps_the_old() -> None:
    made()
    store(quote(10_180, at(13, 30)))
    asked, is_new = requested(at(14))
    assert (asked.version, asked.slot, is_new) == (2, "1300", True)
    work(asked, now=at(14, 1))
    assert [(one.version, one.as_of, one.base_price_won) for one in reports()] == [
        (1, ONE, reports()[0].base_price_won),
        (2, at(14), 10_180),
    ]


def test_a_request_while_one_is_due_is_the_same_request() -> None:
    made()
    first, is_new = requested(at(14))
    again, is_new_too = requested(at(14, 5))
    assert (first, is_new, is_new_too) == (again, True, False)
    later, is_new_later = requested(at(14, 31))
    assert (later.version, is_new_later) == (3, True)


def requested_through_the_queue(now: Any) -> UUID:
    with outbox.transaction() as session:
        return service.enqueue(session, CODE, "prior", xkrx(), now=now)


def test_a_request_while_the_provider_is_away_is_the_same_request() -> None:
    made()
    first = requested_through_the_queue(at(14))
    with database.session() as session:
        row = session.get_one(ReportRun, first)
        row.outcome = "server"  # it may pass, and its message comes back
    assert requested_through_the_queue(at(14, 45)) == first
    with database.session() as session:
        session.execute(update(OutboxRow).values(given_up_at=at(14, 50)))
    assert requested_through_the_queue(at(14, 55)) != first


def test_a_request_after_one_that_failed_for_good_is_another() -> None:
    made()
    first = requested_through_the_queue(at(14))
    with database.session() as session:
        row = session.get_one(ReportRun, first)
        row.outcome = "refused"
        session.execute(update(OutboxRow).values(closed_at=at(14, 1)))
    assert requested_through_the_queue(at(14, 2)) != first


def test_a_request_leaves_version_one_to_the_schedule() -> None:
    switch_on("gpt-4o")
    asked, is_new = requested(at(14), "gpt-4o")
    assert (asked.version, is_new) == (2, True)


@pytest.mark.parametrize(("code", "arm"), [("999999", "prior"), (CODE, "gpt-4o"), (CODE, "nobody")])
def test_a_request_about_what_is_not_there_or_off_is_refused(code: str, arm: str) -> None:
    with database.session() as session, pytest.raises(NotFound):
        service.request(session, code, arm, xkrx(), now=at(14))


def test_a_weekend_s_request_ends_sessions_after_the_one_that_opened_last() -> None:
    asked, _ = requested(at(12, day=date(2026, 10, 24)))
    assert (asked.session, asked.slot) == (date(2026, 10, 23), "1545")
    work(asked)
    found = reports()[0]
    assert scenarios(found)[0].last_session == xkrx().after(date(2026, 10, 23), 5).day
