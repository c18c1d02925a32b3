"""The report of an arm that is a language model: what it is told, what it must answer, what is checked, one repair."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nunchi.adapters.openai import Completion, Message
from nunchi.calls.service import Ask
from nunchi.market import ticks
from nunchi.predict import grounding, prompts, rationale
from nunchi.predict.messages import quote
from nunchi.report import rules, wording
from nunchi.report.draft import BadDraft, Draft, Question, Usage
from nunchi.report.rules import Recommendation, Scenario, Span
from nunchi.text import one_line

PROMPT_VERSION = "report.v1"
CALLS = 2  # the question and one repair
MAX_TEXT = rationale.TEXT_MAX  # characters
MAX_ENTRIES = 5
HIGHEST_WON = 10**9


class ScenarioAnswer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    span: Span
    target_won: int = Field(gt=0, lt=HIGHEST_WON)
    support_won: int = Field(gt=0, lt=HIGHEST_WON)
    text_ko: str = Field(min_length=1, max_length=MAX_TEXT)


class ReportAnswer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    summary_ko: str = Field(min_length=1, max_length=MAX_TEXT)
    scenarios: list[ScenarioAnswer]
    risks: list[str] = Field(max_length=MAX_ENTRIES)
    opportunities: list[str] = Field(max_length=MAX_ENTRIES)
    recommendation: Recommendation


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


_TEXT, _WON = {"type": "string"}, {"type": "integer"}
_TEXTS = {"type": "array", "items": _TEXT}
# as strict structured output takes it, without bounds; its title names it to the provider
SCHEMA: dict[str, Any] = {
    "title": "report",
    **_object(
        summary_ko=_TEXT,
        scenarios={
            "type": "array",
            "items": _object(
                span={"type": "string", "enum": list(rules.SPANS)},
                target_won=_WON,
                support_won=_WON,
                text_ko=_TEXT,
            ),
        },
        risks=_TEXTS,
        opportunities=_TEXTS,
        recommendation={"type": "string", "enum": list(rules.RECOMMENDATIONS)},
    ),
}


def draft(question: Question, ask: Ask) -> Draft:
    """Asks a model, and once more with what was wrong.

    Raises `UpstreamError` when it can't be reached, `BadDraft` when it does not report, `NoScenario`.
    """
    messages, answers = asked(question), list[Completion]()
    while True:
        answers.append(ask(messages, SCHEMA))
        _require_whole(answers)
        parsed, wrong = check(answers[-1].text, question)
        if parsed is not None:
            return _draft(parsed, _usage(answers))
        if len(answers) == CALLS:
            raise BadDraft("invalid", "; ".join(wrong)[:200], _usage(answers))
        messages = [*messages, *_repair(answers[-1], wrong)]


def _require_whole(answers: list[Completion]) -> None:
    if answers[-1].refusal:
        raise BadDraft("refused", answers[-1].refusal[:200], _usage(answers))
    if answers[-1].cut:
        raise BadDraft("cut", "the answer was longer than the model may write", _usage(answers))


def _usage(answers: list[Completion]) -> Usage:
    return Usage(
        model=answers[-1].model,
        calls=len(answers),
        input_tokens=sum(one.input_tokens for one in answers),
        output_tokens=sum(one.output_tokens for one in answers),
    )


def asked(question: Question) -> list[Message]:
    """The messages: what to do, and the data, which no text in it can end."""
    instructions = prompts.render(
        PROMPT_VERSION,
        "system",
        name=question.stock_name,
        code=question.stock_code,
        market=question.market,
        as_of=question.as_of.isoformat(),
    )
    quoted = quote(data(question))
    return [
        {"role": "system", "content": instructions},
        {"role": "user", "content": f"<<<DATA\n{quoted}\nDATA>>>"},
    ]


def data(question: Question) -> dict[str, Any]:
    """The facts, and the bounds of each span's prices."""
    bounds = {
        span: {"sessions": walk.horizon, **_named(rules.bounds(walk))}
        for span, walk in question.facts.walks.items()
    }
    return {**question.facts.evidence, "bounds": bounds}


def _named(found: rules.Bounds) -> dict[str, list[int]]:
    return {
        "target_won": [found.target_from, found.target_to],
        "support_won": [found.support_from, found.support_to],
    }


def check(text: str, question: Question) -> tuple[ReportAnswer | None, list[str]]:
    """The report in a model's text, or None and what is wrong with it."""
    try:
        parsed = ReportAnswer.model_validate_json(text)
    except ValidationError as exc:
        return None, [f"{exc.error_count()} faults in the JSON"]
    wrong = [
        *_wrong_prices(parsed, question),
        *wrong_texts(_texts(parsed), _told(parsed, question), question),
    ]
    return (None, wrong) if wrong else (parsed, [])


def _wrong_prices(parsed: ReportAnswer, question: Question) -> Iterator[str]:
    if sorted(one.span for one in parsed.scenarios) != sorted(rules.SPANS):
        yield "not one scenario for each span"
        return
    for one in parsed.scenarios:
        found = _snapped(one)
        if not rules.bounds(question.facts.walks[one.span]).fits(found.target_won, found.support_won):
            yield f"prices of the span {one.span} are out of bounds"


def _texts(parsed: ReportAnswer) -> dict[str, list[str]]:
    return {
        "summary_ko": [parsed.summary_ko],
        "text_ko": [one.text_ko for one in parsed.scenarios],
        "risks": parsed.risks,
        "opportunities": parsed.opportunities,
    }


def wrong_texts(texts: Mapping[str, Sequence[str]], told: object, question: Question) -> Iterator[str]:
    """What is wrong with a report's texts, by field. `told` is JSON of all the numbers that they may quote."""
    instructions = asked(question)[0]["content"]
    for field, given in texts.items():
        found = {fault for text in given for fault in _faults(text, told, instructions)}
        yield from (f"{field}: {fault}" for fault in sorted(found))


def _faults(text: str, told: object, instructions: str) -> Iterator[str]:
    fault = rationale.fault(text, instructions)
    if fault:
        yield fault
    if wording.advises(text):
        yield "advice to trade"
    strange = grounding.foreign(text, told)
    if strange:
        yield f"numbers that were not given: {', '.join(strange[:5])}"


def _told(parsed: ReportAnswer, question: Question) -> list[Any]:
    """All that a model was told, and the prices that it names: as it gave them, and on their ticks."""
    named = [question.as_of.isoformat(), question.stock_name, question.stock_code]
    proposed = [[one.target_won, one.support_won] for one in parsed.scenarios]
    snapped = [[one.target_won, one.support_won] for one in map(_snapped, parsed.scenarios)]
    return [data(question), named, proposed, snapped]


def _snapped(one: ScenarioAnswer) -> Scenario:
    target, support = ticks.nearest(one.target_won), ticks.nearest(one.support_won)
    moved = (target, support) != (one.target_won, one.support_won)
    return Scenario(one.span, target, support, text_ko=one_line(one.text_ko), snapped=moved)


def _repair(answer: Completion, wrong: list[str]) -> list[Message]:
    faults = "\n".join(f"- {fault}" for fault in wrong)
    return [
        # half a letter, which JSON can hold, can't be sent back
        {"role": "assistant", "content": answer.text.encode("utf-8", "replace").decode()},
        {"role": "user", "content": f"This answer can't be used:\n{faults}\nAnswer again, in whole."},
    ]


def _draft(parsed: ReportAnswer, usage: Usage) -> Draft:
    found = {one.span: _snapped(one) for one in parsed.scenarios}
    return Draft(
        summary=one_line(parsed.summary_ko),
        scenarios=[found[span] for span in rules.SPANS],
        risks=[one_line(text) for text in parsed.risks],
        opportunities=[one_line(text) for text in parsed.opportunities],
        recommendation=parsed.recommendation,
        usage=usage,
    )
