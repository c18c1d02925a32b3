"""What an arm and an experiment must be. Pure."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from nunchi.market.rules import FORECAST_HORIZONS

ROLES = ("main", "challenger", "baseline")
MOST_BUDGET_KRW = 100_000_000  # a day: a slip of the hand is more
NAME = re.compile(r"[a-z0-9][a-z0-9.\-]{0,39}")  # it is a metric's dimension, and part of a pair


@dataclass(frozen=True)
class NewArm:
    """An arm to be added. Prices are in US dollars for a million tokens, the budget in won a day in Seoul."""

    name: str
    provider: str
    model: str
    prompt_version: str
    role: str
    price_input_usd_per_mtok: float
    price_cached_usd_per_mtok: float
    price_output_usd_per_mtok: float
    training_cutoff: date | None
    daily_budget_krw: int


def faults_of_arm(arm: NewArm, providers: Collection[str], prompts: Collection[str]) -> list[str]:
    """What is wrong with an arm; nothing when it can be added."""
    prices = (arm.price_input_usd_per_mtok, arm.price_cached_usd_per_mtok, arm.price_output_usd_per_mtok)
    checks = {
        f"name {arm.name!r}: lower-case letters, digits, . and - only": NAME.fullmatch(arm.name),
        f"provider {arm.provider!r}: one of {', '.join(providers)}": arm.provider in providers,
        f"role {arm.role!r}: one of {', '.join(ROLES)}": arm.role in ROLES,
        f"prompt version {arm.prompt_version!r}: one of {', '.join(prompts)}": arm.prompt_version in prompts,
        "model: is empty": arm.model.strip(),
        "prices: what costs nothing needs no arm of its own": all(0 < price < 10_000 for price in prices),
        **_of_budget(arm.daily_budget_krw),
    }
    return [fault for fault, holds in checks.items() if not holds]


def faults_of_budget(won: int) -> list[str]:
    """What is wrong with a budget in won a day; nothing when it can be set."""
    return [fault for fault, holds in _of_budget(won).items() if not holds]


def _of_budget(won: int) -> dict[str, bool]:
    return {f"a budget of {won} won: a day, 0 to {MOST_BUDGET_KRW}": 0 <= won <= MOST_BUDGET_KRW}


def faults_of_experiment(name: str, arm_a: str, arm_b: str, horizon: int, alpha: float) -> list[str]:
    """What is wrong with an experiment; nothing when it can be started."""
    checks = {
        f"name {name!r}: lower-case letters, digits, . and - only": NAME.fullmatch(name),
        "arms: two different ones": arm_a != arm_b,
        f"horizon {horizon}: one of {', '.join(map(str, FORECAST_HORIZONS))} sessions": horizon
        in FORECAST_HORIZONS,
        f"alpha {alpha}: between 0 and 1": 0 < alpha < 1,
    }
    return [fault for fault, holds in checks.items() if not holds]


def pair(arm_a: str, arm_b: str) -> str:
    """The name of a pair of arms, whichever comes first."""
    return "/".join(sorted((arm_a, arm_b)))
