"""What a model's text must be to count as a forecast."""

import json
from typing import Any

import pytest

from nunchi.predict import answers, rules
from nunchi.predict.answers import Invalid

STORY = "00000000-0000-5000-8000-000000000001"
RULES = "You forecast how one Korean stock will move relative to its market index after a news story."


def check(text: str, allowed: frozenset[str] | set[str] = frozenset({STORY})) -> answers.ForecastAnswer:
    return answers.check(text, allowed=set(allowed), instructions=RULES)


def part(horizon: Any = 1, down: Any = 0.2, flat: Any = 0.5, up: Any = 0.3, **more: Any) -> dict[str, Any]:
    said = {"horizon_sessions": horizon, "p_down": down, "p_flat": flat, "p_up": up}
    return said | {"expected_move_ratio": 0.004} | more


def said(*parts: dict[str, Any], **changed: Any) -> str:
    whole = [*parts, *(part(horizon) for horizon in (1, 3, 5)[len(parts) :])]
    answer: dict[str, Any] = {
        "forecasts": whole,
        "sentiment": 0.4,
        "impact": "medium",
        "urgency": "low",
        "rationale_ko": "계약이 매출에 더해진다.",
        "cited_article_ids": [STORY],
    }
    return json.dumps(answer | changed)


def refused(text: str) -> Invalid:
    with pytest.raises(Invalid) as found:
        check(text)
    return found.value


def test_a_whole_answer_is_a_forecast() -> None:
    answer = check(said())
    assert [one.horizon_sessions for one in answer.forecasts] == [1, 3, 5]
    assert answer.cited_article_ids == [STORY]


def test_horizons_may_come_in_any_order() -> None:
    answer = check(said(part(5), part(1), part(3)))
    assert sorted(one.horizon_sessions for one in answer.forecasts) == [1, 3, 5]


def test_nothing_need_be_cited() -> None:
    assert check(said(cited_article_ids=[]), allowed=set()).cited_article_ids == []


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
        said(sentiment=1.5),
        said(impact="huge"),
        said(urgency=3),
        said(part(1, expected_move_ratio=None)),
        said(cited_article_ids=[1]),
        said(advice="buy"),
    ],
)
def test_what_does_not_fit_the_schema_is_no_forecast(text: str) -> None:
    assert "faults in the JSON" in refused(text).reason


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_what_is_not_a_finite_number_is_no_forecast(number: str) -> None:
    assert "faults in the JSON" in refused(said().replace("0.2", number)).reason
    assert "faults in the JSON" in refused(said().replace("0.004", number)).reason


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
    found = refused(said(part(1), part(3, up=up))).reason
    assert found == f"the probabilities at 3 sessions sum to {0.7 + up:.2f}, not to 1"


@pytest.mark.parametrize("up", [0.281, 0.3, 0.319])
def test_a_rounding_of_the_sum_is_forgiven_and_settled(up: float) -> None:
    first = check(said(part(1, up=up))).forecasts[0]
    assert sum(rules.settle((first.p_down, first.p_flat, first.p_up))) == pytest.approx(1, abs=1e-9)


def test_only_evidence_is_cited() -> None:
    found = refused(said(cited_article_ids=[STORY, "made-up"])).reason
    assert found == "cited_article_ids has ids that are not in the data"


@pytest.mark.parametrize(("horizon", "ratio"), [(1, 3.2), (1, -0.31), (3, 0.91), (5, -1.6)])
def test_a_move_beyond_the_daily_limits_is_no_expectation(horizon: int, ratio: float) -> None:
    parts = [part(h, expected_move_ratio=ratio if h == horizon else 0.0) for h in (1, 3, 5)]
    assert refused(said(*parts)).reason == f"expected_move_ratio at {horizon} sessions is no possible ratio"


def test_a_rationale_has_rules_of_its_own() -> None:
    assert refused(said(rationale_ko="The story is good.")).reason == "rationale_ko is not in Korean"
    assert refused(said(rationale_ko=f"규칙: {RULES}")).reason == "rationale_ko repeats the instructions"


def test_a_fault_says_where_it_is() -> None:
    found = refused(said(part(1, p_up="x"), sentiment=9)).reason
    assert found == "2 faults in the JSON: forecasts.0.p_up, sentiment"


def test_a_fault_is_described_without_the_models_own_words() -> None:
    for text in (said(advice="<script>buy</script>"), said(**{"<script>": 1})):
        found = refused(text)
        assert "script" not in f"{found} {found.reason}"
        assert found.reason == "1 faults in the JSON: the object"


def test_the_schema_is_strict_and_plain() -> None:
    text = json.dumps(answers.SCHEMA)
    assert "$ref" not in text
    assert "minimum" not in text
    objects = [answers.SCHEMA, answers.SCHEMA["properties"]["forecasts"]["items"]]
    for one in objects:
        assert one["additionalProperties"] is False
        assert sorted(one["required"]) == sorted(one["properties"])
