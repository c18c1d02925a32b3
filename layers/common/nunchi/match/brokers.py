"""Brokers and fund houses: whether a headline quotes them or is about them."""

import re
from collections.abc import Container

# short names by which brokers sign a note: `목표가↑-한화`
SHORT = frozenset(
    """
    삼성 미래에셋 미래에셋대우 NH NH투자 한국 한국투자 한투 KB 신한 신한투자 하나 하나금투 키움 메리츠 대신 유진 유진투자 한화 한화투자 교보 현대차 SK DB DB금투
    DB금융투자 iM 하이 하이투자 IBK IBK투자 LS 이베스트 유안타 다올 다올투자 부국 신영 한양 흥국 상상인 BNK BNK투자 케이프 토스 카카오페이 유화 리딩
    리딩투자 우리투자 골드만 골드만삭스 모건스탠리 JP모건 노무라 CLSA UBS 씨티 맥쿼리 SK증권 밸류파인더 한국IR협의회 독립리서치 그로쓰리서치
    """.split()
)
_FIRMS = re.compile(r"(?:증권|투자증권|證|금융투자|금투|자산운용|운용|투자신탁운용|경제연구소|리서치센터)$")
_HOUSES = frozenset(
    ["한국기업평가", "한기평", "NICE평가정보", "에프앤가이드", "한국경제TV", "아시아경제", "SBS", "YTN"]
)

_SIGNED = re.compile(
    r"[-–—―ㅡ]\s*(?P<dashed>[^-–—―ㅡ…,·\"“”'‘’↑↓]{1,14}?)\s*[)\]”\"’']*\s*$"
    r"|(?:…|\.{2,3}|[”\"’'|/:])\s*(?P<after>[^-…\"“”'‘’\s]{2,12}(?:證|증권))\s*(?:(?:[\"“‘'「,(]|목표주?가|투자의견|TP).*)?$"
    r"|[(\[]\s*(?P<bracketed>[^()\[\]]{1,12})\s*[)\]]\s*$"
)
_RATING = r"목표가|목표주가|투자의견|매수|비중\s?확대|톱픽|최선호|커버리지|상향|하향|리포트|보고서"
_RATES = re.compile(_RATING)
_RESEARCH = re.compile(
    _RATING
    + r"|추천|전망|분석|진단|예상|기대|평가|저평가|수혜|주목|유망|꼽|지속|모멘텀|호조|개선|부진|회복|실적|수익"
)
_OWN_SHARES = re.compile(r"특징주|신고가|강세|약세|급등|급락|순이익|순익|영업익|영업이익|지분|제휴|협약|맞손")
_MARKETWIDE = re.compile(
    r"코스피|코스닥|증시|업종|섹터|반도체|금리|환율|FOMC|연준|경기|시장|장세|주도주|방산|조선|배당주|관세|인플레|물가|추천주|하반기|상반기|내년"
)
_OWN = re.compile(
    r"전산|장애|사과|보상|고객|당사|이벤트|출시|자사주|배당금|수수료|계좌|MTS|HTS|인가|발행어음|IMA|선정|수상|협약|채용|제재|과징금|개최"
)
_QUOTES = re.compile(r"(?:\s?\([^)]*\))?(?:은|는|이|가|도)?\s*(?P<comma>[,:·]?)\s*(?P<quote>[\"“”「]|[‘'’])")
_SPEAKER = re.compile(
    r"\s*(?:[가-힣]{2,4}\s)?(?:리서치|연구원|연구위원|애널리스트|애널|센터장|이코노미스트|투자전략|PB|팀장|본부장|상무|전략가|스트래티지스트)"
)
_CREDITED = re.compile(r"(?:자료|사진|출처|제공)\s*[=:]\s*$")
_RATED = re.compile(r"[,]?\s*(?:['‘\"“]?매수|목표가|목표주가|투자의견|주가|배당)")
_ACCORDING = re.compile(
    r"(?:이|가|에서|은|는)?\s*(?:꼽은|추천|선정한|에\s?따르면|따르면|뽑은|픽|의 선택|추천주|리포트|보고서)"
)


def is_broker(name: str) -> bool:
    """Whether a company's name is that of a broker, a fund house or a rating house."""
    return name in _HOUSES or _FIRMS.search(name) is not None


def signed_from(title: str, name_ends: Container[int]) -> int:
    """Where the signature of a broker's note begins at the end of a headline; its length if there is none.

    A dash between two names (`삼전-SK`, whose first ends at one of `name_ends`) joins them; elsewhere the short name
    of a broker signs only what reads like a note.
    """
    found = _SIGNED.search(title)
    if found is None:
        return len(title)
    signer = found["dashed"] or found["after"] or found["bracketed"]
    firm = is_broker(signer) or signer in _HOUSES
    noted = _RESEARCH.search(title) is not None or title[: found.start()].rstrip()[-1:] in "↑↓”\"’'"
    if firm or (signer in SHORT and noted and found.start() not in name_ends):
        return found.start()
    return len(title)


def quoted(title: str, start: int, end: int, others: bool) -> bool:
    """Whether the broker at `title[start:end]` only speaks; `others`: whether other companies are named."""
    if _CREDITED.search(title[:start]) or _SPEAKER.match(title, end) or _ACCORDING.match(title, end):
        return True
    if (speech := _QUOTES.match(title, end)) and _speaks(title, end, speech, others):
        return True
    if _RATED.match(title, end):
        return False
    if others:
        return _rates(title)
    return bool(_RESEARCH.search(title) and _MARKETWIDE.search(title)) and not (
        _OWN.search(title) or _OWN_SHARES.search(title)
    )


def _rates(title: str) -> bool:
    """Whether a headline on a broker and another company rates the other."""
    return bool(_RATES.search(title) or (_RESEARCH.search(title) and not _OWN_SHARES.search(title)))


def _speaks(title: str, end: int, speech: re.Match[str], others: bool) -> bool:
    if others:
        return True
    if _OWN.search(title, end):
        return False
    if speech["quote"] in "‘'’":
        return _RESEARCH.search(title, end) is not None and _MARKETWIDE.search(title, end) is not None
    return not speech["comma"] or _MARKETWIDE.search(title, end) is not None
