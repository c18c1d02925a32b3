"""A large database for the Api: made-up rows in the shapes of real ones, by SQL alone.

Stocks are told of unevenly: the first few in most stories, as on a real market. Everything is known by now.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import create_engine


@dataclass(frozen=True)
class Scale:
    """How many rows: articles (two a story), daily bars (a stock and session), forecasts (nine a case)."""

    articles: int = 1_000_000
    stocks: int = 2_700
    sessions: int = 3_704
    cases: int = 111_112
    parts: int = 10  # statements of each kind

    @property
    def bars(self) -> int:
        return self.stocks * self.sessions

    @property
    def forecasts(self) -> int:
        return 9 * self.cases


@dataclass(frozen=True)
class Ids:
    """Some rows that are there: new ones and old ones."""

    articles: Sequence[str]
    forecasts: Sequence[str]


SOME = """(SELECT id FROM {table} ORDER BY {moment} DESC LIMIT 8) UNION ALL
          (SELECT id FROM {table} ORDER BY {moment} LIMIT 8)"""
WHOLE = (
    """INSERT INTO stocks (code, name, market, active, priority)
       SELECT lpad(one::text, 6, '0'), '종목' || one, CASE WHEN mod(one, 2) = 0 THEN 'KOSPI' ELSE 'KOSDAQ' END, true,
              CASE WHEN one <= 50 THEN 1 WHEN one <= 500 THEN 2 ELSE 3 END
       FROM generate_series(1, {stocks}) AS one""",
    """CREATE TABLE bench_days AS
       SELECT row_number() OVER (ORDER BY day DESC) AS place, day::date AS day
       FROM generate_series(current_date - {sessions} * 7 / 5 - 10, current_date - 1, interval '1 day') AS day
       WHERE extract(isodow FROM day) < 6 ORDER BY day DESC LIMIT {sessions}""",
    """CREATE TABLE bench_stories AS
       SELECT gen_random_uuid() AS id, one, now() - interval '1 minute' - random() * interval '900 days' AS known_at
       FROM generate_series(1, {stories}) AS one""",
    """INSERT INTO index_bars (code, session, known_at, open, high, low, close, backfilled)
       SELECT code, day, day + interval '7 hours', 2500, 2510, 2490, 2500, false
       FROM bench_days, unnest(ARRAY['0001', '1001']) AS code""",
    """INSERT INTO performance (day, arm, horizon_sessions, cases, answered, late, abstained, entry_sessions,
              mean_rps, mean_brier, mean_log_loss, hit_rate, skill)
       SELECT day, arm, horizon, 1000, 1000, 0, 0, 100, 0.2, 0.6, 1, 0.5, 0.01
       FROM bench_days, unnest(ARRAY['prior', 'neighbours', 'gpt-4o', 'deepseek-v3.2']) AS arm,
            unnest(ARRAY[1, 3, 5]) AS horizon WHERE place <= 250""",
)
PARTS = (
    """INSERT INTO daily_bars
          (code, session, known_at, open_won, high_won, low_won, close_won, volume_shares, backfilled)
       SELECT code, day, day + interval '7 hours', price, price + 50, price - 50, price + 20, 1000, false
       FROM bench_days, stocks, LATERAL (SELECT 10000 + 100 * mod(place * 13, 17) AS price) AS priced
       WHERE mod(place, {parts}) = {part}""",
    """INSERT INTO stories (id, title, lead, known_at)
       SELECT id, '이야기 ' || one, '첫 문장이다.', known_at FROM bench_stories WHERE mod(one, {parts}) = {part}""",
    """INSERT INTO story_stocks (story_id, stock_code, known_at, relevance)
       SELECT id, lpad((1 + floor(power(random(), 3) * {stocks}))::text, 6, '0'), known_at, 1
       FROM bench_stories WHERE mod(one, {parts}) = {part}""",
    """INSERT INTO articles (id, source, url, title, body, author, published_at, known_at, story_id)
       SELECT gen_random_uuid(), (ARRAY['naver', 'hankyung', 'maekyung', 'reddit'])[1 + mod(one, 4)],
              'https://news.example/' || one || '/' || copy, '다온솔 ' || one || '호 공급계약 ' || mod(one, 977),
              repeat('본문이다. ', 40), '', known_at, known_at + copy * interval '1 minute', id
       FROM bench_stories, generate_series(0, 1) AS copy WHERE mod(one, {parts}) = {part}""",
    """INSERT INTO cases (id, story_id, stock_code, as_of, correlation_id, sigma20_ratio, asked, routine, evidence)
       SELECT gen_random_uuid(), id, stock_code, bench_stories.known_at + interval '1 minute', 'story', 0.02,
              '["prior", "neighbours", "gpt-4o"]', '', '{{"neighbours": [], "article_ids": []}}'
       FROM bench_stories JOIN story_stocks ON story_id = id
       WHERE one <= {cases} AND mod(one, {parts}) = {part}""",
    """INSERT INTO answers (id, case_id, arm, outcome, reason, model, prompt_version, rationale, cited, input_tokens,
              output_tokens, created_at)
       SELECT gen_random_uuid(), cases.id, arm, 'ok', '', '', '', '근거이다.', '[]', 0, 0, as_of + interval '5 seconds'
       FROM cases JOIN bench_stories ON story_id = bench_stories.id,
            unnest(ARRAY['prior', 'neighbours', 'gpt-4o']) AS arm
       WHERE mod(one, {parts}) = {part}""",
    """INSERT INTO forecasts (id, answer_id, case_id, arm, horizon_sessions, p_down, p_flat, p_up, shown_down,
              shown_flat, shown_up, calibrator, created_at, sealed_at, content_hash)
       SELECT gen_random_uuid(), answers.id, case_id, arm, horizon, 0.3, 0.4, 0.3, 0.3, 0.4, 0.3, 'identity',
              created_at, created_at + interval '1 minute', repeat('a', 64)
       FROM answers JOIN cases ON cases.id = case_id JOIN bench_stories ON story_id = bench_stories.id,
            unnest(ARRAY[1, 3, 5]) AS horizon
       WHERE mod(one, {parts}) = {part}""",
    """INSERT INTO evaluations (forecast_id, revision, stock_code, from_session, entry_session, entry_kind, entry_won,
              exit_session, exit_won, stock_return_ratio, adjusted_return_ratio, band_ratio, outcome, rps, brier,
              log_loss, hit, raw_rps, prior_rps, late, flags, known_at)
       SELECT forecasts.id, 1, stock_code, as_of::date, as_of::date, 'close', 10000, as_of::date + horizon_sessions,
              10100, 0.01, 0.01, 0.01, 1, 0.09, 0.34, 0.92, true, 0.09, 0.1, false, '[]', as_of + interval '7 days'
       FROM forecasts JOIN cases ON cases.id = case_id JOIN bench_stories ON story_id = bench_stories.id
       WHERE mod(one, {parts}) = {part} AND as_of < now() - interval '7 days'""",
)


def codes(scale: Scale) -> list[str]:
    """Stocks that much is told of, and others."""
    return [
        f"{1 + int(share * (scale.stocks - 1)):06}" for share in (0, 0.001, 0.003, 0.02, 0.15, 0.4, 0.75, 1)
    ]


def fill(url: str, scale: Scale) -> Ids:
    """Fills a migrated database that has no rows yet; gives some of its rows. Raises DBAPIError."""
    names = {
        "stocks": scale.stocks,
        "sessions": scale.sessions,
        "stories": scale.articles // 2,
        "cases": scale.cases,
        "parts": scale.parts,
    }
    engine = create_engine(url, isolation_level="AUTOCOMMIT", connect_args={"ssl_context": False})
    with engine.connect() as connection:
        connection.exec_driver_sql("SET session_replication_role = replica")  # no foreign keys, no triggers
        for statement in WHOLE:
            connection.exec_driver_sql(statement.format(**names))
        for statement in PARTS:
            for part in range(scale.parts):
                connection.exec_driver_sql(statement.format(**names, part=part))
        connection.exec_driver_sql("VACUUM ANALYZE")  # as autovacuum would have
        some = [
            [
                str(one)
                for one in connection.exec_driver_sql(SOME.format(table=table, moment=moment)).scalars()
            ]
            for table, moment in (("articles", "known_at"), ("forecasts", "created_at"))
        ]
    engine.dispose()
    return Ids(*some)
