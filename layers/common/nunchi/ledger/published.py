"""What is published of the ledger: days, seals, and for each forecast all that a third party needs to check it."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from nunchi.errors import NotFound
from nunchi.ledger import repository, rules
from nunchi.ledger.contents import contents, words
from nunchi.models.forecasts import Seal
from nunchi.seoul import midnight


@dataclass(frozen=True)
class Day:
    """A day in Seoul: how many seals and forecasts, and the last root, under which all before it lies."""

    day: date
    seals: int
    forecasts: int
    last_root: str


@dataclass(frozen=True)
class Proof:
    """A forecast's way to a published root. Texts are exact: their UTF-8 bytes are what is hashed."""

    leaf: str  # canonical JSON
    evidence: str  # canonical JSON; its SHA-256 stands in the leaf
    answer: str  # likewise
    index: int
    path: list[str]
    seal: Seal
    next_root: str | None


def days(session: Session, *, until: date, limit: int) -> list[Day]:
    """The days with seals among the `limit` days in Seoul that end with `until`, newest first."""
    first, end = until - timedelta(days=limit - 1), until + timedelta(days=1)
    return [Day(*row) for row in repository.days(session, midnight(first), midnight(end))]


def seals(session: Session, day: date, *, after: int, limit: int) -> list[Seal]:
    """The seals of a day in Seoul in their order, those after a seal's number in the chain."""
    start, end = midnight(day), midnight(day + timedelta(days=1))
    return repository.seals_between(session, start, end, after=after, limit=limit)


def seal(session: Session, root: str) -> Seal:
    """A seal by its root. Raises `NotFound`."""
    found = repository.seal(session, root)
    if found is None:
        raise NotFound("seal", root)
    return found


def leaves(session: Session, root: str, *, after: tuple[UUID] | None, limit: int) -> list[tuple[UUID, str]]:
    """Forecasts under a root with their content hashes, in the tree's order, those after one. Raises `NotFound`."""
    return list(repository.leaves(session, seal(session, root).id, after=after, limit=limit).items())


def proof(session: Session, forecast_id: UUID) -> Proof:
    """The proof of a sealed forecast. Raises `NotFound` for one that is unknown, not sealed, or of another format."""
    found = repository.sealed(session, forecast_id)
    if found is None or not rules.is_ours({"header": found[3].header or {}}):
        raise NotFound("proof of forecast", forecast_id)
    forecast, answer, case, under = found
    leaves = repository.leaves(session, under.id)
    index = list(leaves).index(forecast.id)
    (sealed,) = contents([(forecast, answer, case)])
    return Proof(
        leaf=rules.canonical(sealed).decode(),
        evidence=rules.canonical(case.evidence).decode(),
        answer=rules.canonical(words(answer)).decode(),
        index=index,
        path=rules.proof(list(leaves.values()), index),
        seal=under,
        next_root=repository.root_after(session, under.root),
    )
