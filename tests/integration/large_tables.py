"""A database with a year of forecasts, filled by the database itself, and the plans of what is asked of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event, text

SESSIONS, STOCKS, CASES = 250, 100, 16_000
FORECASTS = CASES * 4 * 3
LARGE = frozenset(
    {
        *("forecasts", "evaluations", "cases", "answers", "stories", "story_stocks"),
        *("reports", "report_evaluations", "ratings", "rating_changes", "model_calls"),
        *("forecast_requests", "requested_forecasts", "score_days", "performance"),
    }
)

NAMED = """
CREATE FUNCTION named(kind text, number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS
$$ SELECT md5(kind || number)::uuid $$;
"""
# `n` counts cases; each has four arms and three horizons
FILL = (
    """INSERT INTO stocks (code, name, market, active)
       SELECT to_char(n, 'FM000000'), 'stock ' || n, CASE n % 2 WHEN 0 THEN 'KOSPI' ELSE 'KOSDAQ' END, true
       FROM generate_series(1, :stocks) n""",
    """INSERT INTO stories (id, title, lead, known_at)
       SELECT named('story', n), 'title ' || n, 'lead', timestamptz '2025-10-01' + n * interval '30 minutes'
       FROM generate_series(1, :cases) n""",
    """INSERT INTO story_stocks (story_id, stock_code, known_at, relevance)
       SELECT named('story', n), to_char(n % :stocks + 1, 'FM000000'),
              timestamptz '2025-10-01' + n * interval '30 minutes', 1 FROM generate_series(1, :cases) n""",
    """INSERT INTO cases (id, story_id, stock_code, as_of, correlation_id, sigma20_ratio, asked, routine, evidence)
       SELECT named('case', n), named('story', n), to_char(n % :stocks + 1, 'FM000000'),
              timestamptz '2025-10-01' + n * interval '30 minutes', '', 0.02, '[]', '', '{}'
       FROM generate_series(1, :cases) n""",
    """INSERT INTO answers (id, case_id, arm, outcome, reason, model, prompt_version, rationale, cited,
                            input_tokens, output_tokens, created_at)
       SELECT named('answer' || arm.name, n), named('case', n), arm.name, 'ok', '', '', '', '', '[]', 0, 0,
              timestamptz '2025-10-01' + n * interval '30 minutes' FROM generate_series(1, :cases) n, arms arm""",
    """INSERT INTO forecasts (id, answer_id, case_id, arm, horizon_sessions, p_down, p_flat, p_up,
                              shown_down, shown_flat, shown_up, calibrator, created_at, content_hash, sealed_at)
       SELECT named('forecast' || arm.name || h, n), named('answer' || arm.name, n), named('case', n), arm.name, h,
              0.3, 0.4, 0.3, 0.3, 0.4, 0.3, 'identity',
              timestamptz '2025-10-01' + n * interval '30 minutes' + h * interval '1 second', 'c',
              CASE WHEN n <= :cases - 20 THEN timestamptz '2025-10-01' + (n + 1) * interval '30 minutes' END
       FROM generate_series(1, :cases) n, arms arm, unnest(ARRAY[1, 3, 5]) h""",
    """INSERT INTO evaluations (forecast_id, revision, stock_code, from_session, entry_session, entry_kind,
                                entry_won, exit_session, exit_won, stock_return_ratio, adjusted_return_ratio,
                                band_ratio, outcome, rps, brier, log_loss, hit, raw_rps, prior_rps, late, flags,
                                known_at)
       SELECT f.id, 1, c.stock_code, c.as_of::date, c.as_of::date, 'close', 100, c.as_of::date + f.horizon_sessions,
              101, 0.01, 0.01, 0.01, 1, 0.2, 0.6, 1, true, 0.2, 0.2, false, '[]', c.as_of
       FROM forecasts f JOIN cases c ON c.id = f.case_id""",
    """INSERT INTO reports (id, stock_code, arm, session, slot, version, as_of, created_at, base_price_won,
                            base_price_at, base_price_source, sigma20_ratio, summary_ko, risks, opportunities,
                            recommendation, evidence)
       SELECT named('report' || arm.name, n), to_char(n % :stocks + 1, 'FM000000'), arm.name,
              date '2025-10-01' + (n / :stocks)::int, '1000', 1, timestamptz '2025-10-01' + n * interval '30 minutes',
              timestamptz '2025-10-01' + n * interval '30 minutes', 100, timestamptz '2025-10-01', 'close', 0.02, '',
              '[]', '[]', 'balanced', '{}' FROM generate_series(1, :cases / 2) n, arms arm""",
    """INSERT INTO report_evaluations (report_id, span, stock_code, arm, first_session, last_session, base_won,
                                       target_won, support_won, chance, accuracy, timing, risk, grade, known_at)
       SELECT id, span, stock_code, arm, session, session + 5, 100, 110, 90, 0.5, 0, 0, 0, 0, as_of
       FROM reports, unnest(ARRAY['short', 'medium', 'long']) span""",
    """INSERT INTO ratings (report_id, rater_id, stars, changed_at)
       SELECT id, named('rater', row_number() OVER () % 10), 4, as_of FROM reports""",
    """INSERT INTO rating_changes (report_id, rater_id, author_id, stars, reason, changed_at)
       SELECT report_id, rater_id, rater_id, stars, '', changed_at FROM ratings""",
    """INSERT INTO model_calls (id, purpose, subject_id, arm, attempt, provider, model, input_tokens, cached_tokens,
                                output_tokens, usd, krw, outcome, latency_ms, started_at, expires_at)
       SELECT named('call' || arm.name, n), 'forecast', named('case', n), arm.name, 1, '', '', 1, 0, 1, 0.001, 1.5,
              'ok', 1, timestamptz '2025-10-01' + n * interval '30 minutes', timestamptz '2025-10-01'
       FROM generate_series(1, :cases) n, arms arm""",
    """INSERT INTO score_days (entry_session, arm, horizon_sessions, market, event_kind, before_cutoff, cases,
                               answered, late, abstained, sum_rps, sum_brier, sum_log_loss, hits, sum_prior_rps,
                               sum_raw_rps, sum_entropy, reliability)
       SELECT date '2025-10-01' + d, arm.name, h, market, 'kind ' || kind, false, 5, 5, 0, 0, 1, 3, 5, 2, 1, 1, 1, '{}'
       FROM generate_series(1, :sessions) d, arms arm, unnest(ARRAY[1, 3, 5]) h,
            unnest(ARRAY['KOSPI', 'KOSDAQ']) market, generate_series(1, 8) kind""",
    """INSERT INTO performance (arm, horizon_sessions, day, market, event_kind, before_cutoff, cases, answered,
                                entry_sessions, mean_rps, mean_brier, mean_log_loss, hit_rate, skill)
       SELECT arm.name, h, date '2025-10-01' + d, market, kind, false, 5, 5, d, 0.2, 0.6, 1, 0.4, 0
       FROM generate_series(1, :sessions) d, arms arm, unnest(ARRAY[1, 3, 5]) h,
            unnest(ARRAY['', 'KOSPI', 'KOSDAQ']) market, unnest(ARRAY['', 'a', 'b', 'c', 'd']) kind""",
    """INSERT INTO requested_forecasts (id, story_id, stock_code, arm, as_of, outcome, reason, model,
                                        prompt_version, rationale, cited, forecasts, evidence)
       SELECT named('requested', n), named('story', n), to_char(n % :stocks + 1, 'FM000000'), 'prior',
              timestamptz '2025-10-01' + n * interval '30 minutes', 'ok', '', '', '', '', '[]', '[]', '{}'
       FROM generate_series(1, :cases) n""",
    """INSERT INTO forecast_requests (id, user_id, day, number, requested_id, asked_at)
       SELECT named('request', n), coalesce((SELECT id FROM users LIMIT 1), named('user', 0)),
              date '2020-01-01' + (n / 20)::int, n % 20 + 1, named('requested', n),
              timestamptz '2025-10-01' + n * interval '30 minutes' FROM generate_series(1, :cases) n""",
)


def fill(engine: Engine) -> None:
    """Fills the tables, without looking at foreign keys, and tells the planner of them."""
    numbers = {"sessions": SESSIONS, "stocks": STOCKS, "cases": CASES}
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.exec_driver_sql(NAMED)
        for statement in FILL:
            filled = statement
            for name, value in numbers.items():
                filled = filled.replace(f":{name}", str(value))
            connection.exec_driver_sql(filled)
        connection.exec_driver_sql("ANALYZE")


@contextmanager
def statements(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    """What is asked of a database meanwhile: each statement with its parameters."""
    heard: list[tuple[str, Any]] = []

    def hear(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        heard.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", hear)
    try:
        yield heard
    finally:
        event.remove(engine, "before_cursor_execute", hear)


def nodes(engine: Engine, statement: str, parameters: Any) -> list[dict[str, Any]]:
    """The nodes of the plan by which a statement was carried out, with what each of them read."""
    with engine.connect() as connection:
        planned = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters)
        plan = planned.scalar_one()
        connection.rollback()
    return list(_flat(plan[0]["Plan"]))


def _flat(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for part in node.get("Plans", ()):
        yield from _flat(part)


def rows_read(node: dict[str, Any]) -> float:
    """How many rows a node looked at, those that it left out included."""
    left_out = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return float((node["Actual Rows"] + left_out) * node["Actual Loops"])
