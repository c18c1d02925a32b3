"""What a log must not keep: tokens, passwords, keys, e-mail addresses, chats. Pure, and run on every line."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

GONE = "[redacted]"
# a field of one of these names is secret, whatever it holds; `-` and `_` are the same, and so are cases
_NAMES = (
    r"pass(?:word|wd)?|secret|token|(?:access|refresh|csrf|bot|id)_?token|authorization|(?:set_)?cookie|credentials?"
    r"|(?:api|app|auth|access|secret|crtfc)_?key|app_?secret|client_?secret|e_?mail|chat_?id|x_origin_key"
)
_SECRET_NAME = re.compile(rf"(?:.*_)?(?:{_NAMES}|chat)", re.IGNORECASE)  # also at the end of a longer name
_TEXTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b(Bearer|Basic)\s+[\w.~+/=-]{6,}", re.IGNORECASE), rf"\1 {GONE}"),
    (re.compile(r"\beyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*"), GONE),  # a JWT
    (re.compile(r"\bsk-[\w-]{8,}"), GONE),  # OpenAI's and OpenRouter's keys
    (re.compile(r"(?<!\d)\d{6,12}:[\w-]{30,}"), GONE),  # a Telegram bot's token
    (re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"), GONE),  # an AWS access key
    (re.compile(r"(://)[^/\s:@]*:[^/\s@]+@"), rf"\1{GONE}@"),  # a login in an address
    (
        re.compile(
            rf"""((?<![A-Za-z])(?:{_NAMES.replace("_?", "[-_]?")})["']?\s*[=:]\s*)(?!\s*{re.escape(GONE)})"""
            r"""("[^"]*"|'[^']*'|[^\s"',;&)}\]]+)""",
            re.IGNORECASE,
        ),
        rf"\1{GONE}",
    ),
    (re.compile(r"\b(chat|chat[ _]id)\s+-?\d{5,}", re.IGNORECASE), rf"\1 {GONE}"),
    (re.compile(r"[\w.+%-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"), GONE),  # an e-mail address
)


def text(line: str) -> str:
    """A line without what looks like a secret or a person's address."""
    for pattern, instead in _TEXTS:
        line = pattern.sub(instead, line)
    return line


def entry(value: Any) -> Any:
    """A log entry without them, at any depth; numbers stay as they are, what is no JSON becomes its text."""
    match value:
        case None | bool() | int() | float():
            return value
        case Mapping():
            return {key: GONE if _is_secret(key) else entry(each) for key, each in value.items()}
        case bytes():
            return GONE
        case str():
            return text(value)
        case Sequence() | set() | frozenset():
            return [entry(each) for each in value]
    return text(str(value))  # an error among others


def _is_secret(name: object) -> bool:
    return isinstance(name, str) and bool(_SECRET_NAME.fullmatch(name.replace("-", "_")))
