"""What alerts tell in the tests, and the golden files of it: `python -m tests.alert_facts` writes them anew."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from nunchi.notify import messages
from nunchi.notify.messages import Facts, Held, Price, Recorded
from nunchi.notify.rules import LANGUAGES, Followed, Record, Told

GOLDEN = Path(__file__).parent / "data" / "alerts"
NOON = datetime(2026, 10, 19, 3, 2, tzinfo=UTC)  # 12:02 in Seoul
ARMS = {
    "gpt-4o": [
        Recorded(Told("gpt-4o", 1, 0.18, 0.31, 0.51, "high"), None),
        Recorded(Told("gpt-4o", 3, 0.14, 0.24, 0.62, "high"), Record(132, 61)),
        Recorded(Told("gpt-4o", 5, 0.2, 0.22, 0.58, "high"), None),
    ],
    "prior": [
        Recorded(Told("prior", 1, 0.3, 0.42, 0.28), None),
        Recorded(Told("prior", 3, 0.31, 0.4, 0.29), Record(2210, 30)),
        Recorded(Told("prior", 5, 0.32, 0.38, 0.3), None),
    ],
}
OPEN = Facts(
    phase="open",
    stock_name="다온솔전자",
    stock_code="990010",
    title="다온솔전자, 300억원 규모 <전력 모듈> 공급계약 체결",
    lead="다온솔전자가 해외 전력회사와 공급계약을 맺었다고 밝혔다.",
    is_disclosure=False,
    source_url="https://maekyung.example/news/stock/1?a=1&b=2",
    web_url="https://app.nunchi.example/cases/1",
    price=Price(10_250, "quote", NOON, 0.0149, 0.0063),
    followed=Followed(True, 12, 0.0081, -0.031, 0.052),
    horizon=3,
    arms=ARMS,
    sealed_at=NOON,
)
BEFORE = replace(
    OPEN,
    phase="before",
    is_disclosure=True,
    title="단일판매ㆍ공급계약체결",
    lead="",
    price=Price(10_100, "close", datetime(2026, 10, 16, 3, tzinfo=UTC), -0.0051),
    followed=Followed(False, 38, -0.0022, -0.081, 0.066),
    sealed_at=datetime(2026, 10, 18, 23, 31, tzinfo=UTC),
)
AFTER = replace(
    OPEN,
    phase="after",
    price=Price(10_400, "close", NOON, 0.0297),
    followed=None,
    arms={"prior": ARMS["prior"]},
    web_url="",
    sealed_at=datetime(2026, 10, 19, 8, 12, tzinfo=UTC),
)
WITHHELD = replace(OPEN, title="[특징주] 다온솔전자, 지금 사세요", lead="증권사는 매수 의견을 유지했다.")
FACTS = {"before": BEFORE, "open": OPEN, "after": AFTER, "withheld": WITHHELD}
HELD = [
    Held(
        UUID(int=1), "다온솔전자", "990010", "다온솔전자, 공급계약 체결", "https://maekyung.example/1?a=1&b=2"
    ),
    Held(UUID(int=2), "한빛누리", "990020", "한빛누리 <신제품> & 새 공장", "https://naver.example/2"),
    Held(UUID(int=3), "가람바이오", "990030", "가람바이오 매수 추천", "https://hankyung.example/3"),
]


def golden() -> dict[str, str]:
    """What is to be in each golden file, by name."""
    told = {
        f"{name}.{language}": messages.alert(facts, language)
        for name, facts in FACTS.items()
        for language in LANGUAGES
    }
    return told | {f"digest.{language}": messages.digest(HELD, language) for language in LANGUAGES}


if __name__ == "__main__":
    for name, html in golden().items():
        (GOLDEN / f"{name}.html").write_text(html + "\n", encoding="utf-8")
