"""What a call may cost, and when a provider is left alone."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from nunchi.calls import rules
from nunchi.calls.rules import CLOSED, FAILURES, Breaker, Price, Usage, admit, cost_usd, failed, most_usage

NOW = datetime(2026, 10, 19, 3, 0, tzinfo=UTC)
GPT = Price(2.5, 1.25, 10.0)


def down(times: int, now: datetime = NOW) -> Breaker:
    state = CLOSED
    for _ in range(times):
        state = failed(state, state, now)
    return state


# --- cost


def test_a_call_costs_its_tokens_at_their_prices() -> None:
    assert cost_usd(GPT, Usage(1_000_000, 0, 0)) == 2.5
    assert cost_usd(GPT, Usage(1_000_000, 400_000, 100_000)) == 0.6 * 2.5 + 0.4 * 1.25 + 1.0


@given(st.text(max_size=200), st.text(max_size=200))
def test_a_call_takes_no_more_tokens_than_its_texts_have_bytes(one: str, other: str) -> None:
    messages = [{"role": "system", "content": one}, {"role": "user", "content": other}]
    most = most_usage(messages, {"type": "object"}, 500)
    assert most.input_tokens >= len((one + other).encode("utf-8", "replace"))
    assert most.output_tokens == 500


def test_korean_is_counted_by_its_bytes() -> None:
    few, many = ([{"role": "user", "content": text * 100}] for text in ("a", "공"))
    assert most_usage(many, {}, 0).input_tokens - most_usage(few, {}, 0).input_tokens == 200


# --- breaker


def test_a_provider_counts_as_down_after_failures_in_a_row() -> None:
    assert admit(down(FAILURES - 1), NOW) is not None
    assert admit(down(FAILURES), NOW) is None


def test_fewer_failures_open_it_than_a_message_may_be_received() -> None:
    assert FAILURES < 5  # maxReceiveCount


def test_after_its_pause_one_call_is_let_through() -> None:
    state = down(FAILURES)
    later = NOW + rules.FIRST_PAUSE
    assert admit(state, later - timedelta(seconds=1)) is None
    probing = admit(state, later)
    assert probing is not None
    assert admit(probing, later) is None
    assert admit(probing, later + rules.PROBE) is not None  # nobody told the end of the probe


def test_a_failed_probe_doubles_the_pause() -> None:
    state, now, pauses = down(FAILURES), NOW, []
    for _ in range(6):
        assert state.until is not None
        pauses.append((state.until - now).total_seconds())
        now = state.until
        probing = admit(state, now)
        assert probing is not None
        state = failed(probing, probing, now)
    assert pauses == [30, 60, 120, 240, 300, 300]


def test_a_rate_limit_closes_the_way_for_as_long_as_was_asked() -> None:
    state = failed(CLOSED, CLOSED, NOW, retry_after_s=20)
    assert admit(state, NOW + timedelta(seconds=19)) is None
    assert admit(state, NOW + timedelta(seconds=20)) is not None
    assert (
        failed(state, CLOSED, NOW, retry_after_s=5).until == state.until
    )  # a shorter one takes nothing back
    assert failed(CLOSED, CLOSED, NOW, retry_after_s=1e9).until == NOW + rules.LONGEST_ASKED


def test_calls_that_were_under_way_when_it_opened_lengthen_no_pause() -> None:
    state, let = CLOSED, CLOSED
    for _ in range(8):
        state = failed(state, let, NOW)
    assert state == down(FAILURES)


def test_a_pause_counts_from_the_failure_and_not_from_the_call() -> None:
    late = NOW + timedelta(minutes=1)
    state = failed(down(FAILURES - 1), CLOSED, late)
    assert state.until == late + rules.FIRST_PAUSE


def probing(later: datetime) -> tuple[Breaker, Breaker]:
    """An open breaker at the end of its pause: its state, and that in which a probe was let through."""
    let = admit(down(FAILURES), later)
    assert let is not None
    return let, let


def test_a_probe_that_was_not_made_leaves_its_place_to_the_next() -> None:
    later = NOW + rules.FIRST_PAUSE
    state, let = probing(later)
    assert admit(state, later) is None
    freed = rules.released(state, let, later)
    assert admit(freed, later) is not None
    assert (freed.failures, freed.trips) == (state.failures, state.trips)
    # it gives back nothing that is another's
    assert rules.released(down(FAILURES), let, later) == down(FAILURES)
    assert rules.released(down(FAILURES), CLOSED, later) == down(FAILURES)


def test_a_probe_that_is_told_how_long_to_wait_is_followed_by_another_then() -> None:
    later = NOW + rules.FIRST_PAUSE
    state, let = probing(later)
    asked = failed(state, let, later, retry_after_s=5)
    assert asked.until == later + timedelta(seconds=5)


def test_only_a_probe_closes_what_is_open() -> None:
    state, let = probing(NOW + rules.FIRST_PAUSE)
    assert rules.succeeded(state, let) == CLOSED
    assert rules.succeeded(state, down(1)) == state  # it was let through before the opening
    assert rules.succeeded(down(2), down(1)) == CLOSED


@given(st.lists(st.one_of(st.none(), st.floats(-10, 1e6)), max_size=30))
def test_no_run_of_failures_leaves_a_provider_alone_for_longer_than_the_limits(
    waits: list[float | None],
) -> None:
    state = CLOSED
    for wait in waits:
        state = failed(state, state, NOW, wait)
    assert admit(state, NOW + max(rules.LONGEST_ASKED, rules.LONGEST_PAUSE)) is not None
