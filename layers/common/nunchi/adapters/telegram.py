"""Telegram's Bot API: messages out, and where updates come in. https://core.telegram.org/bots/api

Each failure says what is to be done about it, by its kind; see `TelegramError`.
"""

import hmac
from collections.abc import Mapping
from typing import Any, Literal

from nunchi import secrets
from nunchi.adapters import web
from nunchi.errors import UpstreamError
from nunchi.settings import Missing, get_settings, required

Kind = Literal["flood", "gone", "migrated", "ours", "key", "server", "unsent", "uncertain"]

DEADLINE_S = 15.0  # for the whole answer
PASSING = frozenset({"flood", "server", "unsent"})
WRONGLY_SET = frozenset({401, 404, 409})  # of a wrong token or address
# what a description of a 400 or 403 begins with, in lower case and without its "bad request: "
GONE = (
    "chat not found",
    "user not found",
    "member not found",
    "peer_id_invalid",
    "chat_id_invalid",
    "group is deactivated",
    "have no rights to send",
    "not enough rights to send",
    "need administrator rights in the channel chat",
    "chat_write_forbidden",
    "user is deactivated",
)


class TelegramError(UpstreamError):
    """A message that Telegram did not take, or may not have taken. `kind` says what is to be done:

    - `flood`: nothing was sent; wait `retry_after_s`.
    - `gone`: the chat can't be written to, now and later.
    - `migrated`: nothing was sent; the chat is `migrated_to` now.
    - `ours`: nothing was sent, because of what we wrote.
    - `key`: nothing was sent, because of how we are configured.
    - `server`, `unsent`: nothing was sent; later it may be.
    - `uncertain`: the call was begun and had no answer, so that it may have been sent.
    """

    def __init__(
        self, kind: Kind, reason: str, *, retry_after_s: float | None = None, migrated_to: str = ""
    ) -> None:
        super().__init__("Telegram", reason, passing=kind in PASSING, kind=kind, retry_after_s=retry_after_s)
        self.migrated_to = migrated_to


def webhook_secret() -> str:
    """What Telegram sends with each update. Raises `Missing`."""
    settings = get_settings()
    if settings.telegram_secret_arn:
        return secrets.get_json(settings.telegram_secret_arn)["webhook_secret"]
    return required("telegram_webhook_secret", settings.telegram_webhook_secret)


def is_genuine(given: str) -> bool:
    """Whether an update carries our secret; compared in constant time. Without a secret nothing is."""
    try:
        secret = webhook_secret()
    except (Missing, KeyError):
        return False
    return bool(secret) and hmac.compare_digest(given.encode(), secret.encode())


def _token() -> str:
    settings = get_settings()
    if settings.telegram_secret_arn:
        return secrets.get_json(settings.telegram_secret_arn)["bot_token"]
    return required("telegram_bot_token", settings.telegram_bot_token)


def ready() -> None:
    """Makes sure that there is a token. Raises `TelegramError` where none is configured."""
    try:
        _token()
    except (Missing, KeyError) as exc:
        raise TelegramError("key", type(exc).__name__) from None


def send_message(chat: str, html: str) -> int:
    """Sends a text in Telegram's HTML; gives the message's id. Raises `TelegramError`. Who sends has taken a turn."""
    body = {
        "chat_id": _chat_id(chat),
        "text": html,
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
    }
    return int(_call("sendMessage", body)["message_id"])


def set_webhook(url: str) -> None:
    """Has updates of messages and of our membership sent to `url`. Raises `TelegramError`."""
    kinds = ["message", "my_chat_member"]
    _call("setWebhook", {"url": url, "secret_token": webhook_secret(), "allowed_updates": kinds})


def _chat_id(chat: str) -> int | str:
    return int(chat) if chat.lstrip("-").isdecimal() else chat


def _call(method: str, body: Mapping[str, Any]) -> Any:
    import requests
    import urllib3

    from nunchi.adapters.connections import deadline

    url = f"{get_settings().telegram_base_url}/bot{_token()}/{method}"
    try:
        with deadline(DEADLINE_S):
            answer = web.get_session().post(url, json=body, timeout=web.TIMEOUT_S, allow_redirects=False)
        said = _said(answer.status_code, answer.content)
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as exc:
        failed = TelegramError("unsent" if _was_not_sent(exc) else "uncertain", type(exc).__name__)
    else:
        if answer.status_code == 200 and said.get("ok") is True and "result" in said:
            return said["result"]
        failed = failure(answer.status_code, said)
    raise failed  # here, so that it holds no exception that quotes the address, which has our token in it


def _said(status: int, body: bytes) -> Mapping[str, Any]:
    import json

    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        said = None
    if isinstance(said, Mapping):
        return said
    if status == 200:  # an answer of which nothing can be read
        raise TelegramError("uncertain", "no JSON object")
    return {}


def _was_not_sent(exc: Exception) -> bool:
    """Whether no connection came about that we trust, so that no byte of the request was sent."""
    import ssl

    import requests
    import urllib3

    if isinstance(exc, requests.exceptions.ConnectTimeout):
        return True
    told = exc.args[0] if exc.args else None
    cause = getattr(told, "reason", told)
    if isinstance(cause, urllib3.exceptions.SSLError):
        # whom we don't trust was told nothing; any other may come while the answer is read
        return bool(cause.args) and isinstance(cause.args[0], ssl.SSLCertVerificationError)
    return isinstance(cause, urllib3.exceptions.NewConnectionError | urllib3.exceptions.NameResolutionError)


def failure(status: int, said: Mapping[str, Any]) -> TelegramError:
    """What an error answer means. `said` is its body: `error_code`, `description`, `parameters`.

    An answer is taken at its word: what it calls an error was not sent. Only 504 leaves that open.
    """
    told, parameters = str(said.get("description", "")), said.get("parameters")
    given: Mapping[str, Any] = parameters if isinstance(parameters, Mapping) else {}
    code = said.get("error_code")
    status = code if isinstance(code, int) else status
    reason = f"{status} {told}"[:100]
    if status == 429:
        return TelegramError("flood", reason, retry_after_s=_seconds(given.get("retry_after")))
    if "migrate_to_chat_id" in given:
        return TelegramError("migrated", reason, migrated_to=str(given["migrate_to_chat_id"]))
    return TelegramError(
        _kind(status, told.lower().removeprefix("[error]: ").removeprefix("bad request: ")), reason
    )


def _seconds(value: object) -> float:
    return float(value) if isinstance(value, int | float) and value > 0 else 1.0


def _kind(status: int, told: str) -> Kind:
    if status == 403 or (status == 400 and told.startswith(GONE)):
        return "gone"
    if status < 400 or status in WRONGLY_SET:  # a redirect is followed by nobody
        return "key"
    if status == 504:
        return "uncertain"
    return "server" if status >= 500 else "ours"
