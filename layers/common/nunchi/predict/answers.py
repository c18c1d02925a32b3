"""What a model must answer: the schema that it is given, and what is checked of the text that comes back."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nunchi.errors import NunchiError
from nunchi.market import rules as market_rules
from nunchi.predict import rationale

SUM_TOLERANCE = 0.02
DAILY_LIMIT = 0.3  # of a price, up or down: no sane mean of h sessions is beyond h of them
Level = Literal["low", "medium", "high"]


class Invalid(NunchiError):
    """A text that is no forecast; the reason quotes none of it, and can be told to the model."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class HorizonAnswer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    horizon_sessions: Literal[1, 3, 5]
    p_down: float = Field(ge=0, le=1)
    p_flat: float = Field(ge=0, le=1)
    p_up: float = Field(ge=0, le=1)
    expected_move_ratio: float = Field(allow_inf_nan=False)


class ForecastAnswer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    forecasts: list[HorizonAnswer]
    sentiment: float = Field(ge=-1, le=1)
    impact: Level
    urgency: Level
    rationale_ko: str
    cited_article_ids: list[str]


def check(text: str, *, allowed: set[str], instructions: str) -> ForecastAnswer:
    """The forecast in a model's text. Raises `Invalid` for what is not one, in words that quote none of the text.

    `allowed` are the ids that may be cited, `instructions` the text that must not come back.
    """
    try:
        parsed = ForecastAnswer.model_validate_json(text)
    except ValidationError as exc:
        raise Invalid(f"{exc.error_count()} faults in the JSON: {_places(exc)}") from exc
    if sorted(part.horizon_sessions for part in parsed.forecasts) != list(market_rules.FORECAST_HORIZONS):
        raise Invalid("not one forecast for each horizon")
    for part in parsed.forecasts:
        _check_horizon(part)
    if not allowed.issuperset(parsed.cited_article_ids):
        raise Invalid("cited_article_ids has ids that are not in the data")
    wrong = rationale.fault(parsed.rationale_ko, instructions)
    if wrong:
        raise Invalid(f"rationale_ko {wrong}")
    return parsed


def _check_horizon(part: HorizonAnswer) -> None:
    total = part.p_down + part.p_flat + part.p_up
    if abs(total - 1) > SUM_TOLERANCE:
        reason = f"the probabilities at {part.horizon_sessions} sessions sum to {total:.2f}, not to 1"
        raise Invalid(reason)
    if abs(part.expected_move_ratio) > DAILY_LIMIT * part.horizon_sessions:
        raise Invalid(f"expected_move_ratio at {part.horizon_sessions} sessions is no possible ratio")


def _places(exc: ValidationError) -> str:
    """Where the faults are, by names of our schema: a key that the model made up is not repeated."""
    ours = {*ForecastAnswer.model_fields, *HorizonAnswer.model_fields}
    places = [
        ".".join(str(key) for key in one["loc"] if isinstance(key, int) or key in ours)
        for one in exc.errors()
    ]
    return ", ".join(sorted({place or "the object" for place in places})[:5])


def _strict(schema: dict[str, Any]) -> dict[str, Any]:
    """A JSON schema in the form that strict structured output takes: references resolved, no bounds."""
    definitions = schema.pop("$defs", {})
    unsupported = {"minimum", "maximum", "title"}

    def plain(node: Any) -> Any:
        if isinstance(node, list):
            return [plain(item) for item in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            return plain(definitions[node["$ref"].rsplit("/", 1)[1]])
        return {key: plain(value) for key, value in node.items() if key not in unsupported}

    strict: dict[str, Any] = plain(schema)
    return strict


SCHEMA = _strict(ForecastAnswer.model_json_schema())
