"""The listing that texts are matched against, from the database."""

from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from nunchi.match import repository as names
from nunchi.match.rules import ABOUT, match
from nunchi.models import ListedName, Stock
from tests.factories import NOON, stock


def about(session: Session, title: str) -> list[str]:
    return [one.code for one in match(title, "", names.listing(session)) if one.relevance >= ABOUT]


def add(session: Session, *rows: Any) -> None:
    session.add_all(rows)
    session.flush()


def test_a_tracked_stock_is_found_by_its_listed_and_by_its_registered_names(session: Session) -> None:
    registered = [
        ListedName(code="990010", name=name, known_at=NOON) for name in ("새벽솔공업", "온누리기전")
    ]
    add(session, stock(), *registered)
    for title in ("다온솔전자, 공급계약 체결", "새벽솔공업, 공급계약 체결", "온누리기전, 공급계약 체결"):
        assert about(session, title) == ["990010"]


def test_a_company_that_is_not_tracked_is_known_by_its_registered_name(session: Session) -> None:
    add(session, stock(), ListedName(code="990777", name="다온솔전자머티", known_at=NOON))
    assert about(session, "다온솔전자머티, 공급계약 체결") == ["990777"]
    assert names.tracked(session, ["990777", "990010"]) == ["990010"]


def test_the_listing_is_kept_until_a_row_changes(session: Session) -> None:
    add(session, stock(), ListedName(code="990777", name="새벽솔공업", known_at=NOON))
    first = names.listing(session)
    assert names.listing(session) is first
    session.get_one(Stock, "990010").name = "미르빛바이오"
    session.flush()
    assert about(session, "미르빛바이오, 공급계약 체결") == ["990010"]
    session.execute(delete(ListedName))
    assert about(session, "새벽솔공업, 공급계약 체결") == []


def test_an_empty_database_names_nobody(session: Session) -> None:
    assert about(session, "다온솔전자, 공급계약 체결") == []
    assert names.tracked(session, []) == []
