"""What is asked of the broker, about which stocks, and when. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from zlib import crc32

from nunchi.market.calendar import Session

Kind = Literal[
    "minute", "index_level", "quote", "order_book", "investor", "sector", "overtime", "product", "ratio"
]

STEP = timedelta(minutes=5)  # between the runs of what is asked in session
LAST_CALL = timedelta(minutes=5)  # after the close, when all is asked once more: the auction's bar is there
INDICES = ("0001", "1001", "2001")  # KOSPI, KOSDAQ, KOSPI200, as KIS numbers them
# KOSPI's sectors: food, textiles, paper, chemicals, drugs, minerals, metals, machinery, electronics, vehicles, trade,
# utilities, construction, transport, telecoms, services
SECTORS = tuple(f"{number:04d}" for number in (*range(5, 14), *range(15, 21), 26))
# the sectors by the name that a stock's description gives; a stock with another name has no sector index that we know
_NAMES = (
    *("음식료품", "섬유의복", "종이목재", "화학", "의약품", "비금속광물", "철강금속", "기계", "전기.전자"),
    *("운수장비", "유통업", "전기가스업", "건설업", "운수창고", "통신업", "서비스업"),
)
SECTOR_OF_NAME: Mapping[str, str] = dict(zip(_NAMES, SECTORS, strict=True))
BATCH = 30  # codes of one message; as many prices come in one call


@dataclass(frozen=True, slots=True)
class Asked:
    """How often a stock is asked about in session, in minutes by its priority; one that is left out, not at all."""

    every_min: Mapping[int, int]


IN_SESSION: Mapping[Kind, Asked] = {
    # a call brings the last thirty minutes
    "minute": Asked({1: 5, 2: 10, 3: 30}),
    "quote": Asked({1: 5, 2: 5, 3: 5}),
    "order_book": Asked({1: 5, 2: 15}),
}


def is_in_session(moment: datetime, session: Session) -> bool:
    """Whether a run of this scheduled time has something to ask: from the first step of a session to the last call."""
    return session.opens_at + STEP <= moment < session.closes_at + LAST_CALL + STEP


def is_last_call(moment: datetime, session: Session) -> bool:
    """Whether this run is the first after the session's end, which asks about every stock."""
    return session.closes_at + LAST_CALL <= moment < session.closes_at + LAST_CALL + STEP


def due_codes(
    kind: Kind, stocks: Iterable[tuple[str, int]], moment: datetime, session: Session
) -> Iterator[str]:
    """Those of the stocks, each a code and its priority, whose turn it is; equally many in each run.

    Of the indices it is always the turn.
    """
    if kind == "index_level":
        yield from INDICES
        return
    run, last = int(moment.timestamp() // STEP.total_seconds()), is_last_call(moment, session)
    for code, priority in stocks:
        minutes = IN_SESSION[kind].every_min.get(priority)
        if minutes and (last or (run + crc32(code.encode())) % (minutes // 5) == 0):
            yield code


def batches(codes: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The codes in the order given, as many as a message takes."""
    for start in range(0, len(codes), BATCH):
        yield tuple(codes[start : start + BATCH])
