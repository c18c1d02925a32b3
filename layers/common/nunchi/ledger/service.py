"""Sealing: what was forecast, and when, fixed before the market answers."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from nunchi import database, outbox
from nunchi.errors import NunchiError
from nunchi.events import ForecastSealed
from nunchi.ledger import repository, rules, statements
from nunchi.ledger.contents import contents, utc
from nunchi.models.forecasts import Seal, SealDraft

MINUTE = timedelta(minutes=1)
LIMIT = 2000  # forecasts a seal; the next minute takes the rest


class SealDiverged(NunchiError):
    """The archive holds a seal whose forecasts are not the database's; nothing is sealed until that is explained."""


def seal(put: Callable[[str, bytes], bytes], clock: Callable[[], datetime]) -> dict[str, int]:
    """Seals every forecast made before this minute. Returns how many. Raises `SealDiverged`.

    `put` keeps a body under a key for good and returns what is kept there. Between the two transactions a draft says
    what follows the last root: a run that finds one finishes it, so of two runs at once neither adds another. A seal's
    time is the end of its minute, or the time at which the archive answered if that is later.
    """
    minute = clock().replace(second=0, microsecond=0)
    with database.session() as session:
        draft = _claim(session, minute)
    if draft is None:
        return {"sealed": 0}
    kept = put(f"{draft.previous_root}.json", draft.body.encode())
    with outbox.transaction() as session:
        if not repository.close_draft(session, draft.previous_root):
            return {"sealed": 0}  # another run has finished it
        stated = statements.read(kept) or statements.UNREADABLE
        if kept != draft.body.encode():
            _compare(session, stated, draft.previous_root)
        return {"sealed": _record(session, stated, clock())}


def _claim(session: Session, minute: datetime) -> SealDraft | None:
    """The draft of what follows the last root: one that is there, or a new one; None where there is nothing to seal."""
    last = repository.last_seal(session)
    previous = _root(last)
    if found := repository.draft(session, previous):
        return found
    rows = repository.unsealed(session, before=minute, limit=LIMIT)
    if not rows:
        return None
    body = statement(last, sorted(contents(rows), key=by_id), minute + MINUTE)
    made = repository.put_draft(session, previous, rules.canonical(body).decode())
    if _root(repository.last_seal(session)) != previous:  # while this run read, another has sealed
        repository.close_draft(session, previous)
        return None
    return made


def _root(seal: Seal | None) -> str:
    return seal.root if seal else rules.GENESIS


def by_id(content: dict[str, Any]) -> str:
    """The canonical order of a seal's forecasts: their ids, as text."""
    return str(content["forecast_id"])


def statement(last: Seal | None, sealed: Sequence[dict[str, Any]], sealed_at: datetime) -> dict[str, Any]:
    """What the archive keeps of a seal; its root can be computed again from it alone.

    The header fixes when the seal before it was dated to: that can be later than that one's own statement says.
    """
    header = {
        "format": rules.FORMAT,
        "previous_root": _root(last),
        "previous_sealed_at": utc(last.sealed_at) if last else None,
        "sealed_at": utc(sealed_at),
        "forecasts": len(sealed),
        "tree_root": rules.merkle_root([rules.content_hash(one) for one in sealed]),
    }
    return {"root": rules.chain(header), "header": header, "contents": list(sealed)}


def _compare(session: Session, stated: dict[str, Any], previous_root: str) -> None:
    """Lets a statement stand that a lost database had made, if its forecasts are ours. Raises `SealDiverged`."""
    if not rules.is_ours(stated) or rules.flaws(stated, previous_root):
        raise SealDiverged(f"the archive's seal after {previous_root} is no seal as we write them")
    kept = {one["forecast_id"]: one for one in stated["contents"]}
    ours = contents(repository.unsealed_among(session, kept))
    if not kept or {one["forecast_id"]: one for one in ours} != kept:
        raise SealDiverged(f"the archive's seal {stated['root']}")


def _record(session: Session, stated: dict[str, Any], now: datetime) -> int:
    header = stated["header"]
    ids = [one["forecast_id"] for one in stated["contents"]]
    leaves = dict(zip(ids, stated["leaves"], strict=True))
    added = Seal(
        root=stated["root"],
        previous_root=header["previous_root"],
        forecasts=len(leaves),
        sealed_at=max(datetime.fromisoformat(header["sealed_at"]), now),
        header=header,
    )
    if repository.add_seal(session, added, leaves) != len(leaves):
        raise SealDiverged(f"seal {added.root}")
    for case_id, correlation_id in repository.sealed_cases(session, added.id):
        event = ForecastSealed(case_id=case_id, root=added.root)
        outbox.add(session, event, correlation_id=correlation_id, now=now)
    return len(leaves)
