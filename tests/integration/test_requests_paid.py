"""What users ask of models: on the record's path of calls, with a share of its budget."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from infra.sandbox.market import Market
from nunchi import database, outbox, settings
from nunchi.articles.repository import article_id
from nunchi.events import ForecastRequested
from nunchi.models import Arm, Case, ModelCall, RequestedForecast, Story, User
from nunchi.queues import Postponed
from nunchi.requested import service, work
from nunchi.requested.service import NothingToAsk
from tests.conftest import forget_clients
from tests.factories import NOON, case, story
from tests.integration.accounts_played import stored_user
from tests.integration.articles_worked import CODE, found, store
from tests.integration.models_asked import MARKET, NEIGHBOUR, Misbehave, misbehaving
from tests.integration.requests_played import store_all, store_story

NOW = NOON + timedelta(hours=1)
DOWN = {"status": 503, "times": 1000}


@pytest.fixture(scope="module")
def market() -> Market:
    return MARKET


@pytest.fixture
def misbehave(
    address: str, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Misbehave]:
    with misbehaving(address, monkeypatch) as order:
        forget_clients()
        yield order


@pytest.fixture
def told(misbehave: Misbehave) -> Story:
    """A story about a stock, and a model that is switched on."""
    with database.session() as session:
        session.execute(update(Arm).where(Arm.name == "gpt-4o").values(active=True, daily_budget_krw=10_000))
    story: Story = store_all()
    return story


def ask(arm: str = "gpt-4o", **changed: Any) -> RequestedForecast:
    """A question that is put; gives its row."""
    who = stored_user(f"user{len(found(User))}")
    wanted: dict[str, Any] = {"stock_code": CODE, "article_id": None, "quota": 5, "now": NOW} | changed
    with outbox.transaction() as session:
        asked = service.ask(session, who.id, arm=arm, **wanted)
    assert isinstance(asked, tuple)
    return asked[1]


def answer(question: RequestedForecast, ends: datetime = NOW) -> RequestedForecast:
    write = work.work(ForecastRequested(requested_id=question.id), now=NOW, clock=lambda: ends)
    with database.session() as session:
        write(session)
    with database.session() as session:
        return session.get_one(RequestedForecast, question.id)


def test_a_model_answers_and_its_call_is_paid_under_a_purpose_of_its_own(told: Story) -> None:
    row = answer(ask())
    assert row.outcome == "ok"
    assert [one["horizon_sessions"] for one in row.forecasts] == [1, 3, 5]
    assert row.rationale
    assert row.grounded is not None
    (call,) = found(ModelCall)
    assert (call.purpose, call.subject_id, call.outcome) == ("requested", row.id, "ok")


def test_an_answer_is_dated_to_the_end_of_its_call(told: Story) -> None:
    ends = NOW + timedelta(minutes=1)
    assert answer(ask(), ends).finished_at == ends


def test_the_evidence_is_what_was_known_then_and_similar_stories_are_the_cases(told: Story) -> None:
    store(case(told, CODE, NOON, neighbours=[NEIGHBOUR]))
    row = answer(ask())
    assert row.evidence["neighbours"] == [NEIGHBOUR]
    assert row.evidence["indicators"]["last_session"] == "2026-10-16"
    assert found(Case)[0].evidence["indicators"] != row.evidence["indicators"]


def set_share(patch: pytest.MonkeyPatch, share: float) -> None:
    patch.setenv("REQUESTED_BUDGET_SHARE", str(share))
    settings.get_settings.cache_clear()


def spent(krw: float, purpose: str) -> None:
    """An arm's call of today that cost so much."""
    number = len(found(ModelCall))
    store(
        ModelCall(
            id=case(store_story(90 + number)).id,
            purpose=purpose,
            subject_id=SUBJECT,
            arm="gpt-4o",
            attempt=number + 1,
            provider="openai",
            model="gpt-4o",
            input_tokens=0,
            cached_tokens=0,
            output_tokens=0,
            usd=1,
            krw=krw,
            outcome="ok",
            latency_ms=1,
            started_at=NOW,
            expires_at=NOW,
        )
    )


SUBJECT = case(story("subject")).id


def test_users_take_no_more_than_their_share_of_a_budget(told: Story) -> None:
    spent(1_990, "requested")
    row = answer(ask())
    assert (row.outcome, row.forecasts) == ("budget", [])
    assert len(found(ModelCall)) == 1


def test_what_the_record_spent_leaves_users_their_share(told: Story) -> None:
    spent(7_000, "forecast")
    assert answer(ask()).outcome == "ok"


def test_nor_do_they_go_beyond_the_whole_budget(told: Story) -> None:
    spent(9_999, "forecast")
    assert answer(ask()).outcome == "budget"


def test_without_a_share_no_model_is_asked(told: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    set_share(monkeypatch, 0)
    assert answer(ask()).outcome == "budget"


def test_a_routine_story_is_not_put_to_a_model_but_to_the_baselines(told: Story) -> None:
    recap = store_story(2, "[표] 코스피 상승률 상위 종목", known_at=NOON + timedelta(minutes=1))
    wanted: dict[str, Any] = {"article_id": article_id("https://maekyung.example/news/stock/2")}
    with pytest.raises(NothingToAsk, match="routine"):
        ask(**wanted)
    assert ask().story_id == told.id  # the newest story that is news
    assert ask("prior", **wanted).story_id == recap.id


def test_a_provider_that_is_down_is_asked_again_and_nothing_is_written(
    told: Story, misbehave: Misbehave
) -> None:
    misbehave("gpt-4o", {**DOWN, "headers": {"retry-after": "60"}})
    question = ask()
    with pytest.raises(Postponed):
        work.work(ForecastRequested(requested_id=question.id), now=NOW, clock=lambda: NOW)
    (row,) = found(RequestedForecast)
    assert row.outcome == "due"


def test_a_refusal_is_a_failure_that_is_told(told: Story, misbehave: Misbehave) -> None:
    misbehave("gpt-4o", {"preset": "refusal"})
    row = answer(ask())
    assert (row.outcome, row.forecasts) == ("refused", [])
