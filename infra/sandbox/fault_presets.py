"""Errors of the outside world by name: status, headers and body, in the services' own shapes. JSON unless a text."""

from typing import Any

from infra.sandbox import dart, model_faults


def _naver(code: str, message: str) -> dict[str, str]:
    return {"errorMessage": message, "errorCode": code}


def _dart(status: str) -> dict[str, str]:
    return {"status": status, "message": dart.MESSAGES[status]}


_XML = {"content-type": "application/xml;charset=UTF-8"}


def _kis(code: str, message: str) -> dict[str, str]:
    return {"rt_cd": "1", "msg_cd": code, "msg1": message}


# name → status, headers, body
PRESETS: dict[str, tuple[int, dict[str, str], dict[str, Any] | str]] = {
    **model_faults.PRESETS,
    "kis_rate_limit": (500, {}, _kis("EGW00201", "초당 거래건수를 초과하였습니다.")),
    "kis_rate_limit_in_200": (200, {}, _kis("EGW00201", "초당 거래건수를 초과하였습니다.")),
    "kis_token_expired": (500, {}, _kis("EGW00123", "기간이 만료된 token 입니다.")),
    "kis_token_expired_in_200": (200, {}, _kis("EGW00123", "기간이 만료된 token 입니다.")),
    "kis_token_too_often": (
        403,
        {},
        {
            "error_description": "접근토큰 발급 잠시 후 다시 시도하세요(1분당 1회)",
            "error_code": "EGW00133",
        },
    ),
    "naver_daily_quota": (429, {}, _naver("010", "Query limit exceeded.")),
    "naver_rate_limit": (429, {}, _naver("012", "Rate limit exceeded. (속도 제한을 초과했습니다.)")),
    "dart_limit": (200, {}, _dart("020")),
    "dart_maintenance": (200, {}, _dart("800")),
    "dart_limit_xml": (200, _XML, dart.xml_failure("020")),
    "dart_maintenance_xml": (200, _XML, dart.xml_failure("800")),
    "reddit_rate_limit": (
        429,
        {"x-ratelimit-remaining": "0.0", "x-ratelimit-used": "1000", "x-ratelimit-reset": "1"},
        {"message": "Too Many Requests", "error": 429},
    ),
    "reddit_bad_request_html": (
        400,
        {"content-type": "text/html"},
        "<html><body><h1>400 Bad request</h1>\nYour browser sent an invalid request.\n</body></html>\n",
    ),
    "robots_forbid": (200, {"content-type": "text/plain"}, "User-agent: *\nDisallow: /\n"),
}
