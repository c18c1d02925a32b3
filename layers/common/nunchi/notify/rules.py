"""When somebody is told of something, and what an answer of Telegram's means. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Literal
from zoneinfo import ZoneInfo

Language = Literal["ko", "en"]
Impact = Literal["", "low", "medium", "high"]
Direction = Literal["down", "up"]
LANGUAGES: tuple[Language, ...] = ("ko", "en")
IMPACTS = ("", "low", "medium", "high")

EVIDENCE = 50  # forecasts of like probability below which an arm's record is not told
# a message that could not be sent in that time tells of a market that has moved on
FRESH = timedelta(hours=3)
LEASE = timedelta(seconds=60)  # longer than any call: who is `sending` since then has died
FARTHEST = 0.05  # of a probability from a bin's mean, past which the arm has no record of it
PRUNED_AFTER = timedelta(days=7)  # Telegram sends an update again for a day
FORGOTTEN_AFTER = timedelta(days=90)  # alerts, deliveries and texts, which their user can look at until then


class State(StrEnum):
    """Where a delivery stands. All but the first two are final."""

    DUE = "due"
    SENDING = "sending"
    SENT = "sent"
    GONE = "gone"  # the chat can't be written to any more, or stopped
    REJECTED = "rejected"  # Telegram can't read what we wrote: our bug
    UNCERTAIN = "uncertain"  # the call was begun, and no answer came: it may have been sent
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Told:
    """One sealed forecast: an arm's shown probabilities, `horizon` sessions ahead, and the impact that it expects."""

    arm: str
    horizon: int
    down: float
    flat: float
    up: float
    impact: str = ""

    @property
    def direction(self) -> Direction:
        """The likelier of the two moves."""
        return "up" if self.up >= self.down else "down"

    @property
    def probability(self) -> float:
        """Of the likelier of the two moves."""
        return max(self.up, self.down)


@dataclass(frozen=True, slots=True)
class Wish:
    """A rule of a user's: what they want to be told. Empty `arms` and `horizons` are any."""

    minimum_probability: float = 0.6
    minimum_impact: str = ""
    arms: frozenset[str] = frozenset()
    horizons: frozenset[int] = frozenset()
    disclosures_always: bool = True
    breaks_quiet_from: str = ""
    cooldown: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours of the day without messages, by the clocks of a zone; `to` is the first moment after them."""

    zone: str
    begins: time | None = None
    to: time | None = None


@dataclass(frozen=True, slots=True)
class News:
    """What a case brings: its sealed forecasts, the newest seal's time, and whether it is a disclosure."""

    told: tuple[Told, ...]
    is_disclosure: bool
    sealed_at: datetime | None = None

    @property
    def impact(self) -> str:
        """The greatest impact that any arm expects."""
        return max((one.impact for one in self.told), key=IMPACTS.index, default="")


def is_wanted(wish: Wish, news: News) -> bool:
    """Whether a rule asks for this: any of its arms, at any of its horizons, is sure enough and expects enough."""
    if wish.disclosures_always and news.is_disclosure:
        return True
    return any(_fits(wish, one) for one in news.told)


def _fits(wish: Wish, one: Told) -> bool:
    return (
        (not wish.arms or one.arm in wish.arms)
        and (not wish.horizons or one.horizon in wish.horizons)
        and one.probability >= wish.minimum_probability
        and reaches(one.impact, wish.minimum_impact)
    )


def reaches(impact: str, minimum: str) -> bool:
    """Whether an impact is at least a minimum. An arm that names none reaches no minimum but none."""
    return IMPACTS.index(impact) >= IMPACTS.index(minimum)


def breaks_quiet(wish: Wish, news: News) -> bool:
    """Whether this is important enough for a user to be told in quiet hours."""
    return bool(wish.breaks_quiet_from) and reaches(news.impact, wish.breaks_quiet_from)


def quiet_until(quiet: Quiet, now: datetime) -> datetime | None:
    """When the quiet hours end that an aware `now` lies in, in UTC; None outside of them.

    Hours that begin after they end go over midnight. Where clocks are set, the clock's reading decides: an end that the
    clock skips is taken at the moment after the gap, of an end that comes twice the first one.
    """
    if quiet.begins is None or quiet.to is None or quiet.begins == quiet.to:
        return None
    local = now.astimezone(ZoneInfo(quiet.zone))
    clock, over_midnight = local.time(), quiet.begins > quiet.to
    inside = clock >= quiet.begins or clock < quiet.to if over_midnight else quiet.begins <= clock < quiet.to
    if not inside:
        return None
    tomorrow = over_midnight and clock >= quiet.begins
    day = local.date() + timedelta(days=1) if tomorrow else local.date()
    ends = datetime.combine(day, quiet.to, tzinfo=ZoneInfo(quiet.zone)).astimezone(UTC)
    return max(ends, now.astimezone(UTC))  # a clock that was set back shows an hour twice


def local_day(zone: str, now: datetime) -> date:
    """The day in a user's zone on which an aware moment falls."""
    return now.astimezone(ZoneInfo(zone)).date()


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A rule with the chat that it tells, and what holds for all rules of its user."""

    chat_id: str
    rule_id: str
    wish: Wish
    quiet: Quiet
    language: Language
    daily_maximum: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A subscriber who wants this: told now, or held until their quiet hours end."""

    subscriber: Subscriber
    held_until: datetime | None


def candidates(subscribers: Iterable[Subscriber], news: News, now: datetime) -> list[Candidate]:
    """Who is to be told, one a chat: by a rule that tells at once, if any does; of several the shortest cooldown."""
    found: dict[str, Candidate] = {}
    for one in subscribers:
        if is_wanted(one.wish, news):
            held = None if breaks_quiet(one.wish, news) else quiet_until(one.quiet, now)
            made = Candidate(one, held)
            if one.chat_id not in found or _rank(made) < _rank(found[one.chat_id]):
                found[one.chat_id] = made
    return sorted(found.values(), key=lambda made: made.subscriber.chat_id)


def _rank(made: Candidate) -> tuple[bool, timedelta, str]:
    return made.held_until is not None, made.subscriber.wish.cooldown, made.subscriber.rule_id


@dataclass(frozen=True, slots=True)
class Record:
    """How often a class came true when an arm gave it about this probability, by the arm's reliability bins."""

    forecasts: int
    came_true_of_100: int


def record_of(
    bins: Sequence[Sequence[float | None]], probability: float, *, enough: int = EVIDENCE
) -> Record | None:
    """The record nearest to a probability; None where there are fewer than `enough` forecasts.

    A bin is its count, its mean probability and the share that came true. A probability far from every bin (more than
    0.05 away) was never said before, and has no record either.
    """
    whole = [(int(count or 0), mean, share) for count, mean, share in bins if None not in (mean, share)]
    if not whole:
        return None
    count, mean, share = min(whole, key=lambda one: abs((one[1] or 0.0) - probability))
    if count < enough or abs((mean or 0.0) - probability) > FARTHEST:
        return None
    return Record(count, round(100 * (share or 0.0)))


@dataclass(frozen=True, slots=True)
class Followed:
    """Market-adjusted returns after similar stories, as ratios: of the same stock, or of others."""

    same_stock: bool
    count: int
    mean: float
    lowest: float
    highest: float


def followed(evidence: Mapping[str, object], code: str, horizon: int) -> Followed | None:
    """What followed the similar stories of a case's evidence at a horizon: its own stock's, else others'; or None."""
    for same_stock, key in ((True, "neighbours_same_stock"), (False, "neighbours")):
        near = evidence.get(key)
        returns = [
            one["adjusted_return_ratios"][str(horizon)]
            for one in (near if isinstance(near, list) else [])
            if (one.get("stock_code") == code) is same_stock
            and str(horizon) in one.get("adjusted_return_ratios", {})
        ]
        if returns:
            return Followed(same_stock, len(returns), sum(returns) / len(returns), min(returns), max(returns))
    return None
