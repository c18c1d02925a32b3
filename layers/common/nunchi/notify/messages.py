"""Alerts and digests as Telegram's HTML: escaped, bounded, free of advice. Pure."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape, unescape
from uuid import UUID

from nunchi.errors import NunchiError
from nunchi.notify.rules import Followed, Language, Record, Told
from nunchi.notify.texts import DISCLAIMER_VERSION, WORDS, Phase, Words
from nunchi.report.wording import advises
from nunchi.seoul import SEOUL

LONGEST = 4096  # UTF-16 units of what is read, as Telegram counts: without tags, entities resolved
TITLE, LEAD, NAME, LINE = 200, 300, 40, 80  # units of quoted texts
_TAG = re.compile(r"<[^>]*>")
# what Telegram makes a link of: a name, a command, an address without its scheme
_CLICKABLE = re.compile(r"(?<=@)(?=\w)|(?<=/)(?=\w)|(?<=[^\W\d_]\.)(?=[^\W\d_])")
_BREAK = "\u200b"  # without width
MOST_ARMS, MOST_DIGESTED = 8, 20


class AdviceRefused(NunchiError):
    """A message would have called on people to trade."""


class TooLong(NunchiError):
    """A message is longer than Telegram takes."""


@dataclass(frozen=True, slots=True)
class Price:
    """A price as known: in session (`quote`, `at` its moment), or of the last close (`close`). Changes are ratios."""

    won: int
    kind: str
    at: datetime
    today: float | None = None
    since_known: float | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What an arm forecast at one horizon, and its record at the likelier move's probability."""

    told: Told
    record: Record | None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that an alert tells. `title` and `lead` are a stranger's text."""

    phase: Phase
    stock_name: str
    stock_code: str
    title: str
    lead: str
    is_disclosure: bool
    source_url: str
    web_url: str
    price: Price | None
    followed: Followed | None
    horizon: int
    arms: Mapping[str, Sequence[Recorded]]
    sealed_at: datetime


def units(text: str) -> int:
    """The length of a text in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, longest: int) -> str:
    """A text of at most so many UTF-16 units; what is cut ends with an ellipsis. No character is halved."""
    if units(text) <= longest:
        return text
    kept, left = [], longest - 1
    for character in text:
        left -= 2 if ord(character) > 0xFFFF else 1
        if left < 0:
            break
        kept.append(character)
    return "".join(kept).rstrip() + "…"


def quoted(text: str, longest: int) -> str:
    """A stranger's text, bounded and escaped, with nothing in it to click on and no mark that turns its direction."""
    seen = "".join(one for one in text if unicodedata.category(one) not in {"Cf", "Cc"})
    return escape(_CLICKABLE.sub(_BREAK, cut(seen, longest)))


def alert(facts: Facts, language: Language) -> str:
    """An alert. Raises `AdviceRefused` where it calls on people to trade, `TooLong` past 4,096 units."""
    words = WORDS[language]
    blocks = (_head(facts, words), _market(facts, words), _forecasts(facts, words), _foot(facts, words))
    return checked("\n\n".join("\n".join(block) for block in blocks))


def checked(html: str) -> str:
    """The message, if it may be sent. Raises `AdviceRefused` and `TooLong`."""
    if advises(visible(html)):
        raise AdviceRefused("a message with a call to trade")
    if (length := units(visible(html))) > LONGEST:
        raise TooLong(f"{length} units")
    return html


def visible(html: str) -> str:
    """What is read of a message of ours, whose only `<` and `>` are those of its tags."""
    return unescape(_TAG.sub("", html))


def _head(facts: Facts, words: Words) -> Iterator[str]:
    kind = f" · {words.disclosure}" if facts.is_disclosure else ""
    name = escape(cut(facts.stock_name, NAME))
    yield f"<b>{name}</b> ({escape(facts.stock_code)}) · {words.phases[facts.phase]}{kind}"
    title, lead = quoted(facts.title, TITLE), quoted(facts.lead, LEAD)
    if advises(visible(title)):
        yield f"<i>{words.title_withheld}</i>"
        return
    yield f"<b>{title}</b>"
    if lead and not advises(visible(f"{title}\n{lead}")):  # a word may begin in the one and end in the other
        yield lead


def _market(facts: Facts, words: Words) -> Iterator[str]:
    yield " · ".join(_priced(facts.price, words)) if facts.price else words.no_price
    if facts.followed is None:
        yield words.nothing_followed
        return
    found = facts.followed
    text = words.followed_same if found.same_stock else words.followed_others
    yield text.format(
        count=found.count,
        horizon=facts.horizon,
        mean=_percent(found.mean),
        lowest=_percent(found.lowest),
        highest=_percent(found.highest),
    )


def _priced(price: Price, words: Words) -> Iterator[str]:
    at = price.at.astimezone(SEOUL)
    yield words.prices[price.kind].format(
        won=f"{price.won:,}", at=f"{at:%H:%M}" if price.kind == "quote" else f"{at:%m-%d}"
    )
    if price.today is not None:
        yield words.today.format(change=_percent(price.today))
    if price.since_known is not None:
        yield words.since_known.format(change=_percent(price.since_known))


def _forecasts(facts: Facts, words: Words) -> Iterator[str]:
    yield words.forecasts
    for arm, found in sorted(facts.arms.items())[:MOST_ARMS]:
        shown = " · ".join(_triple(one.told, words) for one in found)
        yield f"<b>{escape(cut(arm, NAME))}</b> {shown}"
        for one in found:
            if one.record is not None and one.told.horizon == facts.horizon:
                yield _record(one.told, one.record, words)


def _triple(told: Told, words: Words) -> str:
    down, flat, up = (round(100 * share) for share in (told.down, told.flat, told.up))
    return words.horizon.format(horizon=told.horizon, down=down, flat=flat, up=up)


def _record(told: Told, record: Record, words: Words) -> str:
    text = words.record.format(
        direction=words.directions[told.direction],
        horizon=told.horizon,
        came=record.came_true_of_100,
        count=record.forecasts,
    )
    return f"<i>{text}</i>"


def _foot(facts: Facts, words: Words) -> Iterator[str]:
    links = ((words.source, facts.source_url), (words.web, facts.web_url))
    if shown := [_link(text, url) for text, url in links if is_link(url)]:
        yield " · ".join(shown)
    yield words.sealed.format(at=f"{facts.sealed_at.astimezone(SEOUL):%m-%d %H:%M}")
    yield f"<i>{words.disclaimer.format(version=DISCLAIMER_VERSION)}</i>"


def _link(text: str, url: str) -> str:
    return f'<a href="{escape(url)}">{text}</a>'


def is_link(url: str) -> bool:
    """Whether an address may stand behind a link: of the web, and of a usual length."""
    return (
        url.startswith(("https://", "http://")) and len(url) <= 600 and url.isprintable() and " " not in url
    )


def _percent(ratio: float) -> str:
    return f"{100 * ratio:+.1f}%"


@dataclass(frozen=True, slots=True)
class Held:
    """What was held in quiet hours: of a digest's line. `title` is a stranger's text, `source_url` where it is from."""

    alert_id: UUID
    stock_name: str
    stock_code: str
    title: str
    source_url: str


def digest(held: Sequence[Held], language: Language) -> str:
    """What came in quiet hours, a line each. Raises `AdviceRefused`, `TooLong`."""
    words = WORDS[language]
    lines = [f"<b>{words.digest.format(count=len(held))}</b>"]
    lines += [f"· {_digest_line(one, words)}" for one in held[:MOST_DIGESTED]]
    if len(held) > MOST_DIGESTED:
        lines.append(words.digest_more.format(count=len(held) - MOST_DIGESTED))
    lines.append(f"<i>{words.disclaimer.format(version=DISCLAIMER_VERSION)}</i>")
    return checked("\n".join(lines))


def _digest_line(one: Held, words: Words) -> str:
    title = quoted(one.title, LINE)
    if advises(visible(title)):
        title = f"<i>{words.digest_withheld}</i>"
    name, code = escape(cut(one.stock_name, NAME)), escape(one.stock_code)
    line = words.digest_line.format(name=name, code=code, title=title)
    return f"{line} · {_link(words.source, one.source_url)}" if is_link(one.source_url) else line
