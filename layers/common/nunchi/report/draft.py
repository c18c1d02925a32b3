"""What an arm is asked to report on, and what it drafts."""

from dataclasses import dataclass
from datetime import datetime

from nunchi.errors import NunchiError, UpstreamError
from nunchi.report.evidence import Facts
from nunchi.report.rules import Recommendation, Scenario


@dataclass(frozen=True)
class Question:
    """One arm, one stock: who is asked, about what, with which facts."""

    arm: str
    provider: str
    model: str
    stock_code: str
    stock_name: str
    market: str
    as_of: datetime
    facts: Facts


@dataclass(frozen=True)
class Usage:
    """What asking took: the model that answered, paid calls (a repair is a second one), tokens."""

    model: str
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0


class BadDraft(NunchiError):
    """A model's answer that is no report; `outcome` is how it is recorded, `usage` what it took all the same."""

    def __init__(self, outcome: str, reason: str, usage: Usage) -> None:
        super().__init__(f"{outcome}: {reason}")
        self.outcome, self.reason, self.usage = outcome, reason, usage


@dataclass(frozen=True)
class Outcome:
    """How a run went: its kind (`ok`, or the failure's), the reason, what it took, and the error that may pass."""

    kind: str
    reason: str
    usage: Usage
    passing: UpstreamError | None = None


@dataclass(frozen=True)
class Draft:
    """A report as an arm wrote it; its prices are on ticks and within bounds."""

    summary: str
    scenarios: list[Scenario]
    risks: list[str]
    opportunities: list[str]
    recommendation: Recommendation
    usage: Usage
