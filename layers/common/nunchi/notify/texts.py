"""What is said, in Korean and in English. Plain words, no mark-up: `messages` escapes what it puts into them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from nunchi.notify.rules import Language

Phase = Literal["before", "open", "after"]
DISCLAIMER_VERSION = "2026-11"


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of a language; `{}` places are filled by `messages`."""

    phases: Mapping[Phase, str]
    disclosure: str
    title_withheld: str
    prices: Mapping[str, str]
    today: str
    since_known: str
    no_price: str
    followed_same: str
    followed_others: str
    nothing_followed: str
    forecasts: str
    arm: str
    horizon: str
    record: str
    directions: Mapping[str, str]
    source: str
    web: str
    sealed: str
    disclaimer: str
    digest: str
    digest_line: str
    digest_withheld: str
    digest_more: str


KO = Words(
    phases={"before": "장 시작 전", "open": "장중", "after": "장 마감 후"},
    disclosure="공시",
    title_withheld="제목 비공개: 매매 의견이 있어 싣지 않습니다. 원문에서 확인할 수 있습니다.",
    prices={"quote": "현재가 {won}원 ({at} 기준)", "close": "종가 {won}원 ({at})"},
    today="전일 대비 {change}",
    since_known="소식이 알려진 뒤 {change}",
    no_price="저장된 가격이 없습니다.",
    followed_same="이 종목의 비슷한 소식 {count}건 뒤 {horizon}거래일: 평균 {mean} ({lowest} ~ {highest})",
    followed_others="다른 종목의 비슷한 소식 {count}건 뒤 {horizon}거래일: 평균 {mean} ({lowest} ~ {highest})",
    nothing_followed="결과가 알려진 비슷한 소식이 없습니다.",
    forecasts="예측: 거래일 뒤 시장 대비 하락/보합/상승 (%)",
    arm="{arm}",
    horizon="{horizon}일 {down}/{flat}/{up}",
    record="이만큼의 {direction} 확률을 말했을 때({horizon}일) 100번 중 {came}번 그렇게 되었습니다. ({count}건)",
    directions={"down": "하락", "up": "상승"},
    source="원문",
    web="자세히",
    sealed="{at}에 봉인된 예측입니다.",
    disclaimer="사실과 통계의 안내이며 투자 조언이 아닙니다. 판단과 책임은 이용자에게 있습니다. (고지 {version})",
    digest="조용한 시간에 온 소식 {count}건",
    digest_line="{name}({code}) {title}",
    digest_withheld="제목 비공개 (매매 의견)",
    digest_more="그 밖에 {count}건",
)
EN = Words(
    phases={"before": "before the open", "open": "in session", "after": "after the close"},
    disclosure="disclosure",
    title_withheld="Headline withheld: it gives an opinion on trading. See the source.",
    prices={"quote": "Price {won} KRW (at {at})", "close": "Close {won} KRW ({at})"},
    today="{change} on the day before",
    since_known="{change} since the news was known",
    no_price="No price is stored.",
    followed_same="After {count} similar stories of this stock, {horizon} sessions: mean {mean} "
    "({lowest} to {highest})",
    followed_others="After {count} similar stories of other stocks, {horizon} sessions: mean {mean} "
    "({lowest} to {highest})",
    nothing_followed="No similar story whose outcome is known.",
    forecasts="Forecasts: sessions ahead, against the market, down/flat/up (%)",
    arm="{arm}",
    horizon="{horizon}d {down}/{flat}/{up}",
    record="When it said this of {direction} ({horizon}d), it happened {came} of 100 times. ({count} forecasts)",
    directions={"down": "down", "up": "up"},
    source="Source",
    web="Details",
    sealed="Forecasts sealed at {at}.",
    disclaimer="Facts and statistics, no investment advice. Decisions are your own. (Notice {version})",
    digest="{count} alerts of your quiet hours",
    digest_line="{name} ({code}) {title}",
    digest_withheld="headline withheld (an opinion on trading)",
    digest_more="and {count} more",
)
WORDS: Mapping[Language, Words] = {"ko": KO, "en": EN}


@dataclass(frozen=True, slots=True)
class Replies:
    """What the bot answers to commands. It answers nothing else: it tells, and does not talk."""

    how_to_link: str
    linked: str
    bad_link: str
    taken: str
    stopped: str
    resumed: str
    help: str
    status: str
    none_watched: str
    quiet_none: str
    watched: str
    unwatched: str
    not_watched: str
    no_such_stock: str
    list_full: str
    quiet_set: str
    quiet_off: str
    quiet_wrong: str


REPLIES: Mapping[Language, Replies] = {
    "ko": Replies(
        how_to_link="이 채팅은 아직 연결되지 않았습니다. nunchi에 로그인해 알림 설정에서 연결 링크를 받아 여세요.",
        linked="연결되었습니다. 알림만 보내는 봇입니다. /help",
        bad_link="쓸 수 없는 링크입니다. 링크는 10분 동안 한 번만 쓸 수 있습니다. 새 링크를 받아 주세요.",
        taken="이 채팅은 이미 쓰이고 있습니다. 연결한 사람이 먼저 연결을 끊어야 합니다.",
        stopped="알림을 멈췄습니다. /start 로 다시 받을 수 있습니다.",
        resumed="알림을 다시 보냅니다.",
        help=(
            "/status 지금 설정\n/watch 005930 종목 추가\n/unwatch 005930 종목 빼기\n"
            "/quiet 22:00-07:00 조용한 시간 (끄기: /quiet off)\n/stop 알림 멈춤\n"
            "알림은 사실과 통계의 안내이며, 질문에는 답하지 않습니다."
        ),
        status="관심 종목: {watched}\n조용한 시간: {quiet}\n규칙 {rules}개, 오늘 알림 {told}/{maximum}건",
        none_watched="없음",
        quiet_none="없음",
        watched="{name}({code})을 관심 종목에 넣었습니다.",
        unwatched="{code}을 관심 종목에서 뺐습니다.",
        not_watched="{code}은 관심 종목에 없습니다.",
        no_such_stock="여섯 자리 종목 코드로 적어 주세요. 다루는 종목이 아니면 넣을 수 없습니다.",
        list_full="관심 목록에는 {most}개까지 넣을 수 있습니다.",
        quiet_set="{begins}부터 {to}까지는 알림을 모아 두었다가 끝난 뒤에 보냅니다.",
        quiet_off="조용한 시간을 껐습니다.",
        quiet_wrong="/quiet 22:00-07:00 처럼 적어 주세요.",
    ),
    "en": Replies(
        how_to_link="This chat is not linked yet. Log in to nunchi, ask for a link in the alert settings, and open it.",
        linked="Linked. This bot only sends alerts. /help",
        bad_link="This link can't be used. A link is good for one use within 10 minutes; please get a new one.",
        taken="This chat is in use already. Whoever linked it has to unlink it first.",
        stopped="Alerts are off. /start turns them on again.",
        resumed="Alerts are on again.",
        help=(
            "/status your settings\n/watch 005930 add a stock\n/unwatch 005930 take one off\n"
            "/quiet 22:00-07:00 quiet hours (/quiet off ends them)\n/stop no more alerts\n"
            "Alerts are facts and statistics; questions are not answered."
        ),
        status="Watched: {watched}\nQuiet hours: {quiet}\n{rules} rules, {told} of {maximum} alerts today",
        none_watched="none",
        quiet_none="none",
        watched="{name} ({code}) is on your list.",
        unwatched="{code} is off your list.",
        not_watched="{code} is not on your list.",
        no_such_stock="Please give a six-character code of a stock that is followed.",
        list_full="A list takes {most} stocks at most.",
        quiet_set="From {begins} to {to} alerts are kept and sent afterwards.",
        quiet_off="Quiet hours are off.",
        quiet_wrong="Please write it like /quiet 22:00-07:00.",
    ),
}
