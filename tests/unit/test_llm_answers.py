"""What a model's text must be to count as a forecast."""

import json
from typing import Any

import pytest

from nunchi.predict import llm, rules
from nunchi.predict.llm import BadAnswer

STORY = "00000000-0000-5000-8000-000000000001"


def part(horizon: Any = 1, down: Any = 0.2, flat: Any = 0.5, up: Any = 0.3, **more: Any) -> dict[str, Any]:
    return {"horizon_sessions": horizon, "p_down": down, "p_flat": flat, "p_up": up} | more


def said(*parts: dict[str, Any], **changed: Any) -> str:
    whole = [*parts, *(part(horizon) for horizon in (1, 3, 5)[len(parts) :])]
    answer: dict[str, Any] = {
        "forecasts": whole,
        "rationale_ko": "계약이 매출에 더해진다.",
        "cited_article_ids": [STORY],
    }
    return json.dumps(answer | changed)


def refused(text: str) -> BadAnswer:
    with pytest.raises(BadAnswer) as found:
        llm.check(text, allowed={STORY})
    return found.value


def test_a_whole_answer_is_a_forecast() -> None:
    answer = llm.check(said(), allowed={STORY})
    assert [one.horizon_sessions for one in answer.forecasts] == [1, 3, 5]
    assert answer.cited_article_ids == [STORY]


def test_horizons_may_come_in_any_order() -> None:
    answer = llm.check(said(part(5), part(1), part(3)), allowed={STORY})
    assert sorted(one.horizon_sessions for one in answer.forecasts) == [1, 3, 5]


def test_nothing_need_be_cited() -> None:
    assert llm.check(said(cited_article_ids=[]), allowed=set()).cited_article_ids == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no JSON at all",
        "null",
        "[]",
        said()[:-8],
        f"```json\n{said()}\n```",
        said(part(1, 1.2, 0.0, -0.2)),
        said(part(1, None)),
        said(part(1, "많이")),
        said(part(2)),
        said(part(1, extra=1)),
        said(forecasts="상승"),
        said(rationale_ko=None),
        said(cited_article_ids=[1]),
        said(advice="buy"),
    ],
)
def test_what_does_not_fit_the_schema_is_no_forecast(text: str) -> None:
    found = refused(text)
    assert found.outcome == "invalid"
    assert "faults in the JSON" in found.reason


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_what_is_not_a_finite_number_is_no_forecast(number: str) -> None:
    assert refused(said().replace("0.2", number)).outcome == "invalid"


@pytest.mark.parametrize(
    "text",
    [
        said(forecasts=[]),
        said(forecasts=[part(1), part(3)]),
        said(part(1), part(1), part(3)),
        said(part(1), part(3), part(5), part(5)),
    ],
)
def test_each_horizon_is_forecast_once(text: str) -> None:
    assert refused(text).reason == "not one forecast for each horizon"


@pytest.mark.parametrize("up", [0.27, 0.33, 0.0, 1.0])
def test_probabilities_sum_to_one(up: float) -> None:
    assert refused(said(part(1), part(3, up=up))).reason == "probabilities at 3 sessions don't sum to 1"


@pytest.mark.parametrize("up", [0.281, 0.3, 0.319])
def test_a_rounding_of_the_sum_is_forgiven_and_settled(up: float) -> None:
    first = llm.check(said(part(1, up=up)), allowed={STORY}).forecasts[0]
    assert sum(rules.settle((first.p_down, first.p_flat, first.p_up))) == pytest.approx(1, abs=1e-9)


def test_only_evidence_is_cited() -> None:
    assert refused(said(cited_article_ids=[STORY, "made-up"])).reason == "cites what was not in the evidence"


def test_a_fault_is_described_without_the_models_own_words() -> None:
    found = refused(said(advice="<script>buy</script>"))
    assert "script" not in f"{found} {found.reason}"


def test_the_schema_is_strict_and_plain() -> None:
    text = json.dumps(llm.SCHEMA)
    assert "$ref" not in text
    assert "minimum" not in text
    objects = [llm.SCHEMA, llm.SCHEMA["properties"]["forecasts"]["items"]]
    for one in objects:
        assert one["additionalProperties"] is False
        assert sorted(one["required"]) == sorted(one["properties"])
