"""The ledger: the roots under which forecasts were sealed, and the proof of each."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter

from api.dependencies import DatabaseSession, Now, public
from api.paging import Cursor, Order, Page, PageSize
from nunchi.ledger import published, rules
from nunchi.models.forecasts import Seal
from nunchi.seoul import seoul_date

router = APIRouter(tags=["ledger"], dependencies=[public])

ROOT = r"^[0-9a-f]{64}$"
Root = Annotated[str, Path(pattern=ROOT, description="A seal's root.")]
FIRST, LAST = date(2020, 1, 1), date(2099, 12, 31)  # days with which can be reckoned
Until = Annotated[date | None, Query(ge=FIRST, le=LAST, description="The last day; today if not given.")]
Day = Annotated[date, Path(ge=FIRST, le=LAST, description="A day in Seoul.")]
Days = Annotated[int, Query(ge=1, le=92, description="How many days back.")]
OLDEST = Order(TypeAdapter(int))  # a seal's number in the chain
LEAVES = Order(TypeAdapter(tuple[UUID]))


class LedgerDay(BaseModel):
    """A day in Seoul. Its last root stands on every root before it."""

    day: date
    seals: int
    forecasts: int
    last_root: str


class SealLine(BaseModel):
    """A minute's seal."""

    root: str
    previous_root: str
    sealed_at: AwareDatetime = Field(description="What decides the entry: never before the archive's answer.")
    forecasts: int
    header: str | None = Field(
        description="Canonical JSON; root = SHA-256(0x02 + header). None in the first format."
    )


class Leaf(BaseModel):
    """A forecast under a seal, and its hash: a leaf of the seal's tree."""

    forecast_id: UUID
    content_hash: str


class ForecastProof(BaseModel):
    """All that it takes to check a forecast with nothing but SHA-256. Texts are exact: hash their UTF-8 bytes."""

    forecast_id: UUID
    leaf: str = Field(
        description="What was forecast: canonical JSON. SHA-256(0x00 + leaf) is the tree's leaf."
    )
    evidence: str = Field(description="Its SHA-256 is the leaf's `evidence_sha256`.")
    answer: str = Field(description="Its SHA-256 is the leaf's `answer_sha256`.")
    index: int = Field(description="Of the leaf in the tree, from 0.")
    path: list[str] = Field(
        description="The RFC 6962 audit path, lowest first, to `tree_root` of the header."
    )
    seal: SealLine
    next_root: str | None = Field(description="The root that stands on this one.")


@router.get("/ledger/days")
def ledger_days(session: DatabaseSession, now: Now, until: Until = None, days: Days = 31) -> list[LedgerDay]:
    """The days with seals, newest first, each with its last root."""
    found = published.days(session, until=until or seoul_date(now), limit=days)
    return [LedgerDay.model_validate(one, from_attributes=True) for one in found]


@router.get("/ledger/days/{day}")
def ledger_day(
    session: DatabaseSession, day: Day, limit: PageSize = 50, cursor: Cursor = None
) -> Page[SealLine]:
    """The seals of a day in Seoul, oldest first."""
    found = published.seals(session, day, after=OLDEST.after(cursor) or 0, limit=limit + 1)
    return OLDEST.page(found, limit, lambda one: one.id, _line)


@router.get("/ledger/seals/{root}")
def ledger_seal(session: DatabaseSession, root: Root) -> SealLine:
    """A seal."""
    return _line(published.seal(session, root))


@router.get("/ledger/seals/{root}/leaves")
def ledger_leaves(
    session: DatabaseSession, root: Root, limit: PageSize = 50, cursor: Cursor = None
) -> Page[Leaf]:
    """The leaves of a seal, in the order of its tree."""
    found = published.leaves(session, root, after=LEAVES.after(cursor), limit=limit + 1)
    return LEAVES.page(
        found, limit, lambda one: (one[0],), lambda one: Leaf(forecast_id=one[0], content_hash=one[1])
    )


@router.get("/forecasts/{forecast_id}/proof")
def forecast_proof(session: DatabaseSession, forecast_id: UUID) -> ForecastProof:
    """The proof that a forecast was sealed as it is shown. docs/ledger.md has a script that checks it."""
    found = published.proof(session, forecast_id)
    return ForecastProof(
        forecast_id=forecast_id,
        leaf=found.leaf,
        evidence=found.evidence,
        answer=found.answer,
        index=found.index,
        path=found.path,
        seal=_line(found.seal),
        next_root=found.next_root,
    )


def _line(seal: Seal) -> SealLine:
    return SealLine(
        root=seal.root,
        previous_root=seal.previous_root,
        sealed_at=seal.sealed_at,
        forecasts=seal.forecasts,
        header=rules.canonical(seal.header).decode() if seal.header else None,
    )
