"""What a case tells of its stock: prices, investors, disclosures; each as known at `as_of`, with units, or null."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from nunchi import database, ids
from nunchi.adapters.milvus import Hit
from nunchi.database import get_engine
from nunchi.embed.nearest import Found
from nunchi.market import indicators
from nunchi.market.calendar import xkrx
from nunchi.models import Adjustment, Article, Case, DailyBar, IndexBar, Stock, StoryFounder
from nunchi.models.quotes import IndexLevel, InvestorFlow, Product, Quote
from nunchi.predict import cases
from nunchi.quotes.rules import SECTOR_OF_NAME
from nunchi.stories import repository as stories
from tests.factories import NOON, article, bar, index_bar, stock, story
from tests.integration.articles_worked import CODE, DAYS, Near, found, store, work
from tests.integration.test_evidence import past, react

LATER = NOON + timedelta(seconds=1)
EARLIER = NOON - timedelta(minutes=1)


def opened(**changed: Any) -> Any:
    store(article(**changed))
    work(1, Near())
    (case,) = found(Case)
    return case.evidence


def flow(place: int, known_at: datetime = NOON, foreign: int = 100) -> InvestorFlow:
    amounts = {"individual": -300, "foreign": foreign, "institution": 200}
    values = {f"{name}_krw_millions": amount for name, amount in amounts.items()}
    values |= {f"{name}_shares": amount * 7 for name, amount in amounts.items()}
    return InvestorFlow(code=CODE, session=DAYS[place], known_at=known_at, **values)


def quote(price: int, known_at: datetime) -> Quote:
    return Quote(code=CODE, known_at=known_at, price_won=price, volume_shares=5, base_won=10_000)


def filed(number: int, known_at: datetime, **changed: Any) -> Article:
    return article(
        number, source="dart", stock_code=CODE, title=f"주요사항보고서 {number}", known_at=known_at, **changed
    )


def closes() -> list[float]:
    with database.session() as session:
        rows = session.query(DailyBar).where(DailyBar.known_at <= NOON).order_by(DailyBar.session)
        return [row.close_won for row in rows]


def test_indicators_are_those_of_the_bars_known(listed: None) -> None:
    store(DailyBar(**bar(CODE, DAYS[-1], 99_999, LATER)))
    known, said = closes(), opened()["indicators"]
    assert said["last_session"] == DAYS[-1].isoformat()
    assert said["last_close_won"] == known[-1]
    for sessions in (1, 5, 20):
        assert said[f"return_{sessions}_sessions_ratio"] == round(known[-1] / known[-1 - sessions] - 1, 4)
    assert said["rsi_14"] == round(indicators.relative_strength(known) or 0, 1)
    assert said["sma_20_won"] == round(sum(known[-20:]) / 20)
    assert said["volume_to_mean_of_20_sessions_ratio"] == 1.0


def test_what_is_not_known_is_null(listed: None) -> None:
    said = opened()
    assert (said["flows"], said["market"]["sector"], said["disclosures"]) == (None, None, [])
    assert said["indicators"]["price_now_won"] is None
    assert said["indicators"]["return_today_ratio"] is None
    assert said["indicators"]["sma_60_won"] is None  # there are fewer sessions
    assert said["indicators"]["close_above_sma_60_ratio"] is None
    assert said["market"]["index"]["return_today_ratio"] is None


def test_a_split_is_no_fall(listed: None) -> None:
    before = closes()
    store(Adjustment(code=CODE, from_session=DAYS[-1], known_at=NOON, factor_ratio=0.5))
    said = opened()["indicators"]
    assert said["return_1_sessions_ratio"] == round(before[-1] / (before[-2] / 2) - 1, 4)
    assert said["last_close_won"] == before[-1]


def test_prices_in_session_are_the_newest_of_that_day(listed: None) -> None:
    yesterday = NOON - timedelta(days=3)
    store(quote(9_000, yesterday), quote(10_100, EARLIER), quote(10_250, NOON), quote(11_000, LATER))
    store(IndexLevel(code="0001", known_at=NOON, level_points=2525.0))
    store(IndexLevel(code="0001", known_at=LATER, level_points=2600.0))
    said = opened()
    assert said["indicators"]["price_now_won"] == 10_250
    assert said["indicators"]["return_today_ratio"] == 0.025
    assert said["market"]["index"]["name"] == "KOSPI"
    assert said["market"]["index"]["return_today_ratio"] == 0.01


def test_a_price_of_another_day_is_not_todays(listed: None) -> None:
    store(quote(9_000, NOON - timedelta(days=3)))
    assert opened()["indicators"]["price_now_won"] is None


def test_a_sector_is_found_by_its_name(listed: None) -> None:
    code = SECTOR_OF_NAME["화학"]
    named = {"name": "다온솔전자", "english_name": "", "market": "KOSPI", "listed_shares": 1, "par_won": None}
    flags = {"is_halted": False, "is_administrative": False}
    store(Product(code=CODE, known_at=NOON, sector="화학", **named, **flags))
    store(*(IndexBar(**index_bar(code, day, 100.0 + place, NOON)) for place, day in enumerate(DAYS[-3:])))
    sector = opened()["market"]["sector"]
    assert (sector["name"], sector["return_1_sessions_ratio"]) == ("화학", round(102 / 101 - 1, 4))
    assert sector["return_5_sessions_ratio"] is None


def test_flows_are_sums_in_millions_of_won_as_known(listed: None) -> None:
    store(*(flow(place) for place in range(-5, 0)), flow(-1, LATER, foreign=9999))
    said = opened()["flows"]
    assert said["last_session"] == DAYS[-1].isoformat()
    assert said["net_buying_krw_millions"]["foreign"] == {
        "1_sessions": 100,
        "5_sessions": 500,
        "20_sessions": None,
    }
    assert said["net_buying_krw_millions"]["individual"]["5_sessions"] == -1500


def test_open_disclosures_are_the_last_weeks_newest_first(listed: None) -> None:
    store(filed(2, NOON - timedelta(days=8)), filed(3, NOON - timedelta(days=2)), filed(4, NOON))
    store(filed(5, LATER), article(6, source="maekyung", stock_code=CODE))
    said = opened()["disclosures"]
    assert [one["title"] for one in said] == ["주요사항보고서 4", "주요사항보고서 3"]
    assert said[0]["article_id"] == str(article(4).id)
    assert said[0]["known_at"] == "2026-10-19T12:00+09:00"


def test_a_disclosure_is_no_evidence_for_itself(listed: None) -> None:
    said = opened(source="dart", stock_code=CODE)
    assert said["disclosures"] == []
    assert said["article_ids"] == [str(article(1).id)]


def test_similar_stories_have_the_article_that_founded_them(listed: None) -> None:
    known = past("known")
    store(known)
    store(article(7, title="옛 기사", story_id=known.id))
    store(StoryFounder(story_id=known.id, article_id=article(7).id, companies=[]), react(known, NOON))
    store(article())
    work(1, Near(known.id))
    (case,) = found(Case)
    assert [near["article_id"] for near in case.evidence["neighbours"]] == [str(article(7).id)]
    assert case.evidence["article_ids"] == [str(article(1).id)]


def test_reads_do_not_grow_with_the_stocks_of_a_story(listed: None) -> None:
    others = [Stock(code=f"99010{n}", name=f"가온{n}", market="KOSPI", active=True) for n in range(5)]
    store(*others, story("b"))
    one = statements([CODE])
    assert statements([CODE, *(other.code for other in others)]) == one <= 14


def statements(codes: list[str]) -> int:
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(get_engine(), "before_cursor_execute", note)
    try:
        with database.session() as session:
            told = stories.founded_by(article())
            cases.open_all(
                session, told, codes, Found([Hit(told.id, 0.9)]), xkrx(), article_id=article().id, as_of=NOON
            )
    finally:
        event.remove(get_engine(), "before_cursor_execute", note)
    return len(seen)


@pytest.mark.parametrize("turned", [False, True])
def test_evidence_is_the_same_in_any_order_of_a_storys_stocks(listed: None, turned: bool) -> None:
    other = stock("990020", "가온전자")
    store(other, *(DailyBar(**bar("990020", day, 5000 + 10 * n, NOON)) for n, day in enumerate(DAYS)))
    codes = [CODE, "990020"]
    told = stories.founded_by(article())
    with database.session() as session:
        opened = cases.open_all(
            session,
            told,
            codes[::-1] if turned else codes,
            Found([]),
            xkrx(),
            article_id=article().id,
            as_of=NOON,
        )
    assert [case.stock_code for case in opened] == codes
    assert opened[1].id == ids.derive("case", told.id, "990020")
    assert opened[1].evidence["indicators"]["rsi_14"] == 100
