"""What crawlers did is kept, run by run."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from infra.local.invocation import LambdaContext
from nunchi import clock, database
from nunchi.models.crawling import CrawlRun
from nunchi.observability import Handler
from nunchi.runs import repository, rules
from nunchi.runs.rules import Done
from nunchi.runs.service import crawler
from nunchi.schedules import OFF, Counts
from tests.factories import NOON
from tests.integration.api_rows import store

CONTEXT = LambdaContext("X", "arn:aws:lambda:x:1:function:X", 512, 60)


class Broken(Exception):
    pass


def played(counts: Counts | None) -> Handler:
    """A crawler that comes to these counts, or breaks."""

    @crawler("maekyung")
    def work(_now: datetime, _scheduled_time: datetime) -> Counts:
        if counts is None:
            raise Broken
        return counts

    return work


def run(counts: Counts | None, scheduled: datetime = NOON, took: timedelta = timedelta(seconds=2)) -> None:
    moments = iter([scheduled, scheduled + took])
    with clock.driven_by(lambda: next(moments)):
        played(counts)({"scheduled_time": scheduled.isoformat()}, CONTEXT)


def kept() -> list[CrawlRun]:
    with database.session() as session:
        return list(repository.runs(session, "maekyung", limit=100, after=None))


def test_a_run_is_kept_with_what_it_came_to(environment: dict[str, str]) -> None:
    run({"stored": 3, "revised": 1, "failed": 2, "left": 9})
    (row,) = kept()
    assert (row.scheduled_at, row.started_at, row.ended_at) == (NOON, NOON, NOON + timedelta(seconds=2))
    assert (row.outcome, row.new, row.revised, row.failed, row.enqueued) == ("ok", 3, 1, 2, 0)


def test_a_run_that_breaks_is_kept_with_the_kind_of_its_error_and_fails_all_the_same(
    environment: dict[str, str],
) -> None:
    with pytest.raises(Broken):
        run(None)
    assert [(row.outcome, row.error) for row in kept()] == [("failed", "Broken")]


def test_a_run_that_could_read_no_page_is_kept_as_failed_and_is_no_success(
    environment: dict[str, str],
) -> None:
    run({"stored": 3})
    run({"stored": 0, "revised": 0, "failed": 4}, NOON + timedelta(minutes=10))
    run({"stored": 0, "revised": 0, "failed": 0, "resting": 4}, NOON + timedelta(minutes=20))
    assert [(row.outcome, row.error, row.failed) for row in kept()] == [
        ("failed", "NothingRead", 0),
        ("failed", "NothingRead", 4),
        ("ok", "", 0),
    ]
    with database.session() as session:
        (latest,) = repository.latest(session, ["maekyung"])
        (day,) = repository.days(session, "maekyung", since=NOON.date(), until=NOON.date())
    assert (latest.outcome, latest.last_success_at) == ("failed", NOON + timedelta(seconds=2))
    assert (day.runs_ok, day.runs_failed) == (1, 2)


def test_a_second_try_replaces_a_failure_and_no_success(environment: dict[str, str]) -> None:
    with pytest.raises(Broken):
        run(None)
    run({"stored": 3})
    assert [(row.outcome, row.error, row.new) for row in kept()] == [("ok", "", 3)]
    run({"stored": 0})
    assert [row.new for row in kept()] == [3]


def test_a_run_counts_though_it_can_not_be_kept(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.session() as session:
        session.connection().exec_driver_sql("DROP TABLE crawl_runs")
    run({"stored": 3})


@pytest.mark.parametrize(
    ("counts", "done"),
    [
        (OFF, Done("off")),
        ({"stored": 0}, Done("ok")),
        ({"forbidden": 1, "stored": 0}, Done("off")),
        ({"forbidden": 1, "stored": 2}, Done("ok", new=2)),
        ({"due": 30}, Done("ok", enqueued=30)),
        ({"names": 4}, Done("ok", new=4)),
        ({"stored": 1, "revised": 2, "failed": 3}, Done("ok", new=1, revised=2, failed=3)),
        ({"stored": 1, "failed": 3}, Done("ok", new=1, failed=3)),
        ({"revised": 1, "failed": 3}, Done("ok", revised=1, failed=3)),
        ({"stored": 0, "revised": 0, "failed": 1}, Done("failed", failed=1)),
        ({"stored": 0, "failed": 2, "forbidden": 1}, Done("failed", failed=2)),
        ({"stored": 0, "failed": 1, "unlisted": 1}, Done("ok", failed=1)),
        ({"stored": 0, "failed": 2, "unlisted": 1}, Done("failed", failed=2)),
        ({"stored": 0, "resting": 2}, Done("ok")),
        ({"stored": 0, "resting": 3}, Done("failed")),
        ({"stored": 1, "resting": 3}, Done("ok", new=1)),
    ],
)
def test_what_a_run_came_to_follows_from_its_counts(counts: Counts, done: Done) -> None:
    assert rules.done(counts) == done


def row(scheduled: datetime, outcome: str = "ok", name: str = "maekyung", new: int = 1) -> CrawlRun:
    values = {"new": new, "revised": 0, "failed": 0, "enqueued": 0, "error": ""}
    return CrawlRun(
        crawler=name,
        scheduled_at=scheduled,
        started_at=scheduled,
        ended_at=scheduled,
        outcome=outcome,
        **values,
    )


def test_the_last_run_and_the_last_success_are_told_of_each_crawler(session: Session) -> None:
    hour = timedelta(hours=1)
    store(row(NOON), row(NOON + hour, "failed"), row(NOON + 2 * hour, "off"), row(NOON, "failed", "naver"))
    mine, other, none = repository.latest(session, ["maekyung", "naver", "dart"])
    assert (mine.scheduled_at, mine.outcome, mine.last_success_at) == (NOON + 2 * hour, "off", NOON)
    assert (other.outcome, other.last_success_at) == ("failed", None)
    assert (none.crawler, none.outcome, none.ended_at, none.last_success_at) == ("dart", None, None, None)


def test_runs_are_summed_up_by_day_in_seoul(session: Session) -> None:
    midnight = datetime(2026, 10, 19, 15, tzinfo=UTC)  # of the 20th in Seoul
    store(row(midnight - timedelta(minutes=1), new=5), row(midnight, new=7), row(midnight, "off", "naver"))
    store(row(midnight + timedelta(hours=1), "failed", new=0))
    days = repository.days(session, "maekyung", since=date(2026, 10, 19), until=date(2026, 10, 20))
    assert [(one.day.day, one.runs_ok, one.runs_failed, one.runs_off, one.new) for one in days] == [
        (20, 1, 1, 0, 7),
        (19, 1, 0, 0, 5),
    ]
    assert repository.days(session, "maekyung", since=date(2026, 10, 21), until=date(2026, 10, 21)) == []


def test_old_runs_are_forgotten(session: Session) -> None:
    store(row(NOON - rules.KEPT - timedelta(seconds=1)), row(NOON - rules.KEPT), row(NOON))
    assert repository.drop_before(session, NOON - rules.KEPT) == 1
    assert len(repository.runs(session, "maekyung", limit=9, after=None)) == 2
