"""What an arm is asked, and what it replies."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from nunchi.market.rules import EntryKind
from nunchi.models.forecasts import Arm, Case
from nunchi.models.market import Stock
from nunchi.models.stories import Story
from nunchi.predict.rules import Probabilities


@dataclass(frozen=True)
class Question:
    """One arm and one case: who is asked, about what, with which evidence."""

    provider: str
    model: str
    prompt_version: str
    stock_code: str
    stock_name: str
    market: str
    story_title: str
    story_lead: str
    as_of: datetime
    sigma20_ratio: float
    evidence: dict[str, Any]

    @property
    def entry_kind(self) -> EntryKind:
        kind: EntryKind = self.evidence["entry_kind"]
        return kind

    @property
    def own_counts(self) -> dict[int, Sequence[float]]:
        return {int(horizon): counts for horizon, counts in self.evidence["own_counts"].items()}

    @property
    def market_counts(self) -> dict[int, Sequence[float]]:
        return {int(horizon): counts for horizon, counts in self.evidence["market_counts"].items()}

    def outcomes_after_similar(self, horizon: int) -> list[int]:
        """The classes that followed similar stories, of those whose reaction at this horizon is known."""
        found = (near["outcomes"].get(str(horizon)) for near in self.evidence["neighbours"])
        return [outcome for outcome in found if outcome is not None]


@dataclass(frozen=True)
class Reply:
    """What an arm said: probabilities and expected market-adjusted moves by horizon in sessions, and why.

    `sentiment` is from -1 to 1, `impact` and `urgency` are low, medium or high; a baseline says none of them.
    `grounded` says whether every number of the rationale was in the input, None where there is no rationale. The tokens
    and the cost, None where a provider does not tell it, are those of all `calls` together.
    """

    forecasts: dict[int, Probabilities]
    model: str
    expected_move_ratios: dict[int, float] = field(default_factory=dict)
    rationale: str = ""
    cited: list[str] = field(default_factory=list)
    sentiment: float | None = None
    impact: str | None = None
    urgency: str | None = None
    grounded: bool | None = None
    calls: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = None


def of(arm: Arm, case: Case, story: Story, stock: Stock) -> Question:
    """The question that a case puts to an arm."""
    return Question(
        provider=arm.provider,
        model=arm.model,
        prompt_version=arm.prompt_version,
        stock_code=stock.code,
        stock_name=stock.name,
        market=stock.market,
        story_title=story.title,
        story_lead=story.lead,
        as_of=case.as_of,
        sigma20_ratio=case.sigma20_ratio,
        evidence=case.evidence,
    )
