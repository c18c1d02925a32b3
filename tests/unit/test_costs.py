"""What a month costs: the bill's laws, and that the page tells what the template says."""

from itertools import pairwise

import pytest

from infra.checks.expand import ROOT
from infra.costs import month, prices, work
from infra.costs.work import SIZES
from infra.local.template import parse_template, read_template

TEMPLATE = read_template(ROOT / "template.yaml")


def test_the_page_has_the_table_of_the_template_as_it_is() -> None:
    page = month.PAGE.read_text(encoding="utf-8")
    assert month.written(page, month.current()) == page


def test_every_price_says_per_what() -> None:
    assert all(dollars > 0 and unit for dollars, unit in prices.PRICES.values())
    assert {size.database for size in SIZES} <= set(prices.PRICES)


def test_more_stocks_cost_no_less_in_any_item() -> None:
    bills = [month.bill(TEMPLATE, size) for size in SIZES]
    for less, more in pairwise(bills):
        assert all(less[item] <= more[item] for item in less)


def test_runs_follow_from_the_schedules() -> None:
    runs = work.invocations(TEMPLATE, SIZES[0])
    assert runs["SealFunction"] == runs["RelayFunction"] == 30 * 24 * 60
    assert runs["NaverCrawlerFunction"] == 30 * 24 * 6
    assert runs["KisDailyCrawlerFunction"] == 2 * work.SESSIONS
    assert runs["MigrateFunction"] == 0


def test_every_consumer_of_a_queue_has_its_messages() -> None:
    consumers = {source.function for source in TEMPLATE.queue_sources}
    assert consumers <= set(work.messages(SIZES[0])) | set(work.SECONDS)


def test_a_schedule_that_runs_twice_as_often_costs_more() -> None:
    text = (ROOT / "template.yaml").read_text()
    busier = parse_template(text.replace("cron(0/10 * * * ? *)", "cron(0/5 * * * ? *)"))
    before, after = (month.bill(each, SIZES[0]) for each in (TEMPLATE, busier))
    assert after["Lambda"] > before["Lambda"]
    assert after["database (db.m7g.large, db.r7g.large, db.t4g.medium), standby"] == pytest.approx(
        before["database (db.m7g.large, db.r7g.large, db.t4g.medium), standby"]
    )


def test_no_run_is_longer_than_its_function_may_take() -> None:
    for size in SIZES:
        for name, function in TEMPLATE.functions.items():
            assert work.seconds(name, size) <= function.timeout_s
