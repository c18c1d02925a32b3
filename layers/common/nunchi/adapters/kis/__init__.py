"""KIS OpenAPI (Korea Investment & Securities): the configured account's client, and daily bars as rows."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

from nunchi import secrets
from nunchi.adapters.kis.client import KisClient
from nunchi.adapters.kis.errors import Failed, NotOnPaper, UnexpectedBody
from nunchi.settings import get_settings, required

__all__ = ["Failed", "KisClient", "NotOnPaper", "UnexpectedBody", "bars", "get_client", "has_login"]

INDEX_DIGITS = 4


def has_login() -> bool:
    """Whether an account is configured."""
    settings = get_settings()
    return bool(settings.kis_secret_arn or (settings.kis_app_key and settings.kis_app_secret))


def get_client() -> KisClient:
    """The client of the account that is configured now, built once for each. Raises `Missing` where none is."""
    settings = get_settings()
    return client_of(settings.kis_base_url, *_login(), settings.kis_rate_per_s)


@cache
def client_of(base_url: str, app_key: str, app_secret: str, rate_per_s: float | None) -> KisClient:
    """The client of an account, built once."""
    return KisClient(base_url, app_key, app_secret, rate_per_s=rate_per_s)


def _login() -> tuple[str, str]:
    settings = get_settings()
    if settings.kis_secret_arn:
        login = secrets.get_json(settings.kis_secret_arn)
        return login["app_key"], login["app_secret"]
    return required("kis_app_key", settings.kis_app_key), required("kis_app_secret", settings.kis_app_secret)


def bars(code: str, first: date, last: date) -> list[Mapping[str, Any]]:
    """Daily bars of a stock (six digits) or an index (four), newest first; sessions without a price are left out.

    A stock's in whole won as traded and shares, an index's in points. Raises `UpstreamError`.
    """
    return (_index_rows if len(code) == INDEX_DIGITS else _stock_rows)(code, first, last)


def _stock_rows(code: str, first: date, last: date) -> list[Mapping[str, Any]]:
    return [
        {
            "session": bar.session,
            "open_won": bar.open_won,
            "high_won": bar.high_won,
            "low_won": bar.low_won,
            "close_won": bar.close_won,
            "volume_shares": bar.volume_shares,
        }
        for bar in get_client().daily_bars(code, first, last)
        if bar.open_won > 0 and bar.close_won > 0 and bar.session >= first
    ]


def _index_rows(code: str, first: date, last: date) -> list[Mapping[str, Any]]:
    return [
        {
            "session": bar.session,
            "open": bar.open_points,
            "high": bar.high_points,
            "low": bar.low_points,
            "close": bar.close_points,
        }
        for bar in get_client().index_days(code, last)
        if bar.session >= first
    ]
