"""Reading what sites send: encodings that lie, several ways to write a time, text with noise in it. Pure."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from nunchi.seoul import SEOUL
from nunchi.text import one_line

_COLON_ZONE = re.compile(r"([+-]\d\d):(\d\d)$")


def decode(body: bytes) -> str:
    """Text of a page, whatever it claims: UTF-8 when it is valid UTF-8, else CP949 (which holds EUC-KR)."""
    for encoding in ("utf-8-sig", "cp949"):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    return body.decode("utf-8", errors="replace")


def parse_time(text: str) -> datetime:
    """An aware time from RFC 822 (`+0900` or `+09:00`), ISO 8601, or naive text, which is Seoul's.

    Raises `ValueError` when it is none of them, or no time that UTC can name.
    """
    text = text.strip().replace(".", "-") if re.match(r"\d{4}\.", text.strip()) else text.strip()
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        parsed = parsedate_to_datetime(_COLON_ZONE.sub(r"\1\2", text))
    aware = parsed if parsed.tzinfo else parsed.replace(tzinfo=SEOUL)
    try:
        aware.astimezone(UTC)
    except OverflowError as exc:
        raise ValueError(f"no time in UTC: {text}") from exc
    return aware


def clean_body(text: str, boilerplate: Sequence[str]) -> str:
    """The paragraphs of a body, one a line, without empty ones and those that match a boilerplate pattern."""
    lines = [one_line(line) for line in text.splitlines()]
    unwanted = [re.compile(pattern) for pattern in boilerplate]
    return "\n".join(line for line in lines if line and not any(p.search(line) for p in unwanted))


def path_on(link: str, addresses: Sequence[str]) -> str | None:
    """The path of a link on a site that has these addresses; None for a link that leads anywhere else.

    Whatever a feed names is fetched only there, so no link can reach another host.
    """
    if link.startswith("/") and not link.startswith("//"):
        return link
    for address in addresses:
        if link.startswith(f"{address.rstrip('/')}/"):
            return link[len(address.rstrip("/")) :]
    return None
