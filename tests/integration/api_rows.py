"""One small market in the database, as the API's tests read it."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from nunchi import database
from nunchi.models import (
    ArmComparison,
    Article,
    DailyBar,
    Evaluation,
    Experiment,
    Forecast,
    Performance,
    Seal,
    Stock,
    Story,
    StoryStock,
)
from tests.factories import NOON, answer, article, bar, case, forecast, stock, story

FRIDAY, MONDAY, THURSDAY = date(2026, 10, 16), date(2026, 10, 19), date(2026, 10, 22)
EVENING = NOON + timedelta(hours=6)
HOSTILE = [
    "<script>alert(1)</script>",
    "'; DROP TABLE articles; --",
    "따옴표 \" 와 \\ 와 ' 와 `",
    "{{7*7}} ${7*7} %s %(x)s :name",
    "\u202e뒤집힌 글자 \u2028 \u0007",
]
LONG = "가" * 5000


def fill() -> None:
    """Three stocks, one of them not followed; articles, two cases and their forecasts, a scoreboard."""
    store(stock("990020", "나래해운", "KOSDAQ"), stock())
    store(Stock(code="990030", name="가람", market="KOSPI", active=False))
    fill_bars()
    fill_stories()
    store(
        record("prior", FRIDAY, 99, 0.1),
        record("prior", MONDAY, 59, 0.2),
        record("neighbours", MONDAY, 60, 0.3),
        *compared(),
    )


def store(*rows: Any) -> None:
    """Stores rows in their order, so that one may name the one before it."""
    with database.session() as session:
        for row in rows:
            session.add(row)
            session.flush()


def fill_bars() -> None:
    revised = bar("990010", MONDAY, 1010, NOON + timedelta(hours=1), opened=990)
    tomorrow = EVENING + timedelta(seconds=1)
    store(
        DailyBar(**bar("990010", FRIDAY, 900, NOON)),
        DailyBar(**bar("990010", MONDAY, 1000, NOON)),
        DailyBar(**revised),
        DailyBar(**bar("990010", MONDAY, 1020, tomorrow)),
        DailyBar(**bar("990020", MONDAY, 5000, tomorrow)),
    )


def fill_stories() -> None:
    one, other = story("one"), story("other")
    asked, asked_too = case(one, "990010"), case(other, "990020")
    store(one, other, asked, asked_too)
    store(StoryStock(story_id=one.id, stock_code="990010", known_at=NOON))
    store(StoryStock(story_id=other.id, stock_code="990020", known_at=NOON))
    said, said_too, said_by_other = answer(asked), answer(asked, "neighbours"), answer(asked_too)
    made = [forecast(by, horizon) for by in (said_too, said_by_other) for horizon in (1, 3, 5)]
    store(said, said_too, said_by_other, *made, *fixed(forecast(said, 3, (0.2, 0.5, 0.3))))
    store(
        late(1, story_id=one.id, body="첫 문장이다. 같은 문단의 둘째 문장.\n둘째 문단."),
        late(2, story_id=other.id, body=LONG),
        *(late(n, title=text, body=text, author=text) for n, text in enumerate(HOSTILE, start=3)),
    )


def late(number: int, **changed: Any) -> Article:
    """An article known `number` minutes after noon."""
    return article(number, known_at=NOON + timedelta(minutes=number), **changed)


def fixed(made: Forecast) -> tuple[Seal, Forecast, Evaluation]:
    """A forecast with its seal and its score."""
    made.content_hash, made.sealed_at, made.seal_id = "c0ffee", NOON + timedelta(minutes=1), 1
    seal = Seal(id=1, root="b" * 64, previous_root="a" * 64, forecasts=1, sealed_at=made.sealed_at)
    score = Evaluation(
        forecast_id=made.id,
        stock_code="990010",
        from_session=MONDAY,
        entry_session=MONDAY,
        entry_kind="close",
        entry_at=NOON,
        entry_won=10_000,
        exit_session=THURSDAY,
        exit_won=10_310,
        stock_return_ratio=0.031,
        adjusted_return_ratio=0.031,
        band_ratio=0.017,
        outcome=2,
        rps=0.29,
        brier=0.74,
        log_loss=1.2,
        hit=False,
        raw_rps=0.29,
        late=False,
        known_at=NOON,
    )
    return seal, made, score


def record(arm: str, day: date, entry_sessions: int, mean_rps: float) -> Performance:
    return Performance(
        arm=arm,
        horizon_sessions=1,
        day=day,
        cases=40,
        answered=39,
        entry_sessions=entry_sessions,
        mean_rps=mean_rps,
        mean_brier=0.6,
        mean_log_loss=1.0,
        hit_rate=0.4,
        skill=0.05,
    )


def compared() -> tuple[Experiment, ArmComparison, ArmComparison]:
    """An experiment with the looks of two days."""
    experiment = Experiment(
        name="one",
        arm_a="neighbours",
        arm_b="prior",
        pair="neighbours prior",
        started_at=NOON,
        horizon_sessions=1,
        alpha=0.05,
        primary=True,
    )
    return experiment, look(FRIDAY, 11), look(MONDAY, 12)


def look(day: date, pairs: int) -> ArmComparison:
    return ArmComparison(
        experiment="one",
        horizon_sessions=1,
        day=day,
        role="primary",
        alpha=0.05,
        mean_difference=-0.01,
        lower=-1,
        upper=1,
        verdict="not enough evidence",
        kind="asymptotic",
        minimum_days=60,
        days=3,
        days_needed=None,
        pairs=pairs,
        missing_a=1,
        missing_b=0,
        before_cutoff=2,
    )


def known_values() -> dict[str, list[Any]]:
    """Values of this market under the names that the API's input has for them."""
    with database.session() as session:
        return {
            "code": ["990010", "990020", "990030"],
            "stock_code": ["990010", "990020", "990030"],
            "arm": ["prior", "neighbours"],
            "horizon_sessions": [1, 3, 5],
            "day": [MONDAY.isoformat(), FRIDAY.isoformat()],
            "article_id": [str(one) for one in session.scalars(select(Article.id))],
            "forecast_id": [str(one) for one in session.scalars(select(Forecast.id))],
            "story_id": [str(one) for one in session.scalars(select(Story.id))],
            "root": [
                one.hex() if isinstance(one, bytes) else str(one)
                for one in session.scalars(select(Seal.root))
            ],
        }
