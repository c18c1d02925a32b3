"""A database with many rows of every large table that the API reads, written by the database itself."""

from sqlalchemy import Engine, text

FILLED = (
    """INSERT INTO stocks (code, name, market, active, priority)
       SELECT lpad(n::text, 6, '0'), '회사 ' || n, CASE n % 2 WHEN 0 THEN 'KOSPI' ELSE 'KOSDAQ' END, true, 2
       FROM generate_series(1, 300) n""",
    """INSERT INTO stories (id, title, lead, known_at)
       SELECT md5('story' || n)::uuid, '제목 ' || n, '첫 문장.', timestamptz '2024-01-01' + n * interval '4 minutes'
       FROM generate_series(1, 100000) n""",
    # a stock with a tenth of all stories, and others with a few hundred
    """INSERT INTO story_stocks (story_id, stock_code, known_at, relevance)
       SELECT md5('story' || n)::uuid, lpad((CASE n % 10 WHEN 0 THEN 1 ELSE n % 299 + 2 END)::text, 6, '0'),
              timestamptz '2024-01-01' + n * interval '4 minutes', 1
       FROM generate_series(1, 100000) n""",
    """INSERT INTO articles (id, source, url, title, body, author, published_at, known_at, listed_title, story_id)
       SELECT md5('article' || n)::uuid,
              CASE WHEN n % 500 = 0 THEN 'reddit' WHEN n % 20 = 1 THEN 'dart'
                   ELSE (ARRAY['naver', 'hankyung', 'maekyung'])[n % 3 + 1] END,
              'https://news.example/' || n,
              (ARRAY['공급계약', '유상증자', '실적발표', '신제품', '특허취득'])[n % 5 + 1] || ' 다온솔 ' || n % 997
                || CASE WHEN n % 2000 = 7 THEN ' 무상증자' ELSE ' 체결' END,
              repeat('본문이다. ', 20), '기자', timestamptz '2024-01-01' + n * interval '2 minutes',
              timestamptz '2024-01-01' + n * interval '2 minutes', '', md5('story' || (n + 1) / 2)::uuid
       FROM generate_series(1, 200000) n""",
    """INSERT INTO story_founders (story_id, article_id, companies)
       SELECT md5('story' || n)::uuid, md5('article' || 2 * n)::uuid, '{}' FROM generate_series(1, 100000) n""",
    """INSERT INTO daily_bars (code, session, known_at, open_won, high_won, low_won, close_won, volume_shares,
                               backfilled)
       SELECT lpad(c::text, 6, '0'), date '2023-01-01' + d, timestamptz '2023-01-01 07:00+00' + d * interval '1 day',
              100, 110, 90, 105, 1000, false
       FROM generate_series(1, 300) c, generate_series(0, 999) d""",
    """INSERT INTO investor_flows
       SELECT code, session, known_at, 1, 2, 3, 1, 2, 3 FROM daily_bars WHERE session >= '2024-06-01'""",
    """INSERT INTO financial_ratios (code, period, quarterly, known_at)
       SELECT lpad(c::text, 6, '0'), date '2016-01-01' + n * 90, n % 4 > 0, timestamptz '2024-01-01'
       FROM generate_series(1, 300) c, generate_series(0, 39) n""",
    """INSERT INTO minute_bars (code, at, known_at, open_won, high_won, low_won, close_won, volume_shares)
       SELECT lpad(c::text, 6, '0'), at, at + interval '5 minutes', 100, 110, 90, 105, 10
       FROM generate_series(1, 100) c,
            generate_series(timestamptz '2026-10-12 00:00+00', '2026-10-16 06:30+00', interval '3 minutes') at""",
    """INSERT INTO quotes (code, known_at, price_won, volume_shares) SELECT code, at, 100, 10 FROM minute_bars""",
    """INSERT INTO order_books (code, known_at, ask_won, ask_shares, bid_won, bid_shares)
       SELECT code, at, '{101}', '{1}', '{99}', '{1}' FROM minute_bars""",
    """INSERT INTO reactions (story_id, stock_code, horizon_sessions, revision, entry_session, entry_kind,
                              exit_session, stock_return_ratio, adjusted_return_ratio, band_ratio, outcome, flags,
                              known_at)
       SELECT story_id, stock_code, horizon, 1, '2025-01-02', 'close', '2025-01-07', 0.01, 0.01, 0.01, 1, '[]',
              known_at FROM story_stocks, (VALUES (1), (3)) horizons (horizon)""",
    """INSERT INTO arms (name, provider, model, prompt_version, role, active)
       VALUES ('one', 'baseline', 'one', '', 'baseline', true) ON CONFLICT DO NOTHING""",
    """INSERT INTO cases (id, story_id, stock_code, as_of, correlation_id, sigma20_ratio, asked, routine, evidence)
       SELECT md5('case' || story_id)::uuid, story_id, stock_code, known_at, '', 0.02, '[]', '', '{}'
       FROM story_stocks""",
    """INSERT INTO answers (id, case_id, arm, outcome, reason, model, prompt_version, rationale, cited,
                            input_tokens, output_tokens, created_at)
       SELECT md5('answer' || id)::uuid, id, 'one', 'ok', '', '', '', '', '[]', 0, 0, as_of FROM cases""",
    """INSERT INTO forecasts (id, answer_id, case_id, arm, horizon_sessions, p_down, p_flat, p_up, shown_down,
                              shown_flat, shown_up, calibrator, created_at)
       SELECT md5('forecast' || id)::uuid, id, case_id, arm, 1, 0.3, 0.4, 0.3, 0.3, 0.4, 0.3, 'identity', created_at
       FROM answers""",
)


def fill(engine: Engine) -> None:
    """Writes the rows, and lets the database look at them."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in FILLED:
            connection.execute(text(statement))
        connection.execute(text("VACUUM ANALYZE"))
