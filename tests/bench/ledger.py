"""How fast forecasts are sealed and the ledger is verified, beside hashing the same contents and nothing else.

`python -m tests.bench.ledger [FORECASTS]`: 18,000 unless told; a case has nine forecasts and a hundred neighbours.
"""

import itertools
import json
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from infra.local.errors import LocalError
from infra.local.folders import temporary_home
from nunchi import database, ids
from nunchi.ledger import rules, service
from nunchi.ledger.verify import verify
from tests import factories
from tests.bench.store import copy, fresh_database

FORECASTS, NINE = 18_000, 9
ARMS, HORIZONS = ("prior", "neighbours", "gpt-4o"), (1, 3, 5)
MADE = factories.NOON.isoformat()


@dataclass(frozen=True)
class Ledger:
    """Seconds to seal and to verify; this process's own to verify and to hash the leaves alone; peak memory."""

    forecasts: int
    sealed_s: float
    verified_s: float
    own_s: float
    hashed_s: float
    before_mib: float
    peak_mib: float

    @property
    def ratio(self) -> float:
        """This process's time of verifying a forecast over that of hashing its leaf."""
        return self.own_s / self.hashed_s


def measure(forecasts: int = FORECASTS) -> Ledger:
    """One run. Raises LocalError when the untouched ledger has a finding."""
    with temporary_home() as home, fresh_database():
        _fill(forecasts)
        sealed_s = _sealed(home, forecasts)
        before = _peak_mib()
        began, own = time.perf_counter(), time.process_time()
        for checked in verify(lambda key: _get(home, key)):
            if checked.findings:
                raise LocalError(f"verify: {checked.findings[0]}")
        verified_s, own_s = time.perf_counter() - began, time.process_time() - own
        return Ledger(forecasts, sealed_s, verified_s, own_s, _hashed(home), before, _peak_mib())


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _get(home: Path, key: str) -> bytes | None:
    path = home / key
    return path.read_bytes() if path.exists() else None


def _sealed(home: Path, forecasts: int) -> float:
    def put(key: str, body: bytes) -> bytes:
        (home / key).write_bytes(body)
        return body

    began, done = time.perf_counter(), 0
    for minute in itertools.count(1):
        sealed = service.seal(put, lambda now=factories.NOON + timedelta(minutes=minute): now)["sealed"]  # type: ignore[misc]
        done += sealed
        if not sealed:
            break
    if done != forecasts:
        raise LocalError(f"{done} of {forecasts} forecasts were sealed")
    return time.perf_counter() - began


def _hashed(home: Path) -> float:
    """Seconds for the leaves alone."""
    taken = 0.0
    for path in home.glob("*.json"):
        contents = json.loads(path.read_bytes())["contents"]
        began = time.process_time()
        for one in contents:
            rules.content_hash(one)
        taken += time.process_time() - began
    return taken


def _fill(forecasts: int) -> None:
    cases = range(forecasts // NINE)
    with database.session() as session:
        session.add(factories.stock())
        session.flush()
        cursor = session.connection().connection.cursor()
        copy(cursor, "stories", "id, title, lead, known_at", (_story(n) for n in cases))
        copy(
            cursor,
            "cases",
            "id, story_id, stock_code, as_of, correlation_id, sigma20_ratio, asked, evidence",
            (_case(n) for n in cases),
        )
        copy(
            cursor,
            "answers",
            "id, case_id, arm, outcome, reason, model, prompt_version, rationale, cited, input_tokens,"
            " output_tokens, created_at",
            (_answer(n, arm) for n in cases for arm in ARMS),
        )
        copy(
            cursor,
            "forecasts",
            "id, answer_id, case_id, arm, horizon_sessions, p_down, p_flat, p_up, created_at",
            (row for n in cases for row in _forecasts(n)),
        )


def _story(n: int) -> tuple[object, ...]:
    return ids.derive("story", n), f"story {n}", "lead", MADE


def _case(n: int) -> tuple[object, ...]:
    near = [{"story_id": str(ids.derive("story", m)), "similarity": 0.5} for m in range(100)]
    evidence: dict[str, Any] = {"entry_kind": "close", "number": n, "neighbours": near}
    case, of = ids.derive("case", n), ids.derive("story", n)
    return case, of, "990010", MADE, "x", 0.02, json.dumps(ARMS), json.dumps(evidence)


def _answer(n: int, arm: str) -> tuple[object, ...]:
    words = "what was said of it " * 10
    return (*_keys(n, arm), arm, "ok", "", arm, "forecast.v1", words, "[]", 100, 100, MADE)


def _keys(n: int, arm: str) -> tuple[object, object]:
    return ids.derive("answer", n, arm), ids.derive("case", n)


def _forecasts(n: int) -> Iterator[tuple[object, ...]]:
    for arm in ARMS:
        for horizon in HORIZONS:
            yield (ids.derive("forecast", n, arm, horizon), *_keys(n, arm), arm, horizon, 0.3, 0.4, 0.3, MADE)


if __name__ == "__main__":
    found = measure(int(sys.argv[1]) // NINE * NINE if len(sys.argv) > 1 else FORECASTS)
    print(
        f"{found.forecasts:,} forecasts: {found.forecasts / found.sealed_s:,.0f}/s sealed,"
        f" {found.forecasts / found.verified_s:,.0f}/s verified in {found.verified_s:.0f} s"
        f" ({found.forecasts / found.own_s:,.0f} a second of this process's own time),"
        f" {found.ratio:.1f} times the hashing of their leaves;"
        f" peak {found.before_mib:.0f} MiB before, {found.peak_mib:.0f} MiB after"
    )
