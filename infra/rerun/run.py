"""Putting stored cases to arms again, by the code that asks them live, each as of its own time."""

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from infra.rerun import answers
from infra.rerun.answers import Replayed
from nunchi import database
from nunchi.adapters import openai
from nunchi.adapters.openai import Completion, Message
from nunchi.calls import service as calls
from nunchi.calls.rules import MAX_OUTPUT_TOKENS
from nunchi.errors import UpstreamError
from nunchi.evaluate.repository.counting import PRIOR
from nunchi.models import Arm
from nunchi.predict import question, repository, service
from nunchi.predict.question import Question


@dataclass
class Purse:
    """What the paid calls of a run cost, in US dollars: at `limit_usd`, no case is begun any more."""

    limit_usd: float
    spent_usd: float = 0.0

    @property
    def is_empty(self) -> bool:
        """Whether the limit is reached."""
        return self.spent_usd >= self.limit_usd


@dataclass
class Spent:
    """What a case's calls cost in US dollars; those whose cost nobody knows count as the most that they can."""

    calls: int = 0
    usd: float = 0.0
    unknown_usd: float = 0.0  # of it

    def add(self, usd: float | None, most: float) -> None:
        """Counts a call: what it cost, or None where that is not known."""
        self.calls += 1
        self.usd += most if usd is None else usd
        self.unknown_usd += most if usd is None else 0.0


@dataclass(frozen=True)
class Task:
    """An arm and a case; the arm is as registered, or with another prompt or model, and then not registered at all."""

    case_id: UUID
    arm: Arm
    question: Question


def play(file: Path, asked: Sequence[tuple[UUID, Arm]], purse: Purse, *, at_once: int) -> Iterator[Replayed]:
    """Asks arms about cases in this order, except what `file` holds for good; keeps and gives each answer.

    Up to `at_once` cases are under way together. Ends early when the purse is empty; another run goes on from there.
    """
    have = {key for key, answer in answers.read(file).items() if answer.is_final}
    tasks = (_task(case_id, arm) for case_id, arm in asked if (case_id, arm.name) not in have)
    with ThreadPoolExecutor(at_once) as pool:
        for answer in _answered(pool, tasks, purse, at_once):
            purse.spent_usd += answer.cost_usd
            answers.append(file, answer)
            yield answer


def _answered(
    pool: ThreadPoolExecutor, tasks: Iterator[Task], purse: Purse, at_once: int
) -> Iterator[Replayed]:
    under_way: set[Future[Replayed]] = set()
    for task in tasks:
        if purse.is_empty:
            break
        under_way.add(pool.submit(_ask, task))
        if len(under_way) >= at_once:
            done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            yield from (one.result() for one in done)
    yield from (one.result() for one in under_way)


def _task(case_id: UUID, arm: Arm) -> Task:
    with database.session() as session:
        _, case, story, stock = repository.question(session, case_id, PRIOR)  # every arm is asked the same
        return Task(case_id, arm, question.of(arm, case, story, stock))


def _ask(task: Task) -> Replayed:
    spent = Spent()

    def ask(messages: Sequence[Message], schema: dict[str, Any]) -> Completion:
        arm = task.arm
        price, most = calls.price_of(arm), calls.most_usd(calls.price_of(arm), messages, schema)
        try:
            answer = openai.complete(
                arm.provider, arm.model, messages, schema, max_output_tokens=MAX_OUTPUT_TOKENS
            )
        except UpstreamError as exc:
            spent.add(calls.usd_of_failure(price, exc), most)
            raise
        spent.add(calls.usd_of(price, answer), most)
        return answer

    try:
        reply, outcome = service.answered(task.question, ask)
    except UpstreamError as exc:
        return _replayed(task, exc.kind, exc.reason, {}, spent)
    return _replayed(task, outcome.kind, outcome.reason, reply.forecasts, spent)


def _replayed(task: Task, outcome: str, reason: str, forecasts: dict[int, Any], spent: Spent) -> Replayed:
    return Replayed(
        case_id=task.case_id,
        arm=task.arm.name,
        as_of=task.question.as_of,
        outcome=outcome,
        reason=reason,
        forecasts={horizon: tuple(said) for horizon, said in forecasts.items()},
        calls=spent.calls,
        cost_usd=spent.usd,
        unknown_usd=spent.unknown_usd,
    )
