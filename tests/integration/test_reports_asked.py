"""Reports through the queue, with models that answer over HTTP, and through the commands."""

import json
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import delete, update
from typer.testing import CliRunner

from infra.local import cli, platform, reporting
from infra.local.errors import LocalError
from infra.local.platform import Platform
from infra.sandbox.market import Market
from nunchi import clock, database, outbox
from nunchi.models import Report, ReportRun, ReportScenario
from nunchi.report import rules, service
from tests.conftest import forget_clients
from tests.integration.articles_worked import CODE
from tests.integration.models_asked import ARMS, MARKET, Misbehave, in_200
from tests.integration.reports_made import (
    at,
    dispatch,
    due,
    reports,
    run,
    scenarios,
    store_forecasts,
    store_market,
    store_stock,
)

ONE = at(13)


@pytest.fixture(scope="module")
def market() -> Market:
    return MARKET


@pytest.fixture
def running(misbehave: Misbehave, started: Platform) -> Platform:
    """The platform with all four arms on, which all forecast a stock this morning."""
    forget_clients()
    assert platform.switch_arms() == []
    store_stock()
    store_market()
    for arm in (*ARMS, "prior", "neighbours"):
        store_forecasts(arm)
    return started


def drain(running: Platform, now: Any = ONE) -> None:
    with clock.driven_by(lambda: now):
        running.pump.drain(now)


def said(text: str) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
    body = {"id": "x", "object": "chat.completion", "created": 1, "model": "gpt-4o", "choices": [choice]}
    return in_200(json.dumps(body | {"usage": usage}))


def test_a_slot_s_reports_are_made_by_all_four_arms(running: Platform) -> None:
    assert dispatch(ONE) == 4
    drain(running)
    found = reports()
    assert [one.arm for one in found] == ["deepseek-v3.2", "gpt-4o", "neighbours", "prior"]
    assert {one.base_price_won for one in found} == {10_200}
    for one in found:
        walks = rules.walks(one.base_price_won, one.sigma20_ratio, 0.6 * 2.5 / 6.5)
        for scenario in scenarios(one):
            allowed = rules.bounds(walks[scenario.span])  # type: ignore[index]
            assert allowed.fits(scenario.target_won, scenario.support_won)
            assert scenario.text_ko
    asked = run(due("gpt-4o"))
    assert (asked.outcome, asked.model, asked.prompt_version, asked.calls) == ("ok", "gpt-4o", "report.v1", 1)
    assert asked.input_tokens > 0 < asked.output_tokens
    assert any(scenario.snapped for one in found[:2] for scenario in scenarios(one))
    assert (run(due("prior")).calls, run(due("prior")).prompt_version) == (0, "")


def content() -> list[Any]:
    return [
        (
            (one.id, one.summary_ko, one.risks, one.opportunities, one.recommendation, one.evidence),
            [(s.target_won, s.support_won, s.text_ko, s.snapped) for s in scenarios(one)],
        )
        for one in reports()
    ]


def test_the_same_facts_make_the_same_reports_in_any_order(running: Platform) -> None:
    dispatch(ONE)
    arms = [*ARMS, "prior", "neighbours"]
    written = list[Any]()
    for order in (arms, arms[::-1]):
        for arm in order:
            now = ONE + timedelta(minutes=len(written))
            write = service.work(due(arm), now=now, clock=partial(_same, now))
            with database.session() as session:
                write(session)
                session.flush()
        written.append(content())
        _forget_reports()
    assert written[0] == written[1]
    assert len(written[0]) == 4


def _same(moment: datetime) -> datetime:
    return moment


def _forget_reports() -> None:
    with database.session() as session:
        session.execute(delete(ReportScenario))
        session.execute(delete(Report))
        session.execute(update(ReportRun).values(outcome="due"))


def test_a_model_that_is_down_fails_alone_and_is_asked_again_by_the_queue(
    running: Platform, misbehave: Misbehave
) -> None:
    misbehave("gpt-4o", {"status": 503})
    dispatch(ONE)
    drain(running)
    assert [one.arm for one in reports()] == ["deepseek-v3.2", "neighbours", "prior"]
    assert (run(due("gpt-4o")).outcome, run(due("gpt-4o")).reason) == ("server", "503")
    hidden = timedelta(seconds=running.template.queues["ReportQueue"].visibility_timeout_s)
    drain(running, ONE + hidden)
    found = next(one for one in reports() if one.arm == "gpt-4o")
    assert (run(due("gpt-4o")).outcome, found.as_of, found.created_at) == ("ok", ONE, ONE + hidden)
    with database.session() as session:
        assert outbox.waiting(session) == 0


FINAL: list[tuple[dict[str, Any], str, str]] = [
    ({"preset": "insufficient_quota"}, "quota", "insufficient_quota"),
    ({"preset": "refusal"}, "refused", "I can't help with that."),
    ({"preset": "length"}, "cut", "the answer was longer than the model may write"),
]


@pytest.mark.parametrize(("fault", "outcome", "reason"), FINAL)
def test_a_final_failure_is_recorded_and_makes_no_report(
    running: Platform, misbehave: Misbehave, fault: dict[str, Any], outcome: str, reason: str
) -> None:
    misbehave("gpt-4o", fault)
    dispatch(ONE)
    drain(running)
    failed = run(due("gpt-4o"))
    assert (failed.outcome, failed.reason) == (outcome, reason)
    assert "gpt-4o" not in {one.arm for one in reports()}
    with database.session() as session:
        assert outbox.waiting(session) == 0


def test_an_answer_that_can_not_be_used_is_repaired_once(running: Platform, misbehave: Misbehave) -> None:
    misbehave("gpt-4o", said("매수하라."))
    dispatch(ONE)
    drain(running)
    repaired = run(due("gpt-4o"))
    assert (repaired.outcome, repaired.calls) == ("ok", 2)
    assert repaired.input_tokens > 11


def test_an_answer_that_stays_unusable_is_a_failure(running: Platform, misbehave: Misbehave) -> None:
    misbehave("gpt-4o", said("매수하라."), said("매도하라."))
    dispatch(ONE)
    drain(running)
    failed = run(due("gpt-4o"))
    assert (failed.outcome, failed.reason, failed.calls) == ("invalid", "1 faults in the JSON", 2)
    assert (failed.input_tokens, failed.output_tokens) == (22, 14)


# --- the command


def test_the_command_makes_a_new_version_at_once(running: Platform) -> None:
    dispatch(ONE)
    drain(running)
    with clock.driven_by(lambda: at(14)):
        answer = CliRunner().invoke(cli.app, ["report", "--stock", CODE, "--arm", "prior"])
    assert answer.exit_code == 0, answer.output
    assert answer.output.startswith("prior: version 2 of 2026-10-19 1300: ")
    assert [one.version for one in reports() if one.arm == "prior"] == [1, 2]


def test_the_command_makes_one_of_each_arm_and_says_what_failed(
    running: Platform, misbehave: Misbehave
) -> None:
    misbehave("gpt-4o", {"preset": "refusal"}, {"path": "/openrouter", "preset": "rate_limit"})
    lines = list(reporting.regenerate(CODE, None, clock=lambda: at(14)))
    assert [line.partition(":")[0] for line in lines] == ["deepseek-v3.2", "gpt-4o", "neighbours", "prior"]
    assert lines[0].startswith("deepseek-v3.2: failed, and may be asked for again: not before 2026-10-19T14:")
    assert lines[1] == "gpt-4o: refused: I can't help with that."
    assert all("version 2 of 2026-10-19 1300" in line for line in lines[2:])


def test_the_command_names_a_stock_that_is_not_there(running: Platform) -> None:
    with pytest.raises(LocalError, match="no stock 999999"):
        list(reporting.regenerate("999999", None, clock=lambda: at(14)))
