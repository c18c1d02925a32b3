"""Which stories are routine: they tell what a price did, or list what is known, and nothing that moves it. Pure.

Lists, calendars, photos, weather and exchange rates are known by their titles. A recap of prices is routine only when
its title, after the companies' names, has nothing but words of prices, times and traders in it, and neither title nor
lead names a cause: a rise after an order is news of the order. In doubt a story passes, for a call that was not needed
costs some won, and a call that was not made costs a forecast.
"""

import re
from dataclasses import dataclass

# what happens to a company, or is said to have
CAUSES = (
    # orders and results
    "수주|공급|납품|계약|실적|어닝|영업이익|영업손실|영업익|순이익|순손실|순익|매출|흑자|적자|깜짝|쇼크|서프라이즈"
    # capital and ownership
    "|인수|합병|매각|분할|증자|유증|무증|전환사채|CB|자사주|소각|배당|지분|최대주주|공개매수|블록딜|보호예수|오버행|감자|액면"
    "|상장폐지|상폐|거래정지|거래재개|관리종목|편입|편출|리밸런싱|감사의견|회계|불성실|공시|밸류업|주주환원|경영권|워크아웃"
    # products, research, law
    "|임상|품목허가|승인|허가|FDA|식약처|특허|기술이전|기술수출|라이선스|신약|신제품|신작|출시|개발|양산|상용화|인증|선정|채택"
    "|소송|패소|승소|판결|구속|횡령|배임|압수수색|검찰|금감원|제재|과징금|리콜|화재|폭발|사고(?! ?(?:판|팔))|파업|해킹|유출|회생|부도"
    # business and policy
    "|증설|투자|협약|MOU|협력|제휴|동맹|공장|감산|증산|가동|가격|판가|운임|수요|판매|수출|주문|출하|재고|점유율|입찰|낙찰"
    "|관세|규제|보조금|정책|법안|금리|대선|총선|공약|FOMC|연준|전쟁|휴전|종전|유가|목표가|투자의견|상향|하향|전망|가이던스"
    "|대표이사|사임|선임|회장|CEO|현물가|고정가|처방|원가|원재료|원료|환차|가입자"
    # words that lead a cause in
    "|소식|기대|우려|영향|덕분|덕에|여파|루머|보도|발언|수혜|모멘텀|때문|힘입|호재|악재|풀이|전해지|알려지|밝히|밝혔|발표|이슈|테마"
)
_CAUSE = re.compile(CAUSES)
_NO_CAUSE = re.compile(  # says that there is none, or only sounds like one
    r"(?:뚜렷한|특별한|별다른|이렇다 할|알려진)? ?(?:호재|악재|이유|재료|이슈|공시|배경|소식|뉴스)[은이가도]? ?(?:\S+ )?"
    r"(?:없|않|부재|불분명|미확인)\S*|투자자(?:들)?|투자심리|투자경고|투자주의|투자위험|금융투자|수급"
)
MOVES = (
    "급등|급락|강세|약세|상승|하락|상한가|하한가|신고가|신저가|최고가|최저가|최고치|최저치|오름세|내림세|반등|보합|혼조|폭등|폭락|뛰|껑충|훨훨"
    "|주춤|들썩|출렁|미끄러|곤두박질|불기둥|롤러코스터|오른|오르|내린|내리|내려|올라|올랐|내렸|떨어|치솟|내줘|내주|빠져|밀려|↑|↓|랠리|약보합|강보합"
)
_MOVE = re.compile(MOVES)
_REASON = re.compile(rf"(\S+?)(?:에|으로|로|에도),? (?:\S+ )?(?:{MOVES})")
_TRADERS = (
    "외국인|외인|기관|개인|개미|연기금|프로그램|사자|팔자|매수|매도|순매수|순매도|차익실현|매물|저가|반발"
)
_TIMES = (
    "장|장중|초반|중반|후반|막판|오전|오후|개장|직후|마감|시초가|동시호가|시간외|시간외서|프리마켓|애프터마켓|하루|이틀|사흘|나흘|닷새|연속|연일"
    "|동안|만에|째|새|들어|현재|오늘|어제|전일|전날|전장|거래일|한때|한|달|주|일|분|시|최근|이달|올해|단숨에"
)
# what stands before a particle of reason without being one
_NEUTRAL = re.compile(
    rf"(?:{_TRADERS}|{_TIMES}|매수세|매도세|공세|%|원|대|선|포인트|반면|최고|최저|거래소|폭|위|아래|대체|만|가|세)[’'”\"]?$"
)
# a word of a recap: a move, a level, a time, a trader, or what joins them
_RECAP_WORD = re.compile(
    rf"^[‘'“\"(]*(?:{MOVES}|{_TRADERS}|{_TIMES}|특징주|주가|종가|거래량|거래대금|거래|시총|시가총액|낙폭|상승폭|하락폭|[+\-]?\d|소폭|대폭|또|다시|급증"
    "|크게|나란히|동반|일제히|줄줄이|전환|경신|기록|행진|출발|직행|진입|터치|회복|돌파|붕괴|무너|탈환|안착|횡보|등락|확대|키워|줄여|만회|대비|보다|넘게"
    "|이상|가까이|약|역대|사상|최고|최저|왜|이래|없|이유|뚜렷|별다른|특별한|호재|악재|쏟아|몰려|이어|계속|멈춰|멈추|끝내|마쳐|마치|숨|고르기"
    "|코스피|코스닥|지수|증시|코넥스|VI|Q&A|등|및|도|와|과)"
)
_PRICE = re.compile(
    r"특징주|주가|장 ?(?:초반|중|막판|후반|마감)|개장|거래일|마감|상한가|하한가|신고가|신저가|52주|%|거래되|거래 중|원에|원대|원선|시총|시간외|프리마켓"
    r"|애프터마켓|연속|째|나란히|동반|일제히|소폭|낙폭|매수세|매도세|[‘'](?:사자|팔자)"
)
_INDEX = (
    r"(?:코스피|코스닥|국내 ?증시|한국 ?증시|증시|뉴욕증시|미 ?증시|다우|나스닥|S&P ?500|닛케이|아시아 (?:주요 )?증시|중국 ?증시|유럽 ?증시)"
    r"(?! ?(?:상장|이전|새내기|입성|상폐|진입|1호))"
)
_BRACKET = r"^\s*[\[(<【「]"
_WHEN, _WEATHER = r"오늘의? ?|내일의? ?|주말 ?|전국 ?|출근길 ?", r"날씨|환율|운세|띠별|기온|미세먼지|금 ?시세"
_DAYS = r"(?:오늘|내일|모레|이번 ?주|다음 ?주|금주|차주|주간|월간|이달|다음 ?달|\d{1,2}월|\d{1,2}일|[월화수목금]요일)"
_TAG = re.compile(r"[\[<【(][^\]>】)]*[\]>】)]")
_BREAK = re.compile(r"[\s,…·:;!?~–—]+|\.{2,}")
READ = 400  # characters of a title and of a lead: a page may be made to be slow to search
NAMES = 4  # words at most that a company's name, or two, take at the beginning of a title


@dataclass(frozen=True)
class Rule:
    """A kind of routine story and what its title says; `unless_caused`, only where no cause is named."""

    name: str
    title: re.Pattern[str]
    unless_caused: bool = False


RULES = (
    Rule(
        "photo",
        re.compile(
            rf"{_BRACKET}\S*(?:포토|사진|화보|그래픽|영상|카드뉴스|만평|갤러리|움짤)[^\])>】」]*[\])>】」]|[\[(](?:포토|사진|영상)[\])]\s*$"
        ),
    ),
    Rule(
        "calendar",
        re.compile(
            rf"(?:{_DAYS}\S*(?: \S+){{0,2}} ?(?:일정|캘린더|달력|스케줄)|(?:증시|경제|주간|공모주|IPO|투자|배당|실적) ?(?:캘린더|일정표|일정|다이어리|스케줄))"
            r"(?! ?(?:연기|변경|차질|확정|미뤄|미루|앞당|지연|조정|취소|재개))"
            rf"|{_BRACKET}(?:인사|부고|동정|모집|게시판|알림|주요 ?일정|일정|캘린더|이번 ?주|다음 ?주|주간|오늘의)[^\])>]*[\])>]"
        ),
    ),
    Rule(
        "weather_or_exchange",
        re.compile(
            r"환율[^가-힣]{0,3}.{0,24}(?:마감|개장|출발|고시|거래|\d원)|(?:원[·/ ]?달러|달러[·/ ]?원|엔[·/]달러|원[·/]엔) ?(?:환율)?.{0,20}(?:\d|마감|출발|개장)"
            rf"|{_BRACKET}(?:{_WHEN})?(?:{_WEATHER})|^(?:{_WHEN})(?:{_WEATHER})"
            r"|(?:국제 ?금값|국제 ?유가|WTI|비트코인|이더리움|금값|은값).{0,20}(?:마감|시세|\d달러|\d%|달러선)"
        ),
    ),
    Rule(
        "list",
        re.compile(
            r"(?:상승률|하락률|거래량|거래대금|순매수|순매도|시가총액|시총|등락률|수익률|공매도|신용잔고|조회수|검색|대차잔고)\s?(?:비중 )?(?:상위|하위|TOP|Top|톱|순위)"
            r"|(?:상한가|하한가|급등|급락|급등락|신고가|신저가|특징|관심|추천|테마|순매수|순매도|강세|약세)\s?(?:종목|주)\s?(?:\d+[개선종]|TOP|리스트|모음|정리|한눈|총정리|현황|체크)"
            rf"|{_BRACKET}(?:표|종목표|시세표|급등락|상한가|하한가|순매매|공매도|VI|특징주 ?(?:정리|모음)|장중 ?특징주|주요 ?(?:종목|공시))[^\])>]*[\])>]"
            r"|VI ?발동|변동성 ?완화 ?장치|(?:정적|동적) ?VI|초고수|(?:외국인|기관|외인|연기금|개인|개미)\S{0,12} (?:가장 )?(?:많이|집중) (?:산|판|담은|사들인|팔아치운)"
        ),
    ),
    Rule(
        "market_wrap",
        re.compile(
            rf"{_BRACKET}(?:마감|개장|출발|장중|오전|오후|주간|모닝|굿모닝|클로징)?\s?(?:시황|마감|증시|코스피|코스닥|뉴욕증시|뉴욕마켓|개장|브리핑)[^\])>]*[\])>]"
            rf"|^\W*{_INDEX}.{{0,30}}(?:마감|출발|개장|장 ?초반|장중|거래|선\s?(?:내|붕괴|회복|돌파|안착|탈환)|{MOVES})|(?:마감|개장) ?시황"
        ),
        unless_caused=True,
    ),
)


def routine(title: str, lead: str) -> str:
    """The name of the rule by which a story is routine, or "" when it is not."""
    title, lead = title[:READ], lead[:READ]
    caused = _names_cause(title) or _names_cause(lead)
    for rule in RULES:
        if rule.title.search(title) and not (rule.unless_caused and caused):
            return rule.name
    return "price_recap" if not caused and _tells_prices(title, lead) else ""


def _names_cause(text: str) -> bool:
    said = _NO_CAUSE.sub(" ", text)
    if _CAUSE.search(said):
        return True
    return any(not _NEUTRAL.search(found[1]) for found in _REASON.finditer(said))


def _tells_prices(title: str, lead: str) -> bool:
    """Whether a title says that a price moved, and nothing else."""
    if not _MOVE.search(title) or not (_PRICE.search(title) or _PRICE.search(lead)):
        return False
    words = [word for word in _BREAK.split(_TAG.sub(" ", title)) if word]
    first = next((place for place, word in enumerate(words) if _RECAP_WORD.match(word)), len(words))
    return first <= NAMES and all(_RECAP_WORD.match(word) for word in words[first:])
