"""The answers of a run, kept in a file of its own: nothing of a run ever becomes part of the live record."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

Triple = tuple[float, float, float]  # of down, flat, up

# asking again would be of no use
FINAL = {"ok", "refused", "cut", "invalid", "overflow", "moderation", "no_history"}


class Replayed(BaseModel):
    """What an arm made of a stored case: probabilities by horizon in sessions, none unless `outcome` is `ok`.

    In `cost_usd` a call whose cost nobody knows counts as the most that it can cost; `unknown_usd` is that part of it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    case_id: UUID
    arm: str
    as_of: AwareDatetime
    outcome: str
    reason: str = ""
    forecasts: dict[int, Triple]
    calls: int = 0
    cost_usd: float = 0.0
    unknown_usd: float = 0.0

    @property
    def is_final(self) -> bool:
        """Whether a run that goes on leaves it as it is."""
        return self.outcome in FINAL


def append(file: Path, answer: Replayed) -> None:
    """Adds an answer, one line of JSON."""
    with file.open("a", encoding="utf-8") as opened:
        opened.write(answer.model_dump_json() + "\n")


def read(file: Path) -> dict[tuple[UUID, str], Replayed]:
    """The newest answer of each arm to each case."""
    return {(answer.case_id, answer.arm): answer for answer in every(file)}


def every(file: Path) -> Iterator[Replayed]:
    """All answers, also those that were asked for again, which cost, too. What a killed run left unfinished is cut off,
    and is no answer.
    """
    whole = 0
    with file.open("a+b") as opened:
        opened.seek(0)
        for line in opened:
            if not line.endswith(b"\n"):
                break
            yield Replayed.model_validate_json(line)
            whole += len(line)
        opened.truncate(whole)
