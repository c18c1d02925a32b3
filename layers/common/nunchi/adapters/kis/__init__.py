"""KIS OpenAPI (Korea Investment & Securities): the configured account's client."""

from functools import cache

from nunchi import secrets
from nunchi.adapters.kis.client import KisClient
from nunchi.adapters.kis.errors import Failed, NotOnPaper, UnexpectedBody
from nunchi.settings import get_settings, required

__all__ = ["Failed", "KisClient", "NotOnPaper", "UnexpectedBody", "get_client", "has_login"]


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
