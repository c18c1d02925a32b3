"""What the sandbox's models answer when asked for a report: a simulated one, the same to the same question."""

import json
import re
from typing import Any

_DATA = re.compile(r"<<<DATA\n(.*)\nDATA>>>", re.DOTALL)
NAME = "report"  # of the schema that a report is asked with
AMBITION = {"gpt-4o": 0.35, "deepseek": 0.5}  # how far into its bounds a model puts a price
OTHER_AMBITION = 0.25
LEANING_PERCENT = 5.0  # by which one side must outweigh the other


def report(body: dict[str, Any], prompt: str) -> dict[str, object] | None:
    """The report that a request asks for; None when it asks for something else."""
    found = _DATA.search(prompt)
    if body["response_format"]["json_schema"]["name"] != NAME or found is None:
        return None
    data = json.loads(found[1], strict=False)
    name = body["model"].lower()
    ambition = next((share for part, share in AMBITION.items() if part in name), OTHER_AMBITION)
    lean = _lean(data)
    return {
        "summary_ko": f"기준가는 {data['price']['won']:,}원이다. {_SUMMARIES[lean]}",
        "scenarios": [_scenario(span, bounds, ambition) for span, bounds in data["bounds"].items()],
        "risks": [f"일간 변동성이 {data['sigma20_percent']}%여서 가격이 어느 쪽으로든 움직일 수 있다."],
        "opportunities": ["새 소식이 실적에 더해질 여지가 있다."] if lean == "favourable" else [],
        "recommendation": lean,
    }


_SUMMARIES = {
    "favourable": "소식은 회사에 유리한 쪽으로 보인다.",
    "balanced": "소식의 영향은 한쪽으로 기울지 않아 보인다.",
    "cautious": "소식은 회사에 불리한 쪽으로 보인다.",
    "uncertain": "판단할 새 소식이 없다.",
}


def _lean(data: dict[str, Any]) -> str:
    if not data["forecast_percent"]:
        return "uncertain"
    last = data["forecast_percent"][max(data["forecast_percent"], key=int)]
    edge = last["up"] - last["down"]
    if abs(edge) < LEANING_PERCENT:
        return "balanced"
    return "favourable" if edge > 0 else "cautious"


def _scenario(span: str, bounds: dict[str, Any], ambition: float) -> dict[str, object]:
    """Prices part of the way into the bounds; seldom on a tick, as a model's are."""
    (near, far), (low, high) = bounds["target_won"], bounds["support_won"]
    target, support = round(near + ambition * (far - near)), round(high - ambition * (high - low))
    text = f"{bounds['sessions']}거래일 안에 {support:,}원과 {target:,}원 사이에서 움직일 수 있다."
    return {"span": span, "target_won": target, "support_won": support, "text_ko": text}
