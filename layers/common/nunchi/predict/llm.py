"""Arms that are language models: one question, one answer, and one chance to repair it."""

from dataclasses import replace

from nunchi.adapters.openai import Completion, Message
from nunchi.calls.service import Ask
from nunchi.errors import NunchiError
from nunchi.predict import answers, grounding, messages, rules
from nunchi.predict.question import Question, Reply

REFUSAL_MAX = 200  # characters of a refusal that are kept


class BadAnswer(NunchiError):
    """A model's answer that is no forecast. `outcome` is how it is recorded, `reply` what it has used all the same."""

    def __init__(self, outcome: str, reason: str, reply: Reply) -> None:
        super().__init__(f"{outcome}: {reason}")
        self.outcome, self.reason, self.reply = outcome, reason, reply


def answer(question: Question, ask: Ask) -> Reply:
    """Asks a model, and once more where its answer is not valid, naming the fault. Each `ask` is a paid call.

    Raises what `ask` raises (`UpstreamError`), and `BadAnswer` when the model does not forecast: at once where it
    refuses or is cut, since asking again would pay for the same.
    """
    sent = messages.of(question)
    try:
        return _once(question, sent, ask, Reply(forecasts={}, model=question.model))
    except BadAnswer as exc:
        if exc.outcome != "invalid":
            raise
        return _once(question, [*sent, messages.repair(exc.reason)], ask, exc.reply)


def _once(question: Question, sent: list[Message], ask: Ask, before: Reply) -> Reply:
    completion = ask(sent, answers.SCHEMA)
    used = _used(before, completion)
    if completion.refusal:
        raise BadAnswer("refused", completion.refusal[:REFUSAL_MAX], used)
    if completion.cut:
        raise BadAnswer("cut", "the answer was longer than the model may write", used)
    try:
        parsed = answers.check(
            completion.text, allowed=messages.citable(question), instructions=sent[0]["content"]
        )
    except answers.Invalid as exc:
        raise BadAnswer("invalid", exc.reason, used) from exc
    return _filled(used, parsed, grounded=not grounding.foreign(parsed.rationale_ko, messages.data(question)))


def _used(before: Reply, completion: Completion) -> Reply:
    """What the calls so far have used."""
    costs = [cost for cost in (before.cost_usd, completion.cost_usd) if cost is not None]
    return replace(
        before,
        model=completion.model or before.model,
        calls=before.calls + 1,
        input_tokens=before.input_tokens + completion.input_tokens,
        cached_tokens=before.cached_tokens + completion.cached_tokens,
        output_tokens=before.output_tokens + completion.output_tokens,
        cost_usd=sum(costs) if costs else None,
    )


def _filled(used: Reply, parsed: answers.ForecastAnswer, *, grounded: bool) -> Reply:
    return replace(
        used,
        forecasts={
            part.horizon_sessions: rules.settle((part.p_down, part.p_flat, part.p_up))
            for part in parsed.forecasts
        },
        expected_move_ratios={part.horizon_sessions: part.expected_move_ratio for part in parsed.forecasts},
        rationale=parsed.rationale_ko,
        cited=list(dict.fromkeys(parsed.cited_article_ids)),
        sentiment=parsed.sentiment,
        impact=parsed.impact,
        urgency=parsed.urgency,
        grounded=grounded,
    )
