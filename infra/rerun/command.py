"""What `nunchi replay` does: a run over some days, with its report."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import product
from pathlib import Path
from uuid import UUID

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from infra.local.errors import LocalError
from infra.local.listing import find_database
from infra.rerun import answers, page, record, repository, run
from infra.rerun.answers import Replayed, Triple
from infra.rerun.record import Happened, Said
from nunchi import database
from nunchi.market.rules import FORECAST_HORIZONS
from nunchi.models import Arm
from nunchi.seoul import midnight

LIVE, BASELINE = " (live)", "baseline"
Given = Mapping[tuple[UUID, str], Replayed]


@dataclass(frozen=True)
class Wanted:
    """Which days, which arms, and with which prompt or model in place of their own."""

    first: date
    last: date
    arms: Sequence[str]
    prompt: str = ""
    model: str = ""
    at_once: int = 4
    spend_usd: float = 1.0
    cutoff: date | None = None  # the last day that the models may have read of, in place of the registry's

    @property
    def name(self) -> str:
        """A name for the run: what it is about."""
        parts = (str(self.first), str(self.last), *sorted(self.arms), self.prompt, self.model)
        return re.sub(r"[^\w.-]+", "-", "_".join(filter(None, parts)))

    @property
    def since(self) -> datetime:
        """The beginning of the first day in Seoul."""
        return midnight(self.first)

    @property
    def until(self) -> datetime:
        """The end of the last day in Seoul."""
        return midnight(self.last + timedelta(days=1))


def replay(wanted: Wanted, folder: Path) -> Path:
    """Runs, or goes on with the run that `folder` holds; returns its report. Raises LocalError."""
    find_database()
    with database.session() as session:
        arms = [_candidate(repository.arm(session, name), name, wanted) for name in wanted.arms]
        cases = repository.case_ids(session, wanted.since, wanted.until)
        routine = repository.routine_ids(session, wanted.since, wanted.until)
    if not cases:
        raise LocalError(f"no case was opened from {wanted.first} to {wanted.last}")
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "answers.jsonl"
    purse = run.Purse(wanted.spend_usd)
    _play(file, asked_about(cases, routine, arms), purse, wanted.at_once)
    report = folder / "report.html"
    report.write_text(_report(wanted, file, arms, len(cases), purse), encoding="utf-8")
    return report


def _candidate(arm: Arm | None, name: str, wanted: Wanted) -> Arm:
    """A registered arm; under a name of its own where another prompt or model is put in, which baselines don't have."""
    if arm is None:
        raise LocalError(f"there is no arm named {name}")
    if arm.provider == BASELINE or not (wanted.prompt or wanted.model):
        return arm
    changed = {column.key: getattr(arm, column.key) for column in Arm.__table__.columns} | {
        "prompt_version": wanted.prompt or arm.prompt_version,
        "model": wanted.model or arm.model,
        "training_cutoff": None if wanted.model else arm.training_cutoff,  # it was the other model's
    }
    return Arm(**changed | {"name": f"{arm.name} [{changed['model']}, {changed['prompt_version']}]"})


def asked_about(
    cases: Sequence[UUID], routine: Collection[UUID], arms: Sequence[Arm]
) -> list[tuple[UUID, Arm]]:
    """Who is asked about what: all about every case, but as it is live, baselines alone about routine ones."""
    return [
        (case_id, arm)
        for case_id in cases
        for arm in arms
        if arm.provider == BASELINE or case_id not in routine
    ]


def _play(file: Path, asked: Sequence[tuple[UUID, Arm]], purse: run.Purse, at_once: int) -> None:
    have = sum(answer.is_final for answer in answers.read(file).values())
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns) as bar:
        task = bar.add_task("cases", total=len(asked), completed=have)
        for _ in run.play(file, asked, purse, at_once=at_once):
            bar.advance(task)


def _report(wanted: Wanted, file: Path, arms: Sequence[Arm], cases: int, purse: run.Purse) -> str:
    given = answers.read(file)
    said: dict[tuple[UUID, str], dict[int, Triple]] = {
        key: one.forecasts for key, one in given.items() if one.is_final
    }
    with database.session() as session:
        happened = repository.happened(session, wanted.since, wanted.until)
        live = repository.live(session, wanted.since, wanted.until)
        cutoffs = {arm + LIVE: day for arm, day in repository.cutoffs(session).items()}
    said |= {(case_id, arm + LIVE): forecasts for (case_id, arm), forecasts in live.items()}
    counted, hindsight = record.apart(happened, said, cutoffs | _cutoffs(arms, wanted))
    made = list(answers.every(file))
    return page.render(
        f"Replay of {wanted.first} to {wanted.last}",
        [*_facts(given, cases, happened, purse), *_costs_told(made), *_cutoffs_told(arms, wanted)],
        record.records(happened, counted),
        _duels(happened, counted, {arm for _, arm in given}),
        _costs(made),
        record.records(happened, hindsight),
    )


def _cutoffs(arms: Sequence[Arm], wanted: Wanted) -> dict[str, date]:
    """The last day that each model may have read of; where nobody knows it, it may have read of all of them."""
    models = [arm for arm in arms if arm.provider != BASELINE]
    return {arm.name: wanted.cutoff or arm.training_cutoff or date.max for arm in models}


def _cutoffs_told(arms: Sequence[Arm], wanted: Wanted) -> Iterator[str]:
    for arm, day in _cutoffs(arms, wanted).items():
        if day == date.max:
            yield f"{arm}: its training cut-off is not known, so all that it says may be hindsight (--cutoff tells it)"
        elif day >= wanted.first:
            yield f"{arm}: it may have read of the days up to {day}, which are apart, in no headline"


def _costs_told(made: Iterable[Replayed]) -> Iterator[str]:
    costs = [(one.cost_usd, one.unknown_usd) for one in made]
    whole, unknown = (sum(part) for part in zip((0.0, 0.0), *costs, strict=True))
    if whole:
        yield f"cost: {whole:.4f} USD, of all runs of this name"
    if unknown:
        yield f"of it {unknown:.4f} USD are the most that calls can cost of which nobody said what they did"


def _facts(given: Given, cases: int, happened: Sequence[Happened], purse: run.Purse) -> list[str]:
    known = len({one.case_id for one in happened})
    outcomes = Counter(one.outcome for one in given.values())
    facts = [
        f"{cases:,} cases; of {known:,} it is known what came of them at one horizon at least",
        f"answers: {', '.join(f'{number:,} {outcome}' for outcome, number in outcomes.most_common())}",
    ]
    if purse.is_empty and purse.spent_usd:
        facts.append(f"stopped when {purse.spent_usd:.2f} USD were spent: run it again to go on")
    return facts


def _duels(happened: Sequence[Happened], said: Said, replayed: set[str]) -> Iterator[page.Duel]:
    """Each arm that was put to the cases again, against each that had answered them live."""
    live = sorted({arm for _, arm in said} - replayed)
    for horizon in FORECAST_HORIZONS:
        for a, b in product(sorted(replayed), live):
            found = record.duel(happened, said, a, b, horizon)
            if found.days:
                yield a, b, horizon, found


def _costs(given: Iterable[Replayed]) -> dict[str, float]:
    costs: dict[str, float] = defaultdict(float)
    for one in given:
        costs[one.arm] += one.cost_usd
    return dict(costs)
