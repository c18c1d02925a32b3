"""Sealing: what was forecast, and when, fixed before the market answers."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from nunchi import database
from nunchi.clock import SEOUL
from nunchi.errors import NunchiError
from nunchi.ledger import repository, rules
from nunchi.models.forecasts import Answer, Case, Forecast, Seal

LIMIT = 2000  # forecasts a seal; the next minute takes the rest
CALIBRATOR = "identity"  # probabilities are shown as the arm gave them


class SealRaced(NunchiError):
    """Another run sealed some of the same forecasts first; nothing of this one was kept."""


def seal(put: Callable[[str, bytes], None], *, now: datetime) -> dict[str, int]:
    """Seals every forecast made before this minute. Returns how many."""
    minute = now.replace(second=0, microsecond=0)
    with database.session() as session:
        rows = repository.unsealed(session, before=minute, limit=LIMIT)
        previous = repository.last_root(session) or rules.GENESIS
    if not rows:
        return {"sealed": 0}
    hashes = {
        forecast.id: rules.content_hash(content(forecast, answer, case)) for forecast, answer, case in rows
    }
    sealed = _seal(list(hashes.values()), previous, now)
    put(_key(sealed), rules.canonical(_statement(sealed, list(hashes.values()))))
    with database.session() as session:
        if repository.add_seal(session, sealed, hashes) != len(hashes):
            raise SealRaced(f"seal {sealed.root}")
    return {"sealed": len(hashes)}


def content(forecast: Forecast, answer: Answer, case: Case) -> dict[str, Any]:
    """What a forecast's hash covers."""
    return {
        "forecast_id": str(forecast.id),
        "story_id": str(case.story_id),
        "stock_code": case.stock_code,
        "arm": forecast.arm,
        "horizon_sessions": forecast.horizon_sessions,
        "as_of": case.as_of.isoformat(),
        "raw": [forecast.p_down, forecast.p_flat, forecast.p_up],
        "shown": [forecast.p_down, forecast.p_flat, forecast.p_up],
        "calibrator": CALIBRATOR,
        "sigma20_ratio": case.sigma20_ratio,
        "model": answer.model,
        "prompt_version": answer.prompt_version,
        "evidence": sorted(near["story_id"] for near in case.evidence["neighbours"]),
    }


def _seal(hashes: Sequence[str], previous: str, now: datetime) -> Seal:
    root = rules.chain(previous, rules.merkle_root(hashes))
    return Seal(root=root, previous_root=previous, forecasts=len(hashes), sealed_at=now)


def _statement(seal: Seal, hashes: Sequence[str]) -> dict[str, Any]:
    return {
        "root": seal.root,
        "previous_root": seal.previous_root,
        "sealed_at": seal.sealed_at.isoformat(),
        "leaves": list(hashes),
    }


def _key(seal: Seal) -> str:
    # the root is in the name: a run that failed after its put leaves a seal that nothing refers to, never a wrong one
    return f"{seal.sealed_at.astimezone(SEOUL):%Y/%m/%d/%H%M}-{seal.root}.json"
