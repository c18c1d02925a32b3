"""Chats of the stand-in for Telegram: what state they are in, what was sent to them, and how fast that may go."""

import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from math import ceil
from typing import Any, Literal

State = Literal[
    "open",
    "blocked",
    "deactivated",
    "kicked",
    "left",
    "not_found",
    "no_rights",
    "group_deactivated",
    "migrated",
]
LONGEST = 4096  # UTF-16 units after entities are parsed
SECOND, MINUTE = 1.0, 60.0
TAGS = frozenset({"b", "strong", "i", "em", "u", "s", "code", "pre", "a", "blockquote", "tg-spoiler"})
# what each state answers; the words are ours to choose but for those that a client goes by
ANSWERS: dict[State, tuple[int, str]] = {
    "blocked": (403, "Forbidden: bot was blocked by the user"),
    "deactivated": (403, "Forbidden: user is deactivated"),
    "kicked": (403, "Forbidden: bot was kicked from the supergroup chat"),
    "left": (403, "Forbidden: bot is not a member of the channel chat"),
    "not_found": (400, "Bad Request: chat not found"),
    "no_rights": (400, "Bad Request: not enough rights to send text messages to the chat"),
    "group_deactivated": (400, "Bad Request: group is deactivated"),
}


class Refused(Exception):
    """A call that is answered with an error."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters

    def body(self) -> dict[str, Any]:
        told = {"ok": False, "error_code": self.code, "description": self.description}
        return told | ({"parameters": self.parameters} if self.parameters else {})


@dataclass
class Limits:
    """Messages that are taken within any second of the bot, of a chat, and within any minute of a group; None: all."""

    per_second: float | None = None
    per_chat_second: float | None = None
    per_group_minute: float | None = None


@dataclass
class Chat:
    """A chat, its state, and the messages that were sent to it."""

    id: int
    state: State = "open"
    migrated_to: int = 0
    messages: list[dict[str, Any]] = field(default_factory=list)
    times: deque[float] = field(default_factory=deque)


class Chats:
    """All chats. One that nobody described is open. `read_s` is a clock in real seconds: limits are of real time."""

    def __init__(self, read_s: Callable[[], float] = time.monotonic) -> None:
        self.limits = Limits()
        self.refused: Counter[int] = Counter()
        self.most_in_a_second = 0
        self._read_s = read_s
        self._chats: defaultdict[int, Chat] = defaultdict(lambda: Chat(0))
        self._times: deque[float] = deque()
        self._sent = 0

    def forget(self) -> None:
        """Begins anew; the limits stay."""
        limits = self.limits
        self.__init__(self._read_s)  # type: ignore[misc]
        self.limits = limits

    def chat(self, number: int) -> Chat:
        """The chat with a number."""
        found = self._chats[number]
        found.id = number
        return found

    def all(self) -> Iterator[Chat]:
        """The chats that were asked for or described."""
        yield from self._chats.values()

    def send(self, number: int, body: dict[str, Any], date: int) -> dict[str, Any]:
        """Takes a message; gives it as the API does. Raises `Refused`."""
        try:
            return self._send(self.chat(number), body, date)
        except Refused as exc:
            self.refused[exc.code] += 1
            raise

    def _send(self, chat: Chat, body: dict[str, Any], date: int) -> dict[str, Any]:
        if chat.state == "migrated":
            told = "Bad Request: group chat was upgraded to a supergroup chat"
            raise Refused(400, told, migrate_to_chat_id=chat.migrated_to)
        if chat.state != "open":
            raise Refused(*ANSWERS[chat.state])
        text = checked(str(body.get("text", "")), body.get("parse_mode"))
        self._count(chat)
        self._sent += 1
        message = {
            "message_id": self._sent,
            "from": {"id": 1, "is_bot": True, "first_name": "nunchi", "username": "nunchi_sandbox_bot"},
            "chat": {"id": chat.id, "type": "private" if chat.id > 0 else "supergroup"},
            "date": date,
            "text": text,
        }
        chat.messages.append(message | {"sent": body.get("text")})
        return message

    def _count(self, chat: Chat) -> None:
        now = self._read_s()
        of_chat, window = (
            (self.limits.per_chat_second, SECOND) if chat.id > 0 else (self.limits.per_group_minute, MINUTE)
        )
        for times, most, span in (
            (self._times, self.limits.per_second, SECOND),
            (chat.times, of_chat, window),
        ):
            while times and now - times[0] >= span:
                times.popleft()
            if most is not None and len(times) >= most:
                wait_s = max(1, ceil(span - (now - times[0])))
                raise Refused(429, f"Too Many Requests: retry after {wait_s}", retry_after=wait_s)
        self._times.append(now)
        chat.times.append(now)
        self.most_in_a_second = max(self.most_in_a_second, len(self._times))


def checked(text: str, mode: object) -> str:
    """A text without its entities. Raises `Refused` for one that is empty, too long, or that can't be parsed."""
    plain = _Entities.plain(text) if mode == "HTML" else text
    if not plain.strip():
        raise Refused(400, "Bad Request: message text is empty")
    if len(plain.encode("utf-16-le", "surrogatepass")) // 2 > LONGEST:
        raise Refused(400, "Bad Request: message is too long")
    return plain


class _Entities(HTMLParser):
    """Telegram's HTML: few tags, each closed in order, and no other `<`."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.text: list[str] = []
        self.open: list[str] = []

    @classmethod
    def plain(cls, text: str) -> str:
        parser = cls()
        parser.feed(text)
        parser.close()
        if parser.open:
            raise _unparsed(f"can't find end tag corresponding to start tag {parser.open[-1]}")
        return "".join(parser.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS or any(name != "href" for name, _ in attrs):
            raise _unparsed(f'unsupported start tag "{tag}"')
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise _unparsed(f'unmatched end tag "{tag}"')

    def handle_data(self, data: str) -> None:
        if "<" in data:
            raise _unparsed("unexpected <")
        self.text.append(data)

    def handle_entityref(self, name: str) -> None:
        self.text.append(unescape(f"&{name};"))

    def handle_charref(self, name: str) -> None:
        self.text.append(unescape(f"&#{name};"))

    def handle_comment(self, data: str) -> None:
        raise _unparsed(f"unexpected comment of {len(data)}")

    def handle_decl(self, decl: str) -> None:
        raise _unparsed(f"unexpected declaration of {len(decl)}")

    def handle_pi(self, data: str) -> None:
        raise _unparsed(f"unexpected instruction of {len(data)}")


def _unparsed(why: str) -> Refused:
    return Refused(400, f"Bad Request: can't parse entities: {why}")
