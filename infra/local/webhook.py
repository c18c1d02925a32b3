"""`nunchi telegram-webhook`: tells Telegram where the bot's updates go."""

from infra.local.errors import LocalError
from nunchi.adapters import telegram
from nunchi.adapters.telegram import TelegramError
from nunchi.settings import Missing


def set_up(url: str) -> None:
    """Sets the webhook with our secret. Raises LocalError, which says what Telegram or the environment lacks."""
    if not url.startswith("https://"):
        raise LocalError(f"{url} is no https address; Telegram sends to no other")
    try:
        telegram.ready()
        telegram.set_webhook(url)
    except (TelegramError, Missing) as exc:
        raise LocalError(f"the webhook was not set: {exc}") from exc
