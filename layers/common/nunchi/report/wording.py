"""What a report may not say: how to trade. What no text of a model may hold is in predict/rationale.py. Pure."""

import re
import unicodedata

_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
# Net purchases are facts, and so is short selling; the other letters end words before 수 and 도 (판매 수량).
_TRADE = re.compile(r"(?<!순 )(?<![순공판도소구경전예중불발매])매\s?[수도](?![용요출])")
_ADVICE = re.compile(
    r"추천|(?:투자|매매) ?권[유고]|(?:사|파|보유하|담으)(?:세요|십시오|시길)|(?<![가-힣])(?:사야|팔아야|살 ?때|팔 ?때)"
    r"|보유해야|담아야|손절|익절|비중을? ?(?:확대|축소|늘|줄)|투자 ?(?:하세요|하십시오|해야)"
    r"|\b(?:buy|sell|overweight|underweight)\b",
    re.IGNORECASE,
)


def advises(text: str) -> bool:
    """Whether a text tells anyone to trade, or when."""
    shown = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return bool(_TRADE.search(shown) or _ADVICE.search(shown))
