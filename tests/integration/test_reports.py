"""Reports from what is due to what is stored: base price, evidence, failures, versions."""

import json
from datetime import date, timedelta
from typing import Any

import pytest

from infra.sandbox import reporter
from nunchi.adapters.openai import Completion
from nunchi.errors import NotFound, UpstreamError
from nunchi.market.calendar import xkrx
from nunchi.models import Adjustment, Report, Stock
from tests.factories import NOON, stock
from tests.integration.articles_worked import CODE, store
from tests.integration.reports_made import (
    A_SECOND,
    DAY,
    at,
    dispatch,
    due,
    events,
    minute,
    quote,
    reports,
    run,
    scenarios,
    store_forecasts,
    store_market,
    store_stock,
    switch_on,
    work,
)

pytestmark = pytest.mark.usefixtures("environment")
ONE = at(13)


@pytest.fixture(autouse=True)
def _stock(environment: dict[str, str]) -> None:
    store_stock()


def made(arm: str = "prior") -> Report:
    dispatch(ONE)
    work(due(arm))
    found = [one for one in reports() if one.arm == arm]
    assert len(found) == 1, run(due(arm)).reason
    return found[0]


def answering(messages: Any, schema: Any) -> Completion:
    """Drafts as a model would that keeps to the bounds."""
    body = {"model": "gpt-4o", "response_format": {"json_schema": {"schema": schema, "name": "report"}}}
    said = reporter.report(body, messages[1]["content"])
    return Completion(json.dumps(said), "", False, "gpt-4o", 10, 10)


# --- what is due


def test_each_baseline_reports_on_each_stock_that_is_followed() -> None:
    store(stock("990020", "나래해운"), Stock(code="990030", name="가람", market="KOSPI", active=False))
    assert dispatch(ONE) == 4
    assert [(one["stock_code"], one["arm"]) for one in events()] == [
        (CODE, "neighbours"),
        (CODE, "prior"),
        ("990020", "neighbours"),
        ("990020", "prior"),
    ]
    assert {(one["session"], one["slot"], one["version"]) for one in events()} == {("2026-10-19", "1300", 1)}


def test_a_model_reports_only_where_it_has_forecast_since_the_slot_before() -> None:
    switch_on("gpt-4o")
    store_forecasts("gpt-4o", made_at=at(9, 49))
    assert dispatch(ONE) == 2
    store_forecasts("gpt-4o", made_at=at(13), mark="b")
    assert dispatch(at(15, 45)) == 3
    assert [one["arm"] for one in events()][2:] == ["gpt-4o", "neighbours", "prior"]


def test_a_forecast_that_was_committed_across_a_slot_is_told_of_in_the_next() -> None:
    switch_on("gpt-4o")
    assert dispatch(ONE) == 2
    store_forecasts("gpt-4o", made_at=ONE - A_SECOND)  # after the dispatch had looked
    assert dispatch(at(15, 45)) == 3


def test_a_forecast_that_a_report_tells_of_is_not_told_of_again() -> None:
    switch_on("gpt-4o")
    store_forecasts("gpt-4o", made_at=ONE - A_SECOND)
    assert dispatch(ONE) == 3
    work(due("gpt-4o"), ask=answering)
    assert run(due("gpt-4o")).outcome == "ok", run(due("gpt-4o")).reason
    assert dispatch(at(15, 45)) == 2


def test_a_late_forecast_beside_one_that_was_told_of_is_not_lost() -> None:
    switch_on("gpt-4o")
    store_forecasts("gpt-4o", made_at=at(12))
    assert dispatch(ONE) == 3
    work(due("gpt-4o"), ask=answering)
    store_forecasts("gpt-4o", made_at=ONE - timedelta(minutes=2), mark="b")
    assert dispatch(at(15, 45)) == 3


def test_a_dispatch_that_is_played_again_enqueues_nothing_more() -> None:
    assert (dispatch(ONE), dispatch(ONE, ONE + timedelta(minutes=30))) == (2, 0)
    assert len(events()) == 2


@pytest.mark.parametrize(
    "moment", [at(13, day=date(2026, 10, 18)), at(13, day=date(2026, 12, 25)), at(9, 30)]
)
def test_nothing_is_due_on_a_closed_day_or_before_the_first_slot(moment: Any) -> None:
    assert dispatch(moment) == 0
    assert events() == []


# --- what is reported


def test_a_report_holds_all_that_it_was_built_from() -> None:
    store_market()
    store_forecasts(up=0.5)
    report = made()
    assert (report.stock_code, report.arm, report.session, report.slot) == (CODE, "prior", DAY, "1300")
    assert (report.as_of, report.created_at) == (ONE, at(13, 1))
    assert (report.base_price_won, report.base_price_source) == (10_200, "minute")
    assert report.base_price_at == at(12, 42)
    assert report.recommendation == "favourable"
    evidence = report.evidence
    assert evidence["forecast_percent"]["5"] == {"down": 30.0, "flat": 20.0, "up": 50.0}
    assert evidence["flows"]["foreign_shares"] == -5400
    assert evidence["ratios_of_year"]["debt_ratio_percent"] == 230.5
    assert evidence["session"] == {
        "open_won": 10_140,
        "high_won": 10_220,
        "low_won": 10_130,
        "volume_shares": 20,
    }
    assert evidence["limits"] == {"lower_limit_won": 7_000, "upper_limit_won": 13_000}
    assert evidence["story_count"] == 1


def test_scenarios_end_with_the_close_of_their_last_session() -> None:
    found = scenarios(made())
    assert [(one.span, one.horizon_sessions) for one in found] == [("short", 5), ("medium", 20), ("long", 60)]
    assert [one.last_session for one in found] == [
        xkrx().after(DAY, sessions).day for sessions in (5, 20, 60)
    ]
    for one in found:
        assert one.support_won < reports()[0].base_price_won < one.target_won


def test_what_was_not_known_by_then_is_not_seen() -> None:
    report = made()
    store_market(known_at=ONE)
    store_forecasts(made_at=ONE)
    store_forecasts("neighbours", made_at=ONE + A_SECOND, mark="b")
    work(due("neighbours"))
    other = next(one for one in reports() if one.arm == "neighbours")
    assert (other.base_price_source, other.evidence["flows"], other.evidence["story_count"]) == (
        "close",
        None,
        0,
    )
    assert other.evidence == report.evidence
    assert other.recommendation == "uncertain"


def test_the_base_price_is_the_last_that_was_known() -> None:
    assert made().base_price_source == "close"
    assert reports()[0].base_price_at == at(15, 30, day=date(2026, 10, 16))


def test_prices_before_a_split_are_on_the_footing_of_those_after_it() -> None:
    before = made().evidence
    friday = date(2026, 10, 16)
    store(Adjustment(code=CODE, from_session=DAY, known_at=NOON, factor_ratio=0.2))
    store(quote(2_000, at(12, 57)))
    work(due("neighbours"))
    after = next(one for one in reports() if one.arm == "neighbours").evidence
    assert after["range"]["high_won"] == round(before["range"]["high_won"] / 5)
    assert after["range"]["low_won"] == round(before["range"]["low_won"] / 5)
    close = before["price"]["won"]  # Friday's
    assert before["price"]["at"].startswith(str(friday))
    assert after["changes_percent"]["1"] == pytest.approx(100 * (2_000 / (close / 5) - 1), abs=0.01)


def test_a_quote_after_the_last_minute_is_the_base_price() -> None:
    store(minute(at(12, 40), 10_150, at(12, 45)), quote(10_180, at(12, 57)))
    assert (made().base_price_won, reports()[0].base_price_source) == (10_180, "quote")


def test_a_minute_that_is_not_over_is_no_price() -> None:
    store(minute(at(12, 58), 10_150, at(12, 59)), minute(at(12, 59), 10_160, at(12, 59, 30)))
    assert made().base_price_won == 10_150


def test_the_forecasts_of_the_day_are_averaged() -> None:
    store_forecasts(up=0.6)
    store_forecasts(up=0.2, mark="b")
    store_forecasts(up=0.7, mark="c", made_at=at(15, 29, day=date(2026, 10, 16)))
    report = made()
    assert report.evidence["story_count"] == 2
    assert report.evidence["forecast_percent"]["5"] == {"down": 40.0, "flat": 20.0, "up": 40.0}
    assert report.recommendation == "balanced"


# --- failures


def test_a_stock_without_a_history_has_a_recorded_failure_and_no_report() -> None:
    store(stock("990020", "나래해운"))
    dispatch(ONE)
    asked = due().model_copy(update={"stock_code": "990020"})
    work(asked)
    assert (run(asked).outcome, run(asked).reason) == ("no_price", "no price is known")
    assert reports() == []


def test_a_report_that_nobody_asked_for_is_named() -> None:
    with pytest.raises(NotFound, match="no report"):
        work(due())


def down(_messages: Any, _schema: Any) -> Any:
    raise UpstreamError("openai", "503", passing=True)


def test_a_model_that_is_down_is_recorded_raised_and_asked_again() -> None:
    switch_on("gpt-4o")
    store_forecasts("gpt-4o")
    dispatch(ONE)
    with pytest.raises(UpstreamError):
        work(due("gpt-4o"), ask=down)
    failed = run(due("gpt-4o"))
    assert (failed.outcome, failed.reason, failed.model, failed.prompt_version) == (
        "upstream",
        "503",
        "gpt-4o",
        "report.v1",
    )
    assert reports() == []


def test_a_report_whose_moment_is_long_ago_is_given_up() -> None:
    dispatch(ONE)
    work(due(), now=ONE + timedelta(hours=5))
    assert (run(due()).outcome, reports()) == ("too_late", [])
