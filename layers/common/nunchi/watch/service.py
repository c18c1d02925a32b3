"""What users do with their watchlists. A list of another user's is as if it were not there."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from nunchi.errors import NotFound
from nunchi.models import Stock, Watchlist
from nunchi.watch import repository, rules
from nunchi.watch.repository import Held
from nunchi.watch.rules import Full, NameTaken


def create(session: Session, user_id: UUID, name: str, *, now: datetime) -> Held:
    """Makes an empty list. Raises `BadName`, `Full` and `NameTaken`."""
    made = Watchlist(id=uuid4(), user_id=user_id, name=rules.list_name(name), created_at=now)
    if repository.lock_lists(session, user_id) >= rules.MOST_LISTS:
        raise Full("lists", rules.MOST_LISTS)
    if not repository.add(session, made):
        raise NameTaken("name")
    return Held(made.id, made.name, made.created_at, 0)


def found(session: Session, user_id: UUID, list_id: UUID) -> Held:
    """A user's list. Raises `NotFound`, of another's, too."""
    return _required(repository.one(session, user_id, list_id), list_id)


def rename(session: Session, user_id: UUID, list_id: UUID, name: str) -> Held:
    """Gives a list another name. Raises `BadName`, `NotFound` and `NameTaken`."""
    wanted = rules.list_name(name)
    try:
        with session.begin_nested():
            renamed = repository.rename(session, user_id, list_id, wanted)
    except IntegrityError:
        raise NameTaken("name") from None
    if not renamed:
        raise NotFound("watchlist", list_id)
    return found(session, user_id, list_id)


def drop(session: Session, user_id: UUID, list_id: UUID) -> None:
    """Deletes a list. Raises `NotFound`."""
    if not repository.drop(session, user_id, list_id):
        raise NotFound("watchlist", list_id)


def watch(
    session: Session, user_id: UUID, list_id: UUID, code: str, *, now: datetime
) -> Row[Stock, datetime]:
    """Puts a stock that we follow on a list; again is no mistake. Raises `NotFound` and `Full`."""
    _lock(session, user_id, list_id)
    there = repository.watched(session, list_id, code)
    if there is not None:
        return there
    _require_followed(session, code)
    if repository.watched_stocks(session, list_id) >= rules.MOST_STOCKS:
        raise Full("stocks", rules.MOST_STOCKS)
    repository.watch(session, list_id, code, now=now)
    added = repository.watched(session, list_id, code)
    if added is None:
        raise NotFound("stock", code)
    return added


def watch_by_default(session: Session, user_id: UUID, code: str, *, now: datetime) -> Row[Stock, datetime]:
    """Puts a stock on a user's oldest list, which is made where there is none. Raises `NotFound` and `Full`."""
    repository.lock_lists(session, user_id)
    oldest = repository.lists(session, user_id, limit=1, after=None)
    if not oldest:
        _require_followed(session, code)  # first: a code that is none leaves no empty list
        oldest = [create(session, user_id, rules.DEFAULT_NAME, now=now)]
    return watch(session, user_id, oldest[0].id, code, now=now)


def unwatch_everywhere(session: Session, user_id: UUID, code: str) -> None:
    """Takes a stock off all of a user's lists. Raises `NotFound` where it is on none."""
    if not repository.unwatch_everywhere(session, user_id, code):
        raise NotFound("stock", code)


def unwatch(session: Session, user_id: UUID, list_id: UUID, code: str) -> None:
    """Takes a stock off a list. Raises `NotFound` where it is not on it."""
    _lock(session, user_id, list_id)
    if not repository.unwatch(session, list_id, code):
        raise NotFound("stock", code)


def _require_followed(session: Session, code: str) -> None:
    stock = session.get(Stock, code)
    if stock is None or not stock.active:
        raise NotFound("stock", code)


def _lock(session: Session, user_id: UUID, list_id: UUID) -> None:
    if not repository.lock_list(session, user_id, list_id):
        raise NotFound("watchlist", list_id)


def _required(held: Held | None, list_id: UUID) -> Held:
    if held is None:
        raise NotFound("watchlist", list_id)
    return held
