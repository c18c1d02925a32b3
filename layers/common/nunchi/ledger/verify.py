"""Checking the whole ledger against the archive: every change is found, and named."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from nunchi import database
from nunchi.ledger import repository, rules
from nunchi.ledger.contents import contents, utc
from nunchi.ledger.statements import UNREADABLE, is_readable, read
from nunchi.models.forecasts import Answer, Case, Forecast, Seal

GETS = 8  # of the archive at once
SEALS, FORECASTS = 200, 4000  # a page
NAMED = 1000  # forecasts that claim a seal and have none
LEAF = "leaf "  # a forecast of the first format that is not there is named by its hash
Get = Callable[[str], bytes | None]
Row = tuple[Forecast, Answer, Case]


@dataclass(frozen=True)
class Finding:
    """A fact that should not be: about a seal, and a forecast where it is one forecast's."""

    seal: str
    fact: str
    forecast: str = ""

    def __str__(self) -> str:
        about = f"forecast {self.forecast} (seal {self.seal})" if self.forecast else f"seal {self.seal}"
        return f"{about}: {self.fact}"


@dataclass(frozen=True)
class Checked:
    """Some seals that were checked, with what was found."""

    seals: int
    forecasts: int
    findings: list[Finding]


@dataclass(frozen=True)
class Link:
    """A seal of the database, and what the archive keeps in its place."""

    seal: Seal
    statement: dict[str, Any] | None


@dataclass
class _Chain:
    """How far the archive's chain has been followed."""

    root: str = rules.GENESIS
    dated: datetime | None = None  # the last seal's time in the database
    ahead: set[str] = field(default_factory=set)  # roots of seals that the database has in a later place


def verify(get: Get) -> Iterator[Checked]:
    """Recomputes every seal and forecast, page by page, in bounded memory; `get` reads the archive."""
    chain = _Chain()
    for seals in _pages():
        links = _fetched(seals, get)
        findings = [found for link in links for found in _link(chain, link, get)]
        rows = _rows(links)
        findings += [found for link in links for found in _forecasts(link, rows.get(link.seal.id, {}))]
        yield Checked(len(links), sum(link.seal.forecasts for link in links), findings)
    yield Checked(0, 0, [*_after(chain, get), *_unsealed()])


def _pages() -> Iterator[Sequence[Seal]]:
    last = 0
    while True:
        with database.session() as session:
            page = repository.seals_after(session, last, seals=SEALS, forecasts=FORECASTS)
        if not page:
            return
        yield page
        last = page[-1].id


def _fetched(seals: Sequence[Seal], get: Get) -> list[Link]:
    with ThreadPoolExecutor(GETS) as pool:
        bodies = list(pool.map(get, [f"{seal.previous_root}.json" for seal in seals]))
    return [Link(seal, read(body)) for seal, body in zip(seals, bodies, strict=True)]


# --- seals


def _link(chain: _Chain, link: Link, get: Get) -> Iterator[Finding]:
    seal, stated = link.seal, link.statement
    if stated is None:
        yield Finding(seal.root, "inserted: the archive has no seal in its place")
        return
    if not is_readable(stated):
        yield Finding(seal.root, "in the archive, what is in its place can't be read")
        chain.root, chain.dated = seal.root, None
        return
    if seal.root in chain.ahead:
        chain.ahead.discard(seal.root)
    else:
        yield from _gap(chain, seal, get)
        yield from _dated(chain, stated)
        chain.root, chain.dated = seal.root, seal.sealed_at
    for flaw in rules.flaws(stated, seal.previous_root):
        yield Finding(seal.root, f"in the archive, {flaw}")
    for difference in rules.differences(_as_kept(stated), _as_stored(seal)):
        yield Finding(seal.root, f"changed: {difference}")
    if "header" in stated and seal.sealed_at < datetime.fromisoformat(stated["header"]["sealed_at"]):
        yield Finding(
            seal.root, f"back-dated: sealed at {stated['header']['sealed_at']}, found {utc(seal.sealed_at)}"
        )


def _gap(chain: _Chain, seal: Seal, get: Get) -> Iterator[Finding]:
    """What the archive has between the last seal and this one, which should follow it."""
    passed: set[str] = set()
    while chain.root != seal.previous_root:
        stated = _next(chain, get, passed)
        if stated is None:
            yield Finding(seal.root, f"reordered: it follows {seal.previous_root}")
            return
        with database.session() as session:
            elsewhere = repository.has_seal(session, stated["root"])
        if elsewhere:
            yield Finding(stated["root"], "reordered: the database has it in a later place")
            chain.ahead.add(stated["root"])
        else:
            yield from _removed(stated)
        chain.root, chain.dated = stated["root"], None


def _next(chain: _Chain, get: Get, passed: set[str]) -> dict[str, Any] | None:
    """What the archive has after the chain's root; None at its end, and where it leads back to what was passed."""
    passed.add(chain.root)
    stated = read(get(f"{chain.root}.json"))
    return stated if stated and is_readable(stated) and stated["root"] not in passed else None


def _removed(stated: dict[str, Any]) -> Iterator[Finding]:
    yield Finding(stated["root"], f"removed: the archive has it, with {len(stated['leaves'])} forecasts")
    for one in stated.get("contents", ()):
        yield Finding(stated["root"], "its seal was removed", one["forecast_id"])


def _dated(chain: _Chain, stated: dict[str, Any]) -> Iterator[Finding]:
    """What the next header says of the time of the seal before it."""
    said = stated.get("header", {}).get("previous_sealed_at")
    if chain.dated and said and said != utc(chain.dated):
        yield Finding(chain.root, f"changed: sealed_at: sealed {said}, found {utc(chain.dated)}")


def _as_kept(stated: dict[str, Any]) -> dict[str, Any]:
    return {"root": stated["root"], "header": stated.get("header"), "forecasts": len(stated["leaves"])}


def _as_stored(seal: Seal) -> dict[str, Any]:
    return {"root": seal.root, "header": seal.header, "forecasts": seal.forecasts}


def _after(chain: _Chain, get: Get) -> Iterator[Finding]:
    """What the archive has after the last seal. A seal whose run has not ended is there with its draft."""
    passed: set[str] = set()
    while (stated := _next(chain, get, passed)) is not None:
        with database.session() as session:
            under_way = repository.draft(session, chain.root) is not None
        if not under_way:
            yield from _removed(stated)
        chain.root = stated["root"]


# --- forecasts


def _rows(links: Sequence[Link]) -> dict[int, dict[str, Row]]:
    """The forecasts under some seals, by seal and id."""
    found: dict[int, dict[str, Row]] = {}
    with database.session() as session:
        for row in repository.forecasts_under(session, [link.seal.id for link in links]):
            found.setdefault(row[0].seal_id or 0, {})[str(row[0].id)] = row
    return found


def _forecasts(link: Link, found: dict[str, Row]) -> Iterator[Finding]:
    stated = link.statement or UNREADABLE
    if link.statement and not is_readable(stated):
        return
    leaves = dict(zip(_ids(stated, found), stated["leaves"], strict=True))
    yield from _missing(link.seal, sorted(leaves.keys() - found.keys()))
    for forecast in sorted(found.keys() - leaves.keys()):
        yield Finding(link.seal.root, "inserted: the archive's seal does not have it", forecast)
    kept = {one["forecast_id"]: one for one in stated["contents"]} if rules.is_ours(stated) else {}
    both = [row for forecast, row in found.items() if forecast in leaves]
    for now, (row, _, _) in zip(contents(both), both, strict=True):
        forecast = now["forecast_id"]
        facts = rules.differences(kept.get(forecast, now), now)
        facts += rules.differences(
            {"content_hash": leaves[forecast], "sealed_at": utc(link.seal.sealed_at)},
            {"content_hash": row.content_hash, "sealed_at": utc(row.sealed_at) if row.sealed_at else None},
        )
        yield from (Finding(link.seal.root, f"changed: {fact}", forecast) for fact in facts)


def _ids(stated: dict[str, Any], found: dict[str, Row]) -> list[str]:
    """The ids of a statement's leaves; those of the first format are known by their hashes alone."""
    if "contents" in stated:
        return [one["forecast_id"] for one in stated["contents"]]
    by_hash = {row[0].content_hash: forecast for forecast, row in found.items()}
    return [by_hash.get(leaf, f"{LEAF}{leaf}") for leaf in stated["leaves"]]


def _missing(seal: Seal, forecasts: Sequence[str]) -> Iterator[Finding]:
    if not forecasts:
        return
    ids = [UUID(forecast) for forecast in forecasts if not forecast.startswith(LEAF)]
    with database.session() as session:
        roots = repository.roots_of(session, ids)
    known = {str(forecast): f"moved: found under {root or 'no seal'}" for forecast, root in roots.items()}
    for forecast in forecasts:
        yield Finding(seal.root, known.get(forecast, "removed"), forecast)


def _unsealed() -> Iterator[Finding]:
    """Forecasts that say they were sealed, and lie under no seal."""
    with database.session() as session:
        lost = repository.sealed_nowhere(session, limit=NAMED)
    for forecast in lost:
        yield Finding("none", "inserted: it claims a seal and lies under none", str(forecast))
