"""The sandbox's models, asked through the client library that production uses."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from statistics import mean
from typing import Any

import numpy as np
import openai
import pytest
import requests

from infra.sandbox.market import Market, generate
from infra.sandbox.server import serving
from nunchi.predict import answers, grounding

FIRST = date(2026, 5, 4)
WEEKDAYS = [day for day in (FIRST + timedelta(days=n) for n in range(84)) if day.weekday() < 5]
IDS = [f"0000000{n}-0000-5000-8000-00000000000{n}" for n in range(1, 6)]
FORMAT: Any = {
    "type": "json_schema",
    "json_schema": {"name": "forecast", "strict": True, "schema": answers.SCHEMA},
}


@pytest.fixture(scope="module")
def market() -> Market:
    return generate(5, WEEKDAYS, live=5, companies=20, stories_per_session=10)


@pytest.fixture(scope="module")
def address(market: Market) -> Iterator[str]:
    with serving(market) as address:
        yield address


@pytest.fixture
def client(address: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(api_key="sandbox", base_url=f"{address}/openai/v1", max_retries=0) as client:
        yield client


@pytest.fixture
def router(address: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(api_key="sandbox", base_url=f"{address}/openrouter/api/v1", max_retries=0) as client:
        yield client


def prompt(title: str, ids: list[str] = IDS) -> str:
    story = json.dumps({"title": title, "first_sentence": "첫 문장이다."}, ensure_ascii=False)
    return f"Forecast.\n{story}\n{json.dumps(ids)}"


def ask(client: openai.OpenAI, text: str, model: str = "gpt-4o") -> Any:
    message: Any = {"role": "user", "content": text}
    return client.chat.completions.create(model=model, messages=[message], response_format=FORMAT)


def forecast(client: openai.OpenAI, text: str, model: str = "gpt-4o") -> answers.ForecastAnswer:
    said = ask(client, text, model).choices[0].message.content
    return answers.check(said, allowed=set(IDS), instructions="Forecast.")


def leaning(client: openai.OpenAI, title: str, model: str = "gpt-4o") -> float:
    first = forecast(client, prompt(title), model).forecasts[0]
    return first.p_up - first.p_down


def titles(market: Market, count: int = 120) -> dict[str, float]:
    effects = {story.number: story.effect for story in market.stories}
    return {a.title: effects[a.story] for a in market.articles[:count] if not a.reprint}


def test_an_answer_is_a_forecast_that_production_accepts(client: openai.OpenAI, market: Market) -> None:
    answer = forecast(client, prompt(market.articles[0].title))
    assert answer.cited_article_ids == IDS[:3]
    assert answer.rationale_ko
    assert grounding.foreign(answer.rationale_ko, {}) == []


def test_sentiment_and_moves_follow_the_opinion(client: openai.OpenAI, market: Market) -> None:
    for title in list(titles(market))[:20]:
        answer = forecast(client, prompt(title))
        first, *_, last = answer.forecasts
        leans = first.p_up - first.p_down
        assert leans * first.expected_move_ratio >= 0
        assert leans * answer.sentiment >= 0
        assert abs(last.expected_move_ratio) >= abs(first.expected_move_ratio)


def test_the_same_question_gets_the_same_answer(client: openai.OpenAI, market: Market) -> None:
    text = prompt(market.articles[0].title)
    assert ask(client, text).model_dump() == ask(client, text).model_dump()


def test_a_models_opinion_follows_the_planted_effect(client: openai.OpenAI, market: Market) -> None:
    found = {title: leaning(client, title) for title in titles(market)}
    rising = mean(found[title] for title, effect in titles(market).items() if effect > 0.2)
    falling = mean(found[title] for title, effect in titles(market).items() if effect < -0.2)
    neutral = mean(found[title] for title, effect in titles(market).items() if effect == 0)
    assert falling < -0.1 < neutral < 0.1 < rising


def test_one_model_sees_better_than_the_other(
    client: openai.OpenAI, router: openai.OpenAI, market: Market
) -> None:
    effects = titles(market)
    good = [leaning(client, title) for title in effects]
    less = [leaning(router, title, "deepseek/deepseek-v3.2-exp") for title in effects]
    quality = [np.corrcoef(found, list(effects.values()))[0, 1] for found in (good, less)]
    assert quality[0] > quality[1] > 0.5


def test_a_reprints_tag_changes_nothing(client: openai.OpenAI, market: Market) -> None:
    reprint = next(a for a in market.articles if a.reprint and a.title.startswith("["))
    original = next(a for a in market.articles if a.story == reprint.story and not a.reprint)
    assert leaning(client, reprint.title) == leaning(client, original.title)


def test_an_unknown_title_gets_an_opinion_without_an_effect(client: openai.OpenAI) -> None:
    assert abs(leaning(client, "어디에도 없는 제목")) < 0.3
    assert forecast(client, "no story at all", "gpt-4o").cited_article_ids == []


def test_usage_is_reported_and_at_openrouter_its_cost(client: openai.OpenAI, router: openai.OpenAI) -> None:
    usage = ask(client, prompt("제목")).usage
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens > 0
    routed = ask(router, prompt("제목"), "deepseek/deepseek-v3.2-exp")
    assert routed.model == "deepseek/deepseek-v3.2-exp"
    assert routed.usage.cost > 0


def test_a_call_without_a_key_is_refused(address: str) -> None:
    answer = requests.post(
        f"{address}/openai/v1/chat/completions",
        json={"model": "gpt-4o"},
        headers={"authorization": "Bearer "},
        timeout=10,
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "invalid_api_key")


def test_a_prompt_that_is_too_long_is_refused(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        ask(client, "가" * 300_000)
    assert refused.value.code == "context_length_exceeded"


def test_a_schema_that_is_not_strict_enough_is_refused(client: openai.OpenAI) -> None:
    loose: Any = {
        "type": "json_schema",
        "json_schema": {"name": "x", "strict": True, "schema": {"type": "object"}},
    }
    with pytest.raises(openai.BadRequestError, match="additionalProperties"):
        client.chat.completions.create(
            model="gpt-4o", messages=[{"role": "user", "content": "x"}], response_format=loose
        )


# --- embeddings


def embed(client: openai.OpenAI, texts: list[str], **options: Any) -> list[list[float]]:
    answer = client.embeddings.create(model="text-embedding-3-small", input=texts, **options)
    return [item.embedding for item in answer.data]


def test_both_encodings_hold_the_same_unit_vectors(client: openai.OpenAI) -> None:
    texts = ["공급계약을 체결했다", "임상에 실패했다"]
    packed, plain = embed(client, texts), embed(client, texts, encoding_format="float")
    assert packed == pytest.approx(np.array(plain), abs=1e-6)
    assert np.linalg.norm(packed, axis=1) == pytest.approx(1, abs=1e-5)
    assert np.shape(packed) == (2, 1536)


def test_fewer_dimensions_are_the_start_of_the_vector_at_unit_length(client: openai.OpenAI) -> None:
    text = ["한 회사가 공급계약을 체결했다고 밝혔다"]
    whole, short = np.array(embed(client, text)[0]), np.array(embed(client, text, dimensions=256)[0])
    assert short == pytest.approx(whole[:256] / np.linalg.norm(whole[:256]), abs=1e-5)


def test_texts_that_share_wording_are_near(client: openai.OpenAI) -> None:
    one, near, far = np.array(
        embed(client, ["300억원 규모 공급계약 체결", "500억원 규모 공급계약 체결", "새 대표이사 선임"])
    )
    assert one @ near > 0.5 > one @ far


@pytest.mark.parametrize("texts", [[], [""]])
def test_nothing_to_embed_is_refused(client: openai.OpenAI, texts: list[str]) -> None:
    with pytest.raises(openai.BadRequestError):
        embed(client, texts)
