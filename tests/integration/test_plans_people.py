"""How the reads of dashboard, watchlists and operation are planned on a database with a history: by index."""

from collections.abc import Iterator
from datetime import date, time, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from infra.local import platform
from infra.local.stores import Stores
from nunchi import database
from nunchi.dashboard import repository as dashboard
from nunchi.market.calendar import session_at
from nunchi.quotes.rules import INDICES
from nunchi.runs import declared
from nunchi.runs import repository as runs
from nunchi.seoul import midnight, seoul_date
from nunchi.status import repository as status
from nunchi.watch import repository as watch
from tests.conftest import MIGRATED, create_database, forget_clients
from tests.factories import NOON
from tests.integration.plans_read import Read, planned, scanned

STOCKS, DAYS, QUOTES = 300, 120, 60
MONDAY = date(2026, 10, 19)
# what a read may not go through as a whole
LARGE = {
    "adjustments",
    "articles",
    "crawl_runs",
    "daily_bars",
    "forecasts",
    "index_bars",
    "index_levels",
    "investor_flows",
    "model_calls",
    "outbox",
    "quotes",
    "reports",
    "seals",
    "stories",
    "watched_stocks",
    "watchlists",
}
SETTINGS = {
    "stocks": STOCKS,
    "days": DAYS,
    "quotes": QUOTES,
    "now": NOON,
    "today": MONDAY,
}
FILL = (
    """INSERT INTO stocks (code, name, market, active, priority)
       SELECT lpad(n::text, 6, '0'), 'name ' || n, 'KOSPI', true, 2 FROM generate_series(1, :stocks) n""",
    """INSERT INTO daily_bars (code, session, known_at, open_won, high_won, low_won, close_won, volume_shares,
                               backfilled)
       SELECT code, CAST(:today AS date) - d, CAST(:now AS timestamptz) - d * interval '1 day', 100, 120, 90,
              100 + mod(d, 7), 1000, false
       FROM stocks, generate_series(1, :days) d""",
    """INSERT INTO quotes (code, known_at, price_won, volume_shares, base_won)
       SELECT code, CAST(:now AS timestamptz) - q * interval '5 minutes', 100 + q, 10, 100
       FROM stocks, generate_series(1, :quotes) q""",
    """INSERT INTO investor_flows
       SELECT code, CAST(:today AS date) - d, CAST(:now AS timestamptz) - d * interval '1 day', 1, 2, 3, 4, 5 - d, 6
       FROM stocks, generate_series(1, :days) d""",
    """INSERT INTO adjustments
       SELECT code, CAST(:today AS date) - 30 * d, CAST(:now AS timestamptz), 0.5
       FROM stocks, generate_series(1, 20) d""",
    """INSERT INTO index_bars
       SELECT code, CAST(:today AS date) - d, CAST(:now AS timestamptz) - d * interval '1 day', 1, 1, 1, 1, false
       FROM unnest(ARRAY['0001', '1001', '2001', '0013']) code, generate_series(1, 1500) d""",
    """INSERT INTO index_levels
       SELECT code, CAST(:now AS timestamptz) - n * interval '5 minutes', 1
       FROM unnest(ARRAY['0001', '1001', '2001']) code, generate_series(1, 4000) n""",
    """INSERT INTO stories (id, title, lead, known_at)
       SELECT gen_random_uuid(), 'title', 'lead', CAST(:now AS timestamptz) - n * interval '5 minutes'
       FROM generate_series(1, 10000) n""",
    """INSERT INTO articles (id, source, url, title, body, author, published_at, known_at)
       SELECT gen_random_uuid(), 'maekyung', 'https://maekyung.example/' || n, 'title', 'body', '', known_at, known_at
       FROM (SELECT n, CAST(:now AS timestamptz) - n * interval '5 minutes' AS known_at
             FROM generate_series(1, 20000) n) made""",
    """INSERT INTO cases (id, story_id, stock_code, as_of, correlation_id, sigma20_ratio, asked, evidence)
       SELECT gen_random_uuid(), id, '000001', known_at, '', 0.02, '[]', '{}' FROM stories""",
    """INSERT INTO answers (id, case_id, arm, outcome, reason, model, prompt_version, rationale, cited, input_tokens,
                            output_tokens, created_at)
       SELECT gen_random_uuid(), id, 'prior', 'ok', '', 'prior', '', '', '[]', 0, 0, as_of FROM cases""",
    """INSERT INTO forecasts (id, answer_id, case_id, arm, horizon_sessions, p_down, p_flat, p_up, shown_down,
                              shown_flat, shown_up, calibrator, created_at)
       SELECT gen_random_uuid(), id, case_id, arm, h, 0.3, 0.4, 0.3, 0.3, 0.4, 0.3, 'identity', created_at
       FROM answers, unnest(ARRAY[1, 3, 5]) h""",
    """INSERT INTO seals (root, previous_root, forecasts, sealed_at)
       SELECT md5(n::text), md5((n + 1)::text), 3, CAST(:now AS timestamptz) - n * interval '5 minutes'
       FROM generate_series(1, 10000) n""",
    """INSERT INTO report_runs (id, stock_code, arm, session, slot, version, as_of, created_at, outcome, reason, model,
                                prompt_version, calls, input_tokens, output_tokens)
       SELECT gen_random_uuid(), code, 'prior', CAST(:today AS date) - d, '1000', 1, at, at, 'ok', '', '', '', 0, 0, 0
       FROM stocks, generate_series(1, 30) d,
            LATERAL (SELECT CAST(:now AS timestamptz) - d * interval '1 day' AS at) m""",
    """INSERT INTO reports (id, stock_code, arm, session, slot, version, as_of, created_at, base_price_won,
                            base_price_at, base_price_source, sigma20_ratio, summary_ko, risks, opportunities,
                            recommendation, evidence)
       SELECT id, stock_code, arm, session, slot, version, as_of, created_at, 1, as_of, 'close', 0.02, '', '[]', '[]',
              'balanced', '{}' FROM report_runs""",
    """INSERT INTO outbox (name, queue, payload, correlation_id, created_at, deadline_at, patience_s, attempts,
                           closed_at, given_up_at)
       SELECT 'ArticleStored', 'embed', '{}', '', at, at, 60, 1,
              CASE WHEN mod(n, 500) > 1 THEN at END, CASE WHEN mod(n, 500) = 1 THEN at END
       FROM (SELECT n, CAST(:now AS timestamptz) - n * interval '1 minute' AS at FROM generate_series(1, 20000) n) m""",
    """INSERT INTO crawl_runs
       SELECT crawler, at, at, at, CASE WHEN mod(n, 9) = 0 THEN 'failed' ELSE 'ok' END, '', 1, 0, 0, 0
       FROM unnest(CAST(:crawlers AS text[])) crawler, generate_series(1, 1500) n,
            LATERAL (SELECT CAST(:now AS timestamptz) - n * interval '10 minutes' AS at) m""",
    """INSERT INTO model_calls (id, purpose, subject_id, arm, attempt, provider, model, input_tokens, cached_tokens,
                                output_tokens, usd, krw, outcome, latency_ms, started_at, expires_at)
       SELECT gen_random_uuid(), 'forecast', gen_random_uuid(), arm, 1, 'openai', '', 0, 0, 0, 0, 1, 'ok', 0, at, at
       FROM unnest(ARRAY['gpt-4o', 'deepseek-v3.2']) arm, generate_series(1, 10000) n,
            LATERAL (SELECT CAST(:now AS timestamptz) - n * interval '5 minutes' AS at) m""",
    """INSERT INTO users (id, email, nickname, nickname_key, password_hash, role, created_at)
       SELECT gen_random_uuid(), n || '@example.com', 'u' || n, 'u' || n, '', 'user', CAST(:now AS timestamptz)
       FROM generate_series(1, 1000) n""",
    """INSERT INTO watchlists (id, user_id, name, created_at)
       SELECT gen_random_uuid(), id, 'list ' || n, created_at FROM users, generate_series(1, 5) n""",
    """INSERT INTO watched_stocks
       SELECT id, lpad(n::text, 6, '0'), created_at FROM watchlists, generate_series(1, 10) n""",
)


@pytest.fixture(scope="module")
def filled(stores: Stores, migrated: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """A session on a database with a history, whose tables' sizes the planner knows. Nobody writes to it."""
    values = platform.environment(
        stores, tmp_path_factory.mktemp("plans"), {"POWERTOOLS_LOG_LEVEL": "CRITICAL"}
    )
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (
            values | {"DATABASE_URL": create_database(stores, "plans_people", MIGRATED)}
        ).items():
            patch.setenv(name, value)
        forget_clients()
        fill()
        with database.session() as opened:
            yield opened
        forget_clients()


def fill() -> None:
    """Fills the database, and lets the planner count it."""
    values = SETTINGS | {"crawlers": declared.crawlers()}
    with database.session() as opened:
        for statement in FILL:
            named = {name: value for name, value in values.items() if f":{name}" in statement}
            opened.execute(text(statement), named)
        opened.execute(text("ANALYZE"))


TRADING = session_at(MONDAY, time(9), time(15, 30))
LIST = UUID(int=1)
READS: dict[str, Read] = {
    "counts": lambda s: dashboard.counts(s, since=midnight(seoul_date(NOON)), now=NOON),
    "indices": lambda s: dashboard.indices(s, INDICES, now=NOON),
    "movers": lambda s: dashboard.movers(s, TRADING, now=NOON, limit=20),
    "foreign buying": lambda s: dashboard.net_buying(s, "foreign", now=NOON, limit=20),
    "backlog": status.backlog,
    "given up": status.given_up,
    "budgets": lambda s: status.budgets(s, now=NOON, limit=50),
    "crawlers": lambda s: runs.latest(s, declared.crawlers()),
    "a crawler's days": lambda s: runs.days(s, "maekyung", since=MONDAY - timedelta(days=3), until=MONDAY),
    "a crawler's runs": lambda s: runs.runs(s, "maekyung", limit=50, after=(NOON,)),
    "lists": lambda s: watch.lists(s, LIST, limit=50, after=(NOON, LIST)),
    "a list": lambda s: watch.one(s, LIST, LIST),
    "watched stocks": lambda s: watch.stocks_on(s, LIST, limit=50, after="000003"),
}


def test_no_read_goes_through_a_large_table(filled: Session) -> None:
    found = {
        name: set().union(*(scanned(plan) for plan in planned(filled, read))) & LARGE
        for name, read in READS.items()
    }
    assert found == {name: set() for name in READS}


def test_the_reads_find_what_is_there(filled: Session) -> None:
    up, down = dashboard.movers(filled, TRADING, now=NOON, limit=20)
    assert (len(up), len(down)) == (20, 0)
    bought, sold = dashboard.net_buying(filled, "foreign", now=NOON, limit=20)
    assert (len(bought), len(sold)) == (20, 0)
    assert len(dashboard.indices(filled, INDICES, now=NOON)) == len(INDICES)
    assert [one.queue for one in status.backlog(filled)] == ["embed"]
    assert status.given_up(filled) == {"embed": 40}


def test_most_watched_alone_reads_all_lists_and_is_remembered(filled: Session) -> None:
    found = set().union(*(scanned(plan) for plan in planned(filled, lambda s: dashboard.most_watched(s, 20))))
    assert found & LARGE <= {"watched_stocks", "watchlists"}
