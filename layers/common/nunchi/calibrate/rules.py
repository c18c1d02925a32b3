"""What turns an arm's probabilities into those that are shown. Pure, and without numpy: Predict starts with it.

Probabilities are of down, flat, up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log

IDENTITY = "identity"
FLOOR = 1e-6  # below what is ever stored: only so that no logarithm fails


@dataclass(frozen=True, slots=True)
class Parameters:
    """p' ∝ p^slope · exp(bias). A slope of 1 / T is temperature scaling (Guo et al. 2017); with biases, its

    bias-corrected form (Alexandari et al. 2020). The bias of flat is 0: only differences count.
    """

    slope: float = 1.0
    bias_down: float = 0.0
    bias_up: float = 0.0

    @classmethod
    def of(cls, stored: Mapping[str, float]) -> "Parameters":
        return cls(stored["slope"], stored["bias_down"], stored["bias_up"])


def apply(parameters: Parameters, raw: Sequence[float]) -> tuple[float, float, float]:
    """The recalibrated probabilities; they sum to 1. Nothing is floored or rounded."""
    biases = (parameters.bias_down, 0.0, parameters.bias_up)
    logits = [
        parameters.slope * log(max(share, FLOOR)) + bias for share, bias in zip(raw, biases, strict=True)
    ]
    highest = max(logits)
    weights = [exp(logit - highest) for logit in logits]
    down, flat, up = (weight / sum(weights) for weight in weights)
    return down, flat, up


def label(method: str, version: str) -> str:
    """How a forecast names its calibrator: `identity`, or the method and its version."""
    return IDENTITY if method == IDENTITY else f"{method}@{version}"
