"""What the API says to people, in English and in Korean. Programs go by the codes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Language = Literal["en", "ko"]
ACCEPTED = re.compile(
    r"\s*(\*|[a-z]{1,8})(?:-[a-z0-9-]{1,32})?\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?", re.I
)
LONGEST_HEADER = 200


@dataclass(frozen=True)
class Message:
    """A text in both languages; `{}` places are filled with numbers of ours, never with input."""

    en: str
    ko: str

    def text(self, language: Language, values: Mapping[str, object]) -> str:
        return (self.ko if language == "ko" else self.en).format_map(values)


PROBLEMS: dict[str, Message] = {
    "bad_request": Message("The request can't be understood.", "요청을 이해할 수 없습니다."),
    "unauthenticated": Message("Log in first.", "먼저 로그인해 주세요."),
    "wrong_login": Message(
        "The e-mail or the password is wrong.", "이메일 또는 비밀번호가 올바르지 않습니다."
    ),
    "wrong_password": Message("The password is wrong.", "비밀번호가 올바르지 않습니다."),
    "session_ended": Message(
        "This login has ended. Log in again.", "로그인이 만료되었습니다. 다시 로그인해 주세요."
    ),
    "forbidden": Message("Your role does not allow this.", "이 작업을 할 권한이 없습니다."),
    "csrf": Message("The CSRF token is missing or wrong.", "CSRF 토큰이 없거나 올바르지 않습니다."),
    "foreign_origin": Message("Requests from this origin are refused.", "허용되지 않은 출처의 요청입니다."),
    "bad_invitation": Message("This invitation can't be used.", "사용할 수 없는 초대 코드입니다."),
    "not_found": Message("There is no such thing.", "찾을 수 없습니다."),
    "method_not_allowed": Message("This method is not allowed here.", "허용되지 않은 메서드입니다."),
    "taken": Message("This is taken already.", "이미 사용 중입니다."),
    "just_refreshed": Message(
        "This refresh token was replaced a moment ago. Use the new one.",
        "방금 갱신된 토큰입니다. 새 토큰을 사용해 주세요.",
    ),
    "last_admin": Message("The last admin stays.", "마지막 관리자는 변경할 수 없습니다."),
    "quota_spent": Message(
        "You have asked for as many forecasts today as you may.",
        "오늘 요청할 수 있는 예측을 모두 사용했습니다.",
    ),
    "not_read_yet": Message("This article is not read yet.", "아직 분석되지 않은 기사입니다."),
    "about_no_stock": Message(
        "This article is about no stock that is followed.", "추적하는 종목에 관한 기사가 아닙니다."
    ),
    "no_news": Message(
        "There is no news of this stock in the last three days.",
        "최근 사흘간 이 종목에 관한 뉴스가 없습니다.",
    ),
    "routine": Message(
        "This news is routine: models are not asked about it.", "일상적인 시황 기사여서 모델에 묻지 않습니다."
    ),
    "rated_before": Message(
        "You have rated this report: change it.", "이미 평가한 보고서입니다. 평가를 변경해 주세요."
    ),
    "prior_stays": Message(
        "Every score is held against prior's, so it stays on.",
        "모든 점수의 기준이므로 prior는 끌 수 없습니다.",
    ),
    "experiment_running": Message(
        "A primary experiment of these two arms is running.", "두 모델의 주요 실험이 이미 진행 중입니다."
    ),
    "not_redrivable": Message(
        "What lies here can't be sent back; the next run makes up for it.",
        "다시 보낼 수 없는 기록입니다. 다음 실행에서 처리됩니다.",
    ),
    "full": Message("There is no room for more.", "더 추가할 수 없습니다."),
    "conflict": Message("This contradicts what is there.", "현재 상태와 충돌합니다."),
    "too_large": Message("The request is too large.", "요청이 너무 큽니다."),
    "unsupported": Message("This media type is not supported.", "지원하지 않는 형식입니다."),
    "invalid": Message("Some of the input is not valid.", "입력값이 올바르지 않습니다."),
    "too_many_attempts": Message(
        "Too many attempts. Try again later.", "시도가 너무 많습니다. 나중에 다시 해 주세요."
    ),
    "unavailable": Message("This is not available at the moment.", "지금은 사용할 수 없습니다."),
    "internal": Message("Something went wrong on our side.", "서버에서 오류가 발생했습니다."),
}

NO_SUCH = Message("There is no {kind} {key}.", "{kind} {key}: 찾을 수 없습니다.")
KINDS = {
    "stock": "종목",
    "user": "사용자",
    "invitation": "초대",
    "forecast": "예측",
    "article": "기사",
    "story": "기사 묶음",
    "quote": "시세",
    "order book": "호가",
    "arm": "모델",
    "budget": "예산",
    "report": "보고서",
    "request": "요청",
    "rating": "평가",
    "experiment": "실험",
    "running experiment": "진행 중인 실험",
    "watchlist": "관심 목록",
    "queue": "대기열",
    "message": "메시지",
    "crawler": "수집기",
    "alert rule": "알림 규칙",
}

FIELDS: dict[str, Message] = {
    "missing": Message("is required", "필수 항목입니다"),
    "extra_forbidden": Message("is not known here", "알 수 없는 항목입니다"),
    "string_too_short": Message("needs at least {min_length} characters", "{min_length}자 이상이어야 합니다"),
    "string_too_long": Message("may have at most {max_length} characters", "{max_length}자 이하여야 합니다"),
    "string_pattern_mismatch": Message("has a wrong form", "형식이 올바르지 않습니다"),
    "greater_than_equal": Message("must be at least {ge}", "{ge} 이상이어야 합니다"),
    "less_than_equal": Message("must be at most {le}", "{le} 이하여야 합니다"),
    "json_invalid": Message("is not JSON", "JSON 형식이 아닙니다"),
    "literal_error": Message("is none of the allowed values", "허용된 값이 아닙니다"),
    "enum": Message("is none of the allowed values", "허용된 값이 아닙니다"),
    "email_invalid": Message("is no e-mail address of ASCII letters", "영문 이메일 주소 형식이 아닙니다"),
    "nickname_invalid": Message(
        "needs 2 to 20 of: Hangul syllables, letters, digits, hyphen, underscore",
        "한글, 영문, 숫자, -, _ 로 2~20자여야 합니다",
    ),
    "password_short": Message("needs at least 8 characters", "8자 이상이어야 합니다"),
    "password_long": Message("may have at most 128 characters", "128자 이하여야 합니다"),
    "password_guessable": Message("is too easy to guess", "너무 추측하기 쉽습니다"),
    "which_stock": Message(
        "must name one of the stocks that the article is about", "기사가 다루는 종목 가운데 하나여야 합니다"
    ),
    "two_arms": Message("must be another arm", "다른 모델이어야 합니다"),
    "prompt_unknown": Message("is no version of a prompt", "프롬프트 버전이 아닙니다"),
    "list_name": Message("needs 1 to 40 visible characters", "보이는 글자로 1~40자여야 합니다"),
    "most_lists": Message("a user has {most} lists at most", "목록은 {most}개까지 만들 수 있습니다"),
    "most_stocks": Message("a list has {most} stocks at most", "목록 하나에 종목은 {most}개까지입니다"),
    "cursor": Message("is no cursor of this list", "이 목록의 커서가 아닙니다"),
    "line_wrong": Message("is wrong or missing", "잘못되었거나 빠져 있습니다"),
    "line_twice": Message("is there twice", "두 번 나옵니다"),
    "line_taken": Message("is another stock's", "다른 종목의 값입니다"),
    "no_session": Message("is no day on which the exchange trades", "거래일이 아닙니다"),
    "order": Message("is after the end", "끝보다 늦습니다"),
    "span": Message("reaches back more than {days} days", "{days}일보다 깁니다"),
    "words": Message("needs a word of two letters or more", "두 글자 이상의 단어가 필요합니다"),
    "other": Message("is not valid", "올바르지 않습니다"),
}


def language_of(accept: str) -> Language:
    """The language of an answer by `Accept-Language` (RFC 9110, 12.5.4): Korean if preferred, else English."""
    ranges = [found for part in accept[:LONGEST_HEADER].split(",") if (found := ACCEPTED.fullmatch(part))]
    weights = {one[1].lower(): float(one[2] or 1) for one in reversed(ranges)}
    korean, english = (weights.get(name, weights.get("*", 0)) for name in ("ko", "en"))
    return "ko" if korean > english or (korean == english > 0 and _is_first("ko", ranges)) else "en"


def _is_first(name: str, ranges: list[re.Match[str]]) -> bool:
    return next((one[1].lower() == name for one in ranges if one[1].lower() in {"ko", "en"}), False)
