"""Sealing: what was forecast, and when, fixed before the market answers."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from nunchi import database
from nunchi.errors import NunchiError
from nunchi.ledger import repository, rules
from nunchi.models.forecasts import Answer, Case, Forecast, Seal

MINUTE = timedelta(minutes=1)
LIMIT = 2000  # forecasts a seal; the next minute takes the rest
CALIBRATOR = "identity"  # probabilities are shown as the arm gave them


class SealRaced(NunchiError):
    """Another run sealed some of the same forecasts first; nothing of this one was kept."""


def seal(put: Callable[[str, bytes], bytes], clock: Callable[[], datetime]) -> dict[str, int]:
    """Seals every forecast made before this minute. Returns how many.

    `put` keeps a body under a key for good and returns what is kept there: an earlier run's statement when that run
    came no further than its put, and then that one stands. A seal's time is the end of its minute, or the time
    at which the archive answered if that is later: never earlier than the moment that fixed the forecasts.
    """
    minute = clock().replace(second=0, microsecond=0)
    with database.session() as session:
        rows = repository.unsealed(session, before=minute, limit=LIMIT)
        previous = repository.last_root(session) or rules.GENESIS
    if not rows:
        return {"sealed": 0}
    forecasts = {
        rules.content_hash(content(forecast, answer, case)): forecast.id for forecast, answer, case in rows
    }
    draft = statement(previous, list(forecasts), minute + MINUTE)
    kept = json.loads(put(f"{previous}.json", rules.canonical(draft)))
    sealed_at = max(datetime.fromisoformat(kept["sealed_at"]), clock())
    return {"sealed": _record(kept, forecasts, sealed_at)}


def _record(kept: dict[str, Any], forecasts: Mapping[str, UUID], sealed_at: datetime) -> int:
    leaves = kept["leaves"]
    if not forecasts.keys() >= set(leaves):
        raise SealRaced(f"seal {kept['root']}")
    seal = Seal(
        root=kept["root"], previous_root=kept["previous_root"], forecasts=len(leaves), sealed_at=sealed_at
    )
    with database.session() as session:
        if repository.add_seal(session, seal, {forecasts[leaf]: leaf for leaf in leaves}) != len(leaves):
            raise SealRaced(f"seal {kept['root']}")
    return len(leaves)


def content(forecast: Forecast, answer: Answer, case: Case) -> dict[str, Any]:
    """What a forecast's hash covers."""
    return {
        "forecast_id": str(forecast.id),
        "story_id": str(case.story_id),
        "stock_code": case.stock_code,
        "arm": forecast.arm,
        "horizon_sessions": forecast.horizon_sessions,
        "as_of": case.as_of.astimezone(UTC).isoformat(),
        "raw": [forecast.p_down, forecast.p_flat, forecast.p_up],
        "shown": [forecast.p_down, forecast.p_flat, forecast.p_up],
        "calibrator": CALIBRATOR,
        "sigma20_ratio": case.sigma20_ratio,
        "model": answer.model,
        "prompt_version": answer.prompt_version,
        "evidence": sorted(near["story_id"] for near in case.evidence["neighbours"]),
    }


def statement(previous: str, leaves: list[str], sealed_at: datetime) -> dict[str, Any]:
    """What the archive keeps of a seal; its root can be computed again from it alone."""
    return {
        "root": rules.chain(previous, rules.merkle_root(leaves)),
        "previous_root": previous,
        "sealed_at": sealed_at.astimezone(UTC).isoformat(),
        "leaves": leaves,
    }
