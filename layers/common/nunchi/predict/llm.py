"""Arms that are language models: the prompt, the schema, and what is checked in the answer."""

import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nunchi.adapters import openai
from nunchi.errors import NunchiError
from nunchi.market import rules as market_rules
from nunchi.predict import baselines, prompts, rules
from nunchi.predict.question import Question, Reply

QUOTED_NEIGHBOURS = 5
SUM_TOLERANCE = 0.02


class BadAnswer(NunchiError):
    """A model's answer that is no forecast; `outcome` is how it is recorded."""

    def __init__(self, outcome: str, reason: str) -> None:
        super().__init__(f"{outcome}: {reason}")
        self.outcome, self.reason = outcome, reason


class HorizonAnswer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    horizon_sessions: Literal[1, 3, 5]
    p_down: float = Field(ge=0, le=1)
    p_flat: float = Field(ge=0, le=1)
    p_up: float = Field(ge=0, le=1)


class ForecastAnswer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    forecasts: list[HorizonAnswer]
    rationale_ko: str
    cited_article_ids: list[str]


def answer(question: Question) -> Reply:
    """Asks a model. Raises `UpstreamError` when it can't be reached and `BadAnswer` when it does not forecast."""
    completion = openai.complete(question.provider, question.model, prompt(question), SCHEMA)
    if completion.refusal:
        raise BadAnswer("refused", completion.refusal[:200])
    if completion.cut:
        raise BadAnswer("cut", "the answer was longer than the model may write")
    parsed = check(completion.text, allowed={near["story_id"] for near in _quoted(question)})
    return Reply(
        forecasts={
            part.horizon_sessions: rules.settle((part.p_down, part.p_flat, part.p_up))
            for part in parsed.forecasts
        },
        model=completion.model,
        rationale=parsed.rationale_ko,
        cited=parsed.cited_article_ids,
        input_tokens=completion.input_tokens,
        output_tokens=completion.output_tokens,
    )


def check(text: str, *, allowed: set[str]) -> ForecastAnswer:
    """The forecast in a model's text. Raises `BadAnswer` for what is not one."""
    try:
        parsed = ForecastAnswer.model_validate_json(text)
    except ValidationError as exc:
        raise BadAnswer("invalid", f"{exc.error_count()} faults in the JSON") from exc
    if sorted(part.horizon_sessions for part in parsed.forecasts) != list(market_rules.FORECAST_HORIZONS):
        raise BadAnswer("invalid", "not one forecast for each horizon")
    for part in parsed.forecasts:
        if abs(part.p_down + part.p_flat + part.p_up - 1) > SUM_TOLERANCE:
            raise BadAnswer("invalid", f"probabilities at {part.horizon_sessions} sessions don't sum to 1")
    if not allowed.issuperset(parsed.cited_article_ids):
        raise BadAnswer("invalid", "cites what was not in the evidence")
    return parsed


def prompt(question: Question) -> str:
    """The prompt's text. The story is quoted as JSON, so that nothing in it can end the quotation."""
    priors = baselines.prior(question)
    share = market_rules.kind_share(question.entry_kind)
    bands = {h: round(market_rules.flat_band(question.sigma20_ratio, h, share), 4) for h in priors}
    return prompts.render(
        question.prompt_version,
        story=_quote({"title": question.story_title, "first_sentence": question.story_lead}),
        evidence=_quote(
            {
                "similar_stories": _quoted(question),
                "recent_closes_won": question.evidence["recent_closes_won"],
            }
        ),
        name=question.stock_name,
        code=question.stock_code,
        market=question.market,
        as_of=question.as_of.isoformat(),
        entry_kind=question.entry_kind,
        bands=_quote(bands),
        shares=_quote({h: [round(p, 3) for p in shares] for h, shares in priors.items()}),
        sigma20=f"{question.sigma20_ratio:.4f}",
    )


def _quoted(question: Question) -> list[dict[str, Any]]:
    kept = question.evidence["neighbours"][:QUOTED_NEIGHBOURS]
    fields = ("story_id", "similarity", "adjusted_return_ratios")
    return [{field: near[field] for field in fields} for near in kept]


def _quote(value: object) -> str:
    # the marker that ends the data can't be written by a page's text
    return json.dumps(value, ensure_ascii=False).replace(">>>", "\\u003e\\u003e\\u003e")


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
