"""KIS OpenAPI (Korea Investment & Securities): the token, and daily bars of stocks and indices."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from nunchi import secrets
from nunchi.adapters import redis
from nunchi.adapters.web import TIMEOUT_S, get_session
from nunchi.errors import UpstreamError
from nunchi.settings import get_settings, required

QUOTATIONS = "/uapi/domestic-stock/v1/quotations"
TOKEN_KEY = "kis:token"  # noqa: S105
TOKEN_TTL_S = 20 * 3600  # of the 24 hours that a token is good for
EXPIRED = "EGW00123"

Row = dict[str, Any]


def has_login() -> bool:
    """Whether an account is configured."""
    settings = get_settings()
    return bool(settings.kis_secret_arn or (settings.kis_app_key and settings.kis_app_secret))


def _login() -> tuple[str, str]:
    settings = get_settings()
    if settings.kis_secret_arn:
        login = secrets.get_json(settings.kis_secret_arn)
        return login["app_key"], login["app_secret"]
    return required("kis_app_key", settings.kis_app_key), required("kis_app_secret", settings.kis_app_secret)


def _token() -> str:
    return redis.recall(TOKEN_KEY) or _new_token()


def _new_token() -> str:
    key, secret = _login()
    body = {"grant_type": "client_credentials", "appkey": key, "appsecret": secret}
    answer = _json("POST", "/oauth2/tokenP", json=body)
    if "access_token" not in answer:
        raise UpstreamError("KIS", str(answer.get("error_code", "no access_token")), passing=True)
    token = str(answer["access_token"])
    redis.remember(TOKEN_KEY, token, ttl_s=TOKEN_TTL_S)
    return token


def _json(method: str, path: str, **request: Any) -> Row:
    import requests

    url = get_settings().kis_base_url + path
    try:
        answer = get_session().request(method, url, timeout=TIMEOUT_S, allow_redirects=False, **request)
        body = answer.json()  # errors come with any status; the body says what they are
    except (requests.RequestException, ValueError) as exc:
        raise UpstreamError("KIS", f"{path}: {type(exc).__name__}", passing=True) from exc
    if not isinstance(body, dict):
        raise UpstreamError("KIS", f"{path}: no JSON object", passing=True)
    return body


def _get(path: str, tr_id: str, query: dict[str, str]) -> Row:
    answer = _ask(path, tr_id, query, _token())
    if answer.get("msg_cd") == EXPIRED:
        answer = _ask(path, tr_id, query, _new_token())
    if answer.get("rt_cd") != "0":
        raise UpstreamError("KIS", f"{path}: {answer.get('msg_cd', 'no rt_cd')}", passing=True)
    return answer


def _ask(path: str, tr_id: str, query: dict[str, str], token: str) -> Row:
    key, secret = _login()
    headers = {
        "authorization": f"Bearer {token}",
        "appkey": key,
        "appsecret": secret,
        "tr_id": tr_id,
        "custtype": "P",
        "content-type": "application/json; charset=utf-8",
    }
    return _json("GET", f"{QUOTATIONS}/{path}", params=query, headers=headers)


def daily_bars(code: str, first: date, last: date) -> list[Row]:
    """A stock's bars as traded, newest first: session, prices in won, volume in shares.

    Source: TR FHKST03010100, at most 100 rows. Raises `UpstreamError`, which names a field that is missing.
    """
    query = {
        "FID_COND_MRKT_DIV_CODE": "J",
        "FID_INPUT_ISCD": code,
        "FID_INPUT_DATE_1": f"{first:%Y%m%d}",
        "FID_INPUT_DATE_2": f"{last:%Y%m%d}",
        "FID_PERIOD_DIV_CODE": "D",
        "FID_ORG_ADJ_PRC": "1",  # as traded: adjusted bars rewrite the past
    }
    answer = _get("inquire-daily-itemchartprice", "FHKST03010100", query)
    return _rows(answer, ("stck_oprc", "stck_clpr"), _stock_bar, first)


def index_bars(code: str, first: date, last: date) -> list[Row]:
    """An index's bars in points, newest first. Source: TR FHPUP02120000. Raises `UpstreamError`."""
    query = {
        "FID_COND_MRKT_DIV_CODE": "U",
        "FID_INPUT_ISCD": code,
        "FID_INPUT_DATE_1": f"{last:%Y%m%d}",
        "FID_PERIOD_DIV_CODE": "D",
    }
    answer = _get("inquire-index-daily-price", "FHPUP02120000", query)
    return _rows(answer, ("bstp_nmix_oprc", "bstp_nmix_prpr"), _index_bar, first)


def _positive(text: object) -> bool:
    if not isinstance(text, str):
        raise ValueError(f"price is {text!r}, not text")
    return text.strip("0. ") != ""


def _rows(answer: Row, price_fields: Sequence[str], read: Callable[[Row], Row], first: date) -> list[Row]:
    # a row whose prices are empty or 0 has not traded: not yet, or not in a halted session
    rows = answer.get("output2") or []
    try:
        filled = [row for row in rows if all(_positive(row[field]) for field in price_fields)]
        bars = [{"session": _day(row["stck_bsop_date"]), **read(row)} for row in filled]
    except (AttributeError, KeyError, TypeError, ValueError) as exc:
        raise UpstreamError("KIS", f"a bar's {exc}", passing=False) from exc
    return [bar for bar in bars if bar["session"] >= first]


def _stock_bar(row: Row) -> Row:
    return {
        "open_won": int(row["stck_oprc"]),
        "high_won": int(row["stck_hgpr"]),
        "low_won": int(row["stck_lwpr"]),
        "close_won": int(row["stck_clpr"]),
        "volume_shares": int(row["acml_vol"]),
    }


def _index_bar(row: Row) -> Row:
    return {
        "open": float(row["bstp_nmix_oprc"]),
        "high": float(row["bstp_nmix_hgpr"]),
        "low": float(row["bstp_nmix_lwpr"]),
        "close": float(row["bstp_nmix_prpr"]),
    }


def _day(text: str) -> date:
    return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007


def bars(code: str, first: date, last: date) -> list[Row]:
    """Daily bars of a stock (six digits) or an index (four digits), newest first."""
    return (index_bars if len(code) == 4 else daily_bars)(code, first, last)
