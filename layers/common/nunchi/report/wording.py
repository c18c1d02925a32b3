"""What a report's text may not say: numbers from nowhere, advice to trade, links. Pure."""

import re
import unicodedata
from collections.abc import Iterable

_UNITS = {"": 1, "천": 10**3, "만": 10**4, "억": 10**8, "조": 10**12}
_NUMBER = re.compile(r"(\d[\d,]*(?:\.\d+)?)\s*(천|만|억|조)?")
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
# Net purchases are facts, and so is short selling; the other letters end words before 수 and 도 (판매 수량).
_TRADE = re.compile(r"(?<!순 )(?<![순공판도소구경전예중불발매])매\s?[수도](?![용요출])")
_ADVICE = re.compile(
    r"추천|(?:투자|매매) ?권[유고]|(?:사|파|보유하|담으)(?:세요|십시오|시길)|(?<![가-힣])(?:사야|팔아야|살 ?때|팔 ?때)"
    r"|보유해야|담아야|손절|익절|비중을? ?(?:확대|축소|늘|줄)|투자 ?(?:하세요|하십시오|해야)"
    r"|\b(?:buy|sell|overweight|underweight)\b",
    re.IGNORECASE,
)
_LINK = re.compile(r"https?:|www\.|t\.me|\b[\w-]+\.(?:com|net|kr|io|me|org)\b|@\w", re.IGNORECASE)
_MARK_UP = re.compile(r"[<>]")


def plain(text: str) -> str:
    """Text in its compatible form, without letters that can't be seen."""
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))


def numbers(text: str) -> list[tuple[float, int]]:
    """The numbers in a text: each its value, with Korean units (만, 억) multiplied in, and its decimal places."""
    found = []
    for digits, unit in _NUMBER.findall(plain(text)):
        written = digits.replace(",", "")
        places = len(written.partition(".")[2])
        found.append((float(written) * _UNITS[unit], places - len(str(_UNITS[unit])) + 1))
    return found


def foreign(text: str, known: Iterable[float]) -> list[float]:
    """The numbers of a text that no known number rounds to at the places they are written with, sign aside."""
    values = {abs(value) for value in known}
    return [
        number
        for number, places in numbers(text)
        if not any(abs(round(value, places) - number) < 1e-9 * max(number, 1) for value in values)
    ]


def faults(text: str, known: Iterable[float]) -> list[str]:
    """Why a text can't be shown, each in a few words; empty when it can."""
    shown, found = plain(text), []
    if _TRADE.search(shown) or _ADVICE.search(shown):
        found.append("advice to trade")
    if _LINK.search(shown) or _MARK_UP.search(shown):
        found.append("a link or mark-up")
    strange = foreign(shown, known)
    if strange:
        found.append(f"numbers that were not given: {', '.join(f'{number:g}' for number in strange[:5])}")
    return found
