"""The Korean texts of a report that is made by rule. Every number in them is in the facts. Pure."""

from collections.abc import Iterator
from typing import Any

from nunchi.report import rules
from nunchi.report.rules import Scenario, Walk

SOURCES = {"minute": "분봉", "quote": "현재가", "close": "종가"}
SPANS: dict[str, str] = {"short": "단기", "medium": "중기", "long": "장기"}
HIGH_DEBT_PERCENT = 200
NEAR = 0.02  # of an end of the range, as a ratio


def summary(name: str, code: str, evidence: dict[str, Any]) -> str:
    """What is known of a stock: its price, its volatility, and what the arm expects of the day's stories."""
    price = evidence["price"]
    return " ".join(
        [
            f"{name}({code})의 기준가는 {price['won']:,}원({SOURCES[price['source']]})이다.",
            f"최근 20거래일의 일간 변동성은 {evidence['sigma20_percent']:.2f}%이다.",
            *_expected(evidence),
        ]
    )


def _expected(evidence: dict[str, Any]) -> Iterator[str]:
    horizon = str(rules.FORECAST_HORIZON)
    found = evidence["forecast_percent"] or evidence["base_rate_percent"]
    if evidence["forecast_percent"]:
        yield f"소식 {evidence['story_count']}건에 대한 예측의 평균이다:"
    else:
        yield "새 소식에 대한 예측이 없어 과거 비율만 본다:"
    one = found[horizon]
    yield (
        f"{horizon}거래일 뒤 시장 대비 상승 {one['up']:.2f}%, 보합 {one['flat']:.2f}%, 하락 {one['down']:.2f}%."
    )


def of_scenario(found: Scenario, walk: Walk) -> str:
    """What a scenario's two prices are, and how likely a walk that knows no direction touches each."""
    up, down = (rules.touch_probability(walk, won) for won in (found.target_won, found.support_won))
    return (
        f"{SPANS[found.span]} {walk.horizon}거래일의 범위는 {found.support_won:,}원에서 {found.target_won:,}원이다. "
        f"방향이 없는 가격이라면 위쪽에 {up:.0%}, 아래쪽에 {down:.0%}의 확률로 닿는다."
    )


def risks(evidence: dict[str, Any]) -> list[str]:
    """What speaks against a stock, as the facts have it."""
    return [*_flows(evidence, -1), *_growth(evidence, -1), *_debt(evidence), *_range(evidence, "low_won")]


def opportunities(evidence: dict[str, Any]) -> list[str]:
    """What speaks for a stock, as the facts have it."""
    return [*_flows(evidence, 1), *_growth(evidence, 1), *_range(evidence, "high_won")]


def _flows(evidence: dict[str, Any], sign: int) -> Iterator[str]:
    flows = evidence["flows"]
    side = "순매수" if sign > 0 else "순매도"
    for field, who in (("foreign_shares", "외국인"), ("institution_shares", "기관")) if flows else ():
        if flows[field] * sign > 0:
            yield f"{who}이 {flows['session']}에 {abs(flows[field]):,}주를 {side}했다."


def _growth(evidence: dict[str, Any], sign: int) -> Iterator[str]:
    of_year = evidence["ratios_of_year"] or {}
    grown = of_year.get("operating_profit_growth_percent")
    if grown is not None and grown * sign > 0:
        yield f"최근 결산의 영업이익 증가율은 {grown:.2f}%이다."


def _debt(evidence: dict[str, Any]) -> Iterator[str]:
    debt = (evidence["ratios_of_year"] or {}).get("debt_ratio_percent")
    if debt is not None and debt > HIGH_DEBT_PERCENT:
        yield f"최근 결산의 부채비율은 {debt:.2f}%이다."


def _range(evidence: dict[str, Any], end: str) -> Iterator[str]:
    won, price = evidence["range"].get(end), evidence["price"]["won"]
    if won and abs(price / won - 1) <= NEAR:
        kind = "최고가" if end == "high_won" else "최저가"
        yield f"기준가가 최근 {evidence['range']['sessions']}거래일 {kind} {won:,}원에 가깝다."
