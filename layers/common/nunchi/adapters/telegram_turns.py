"""How fast the bot may send, over all functions: Telegram's limits for the bot, for a chat and for a group.

https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
"""

from collections.abc import Iterator
from contextlib import contextmanager

from nunchi.adapters import redis
from nunchi.adapters.kis.pace import Pace
from nunchi.adapters.polite import MANNERS, Manners
from nunchi.errors import UpstreamError
from nunchi.settings import get_settings

PATIENCE_S = 5.0  # for which a message waits here, for its turn or a pause; longer, it waits in the outbox
# a chat's turns are further apart than its limit asks: a message may wait for the bot's turn after its chat's
SPARE = 1.2
GROUP_SHARE = 20 / 60  # messages a second in a group or a channel, against one in a private chat
_PAUSE, _BOT, _CHAT = "telegram:pause", "telegram:bot", "telegram:chat"


class MustWait(UpstreamError):
    """A turn is further away than a message waits for it; nothing was sent."""

    def __init__(self, wait_s: float) -> None:
        super().__init__("Telegram", "no turn yet", passing=True, kind="turn", retry_after_s=wait_s)
        self.wait_s = wait_s


@contextmanager
def turn(chat: str, *, manners: Manners = MANNERS) -> Iterator[None]:
    """Waits for a turn in which one message may be sent to a chat. Raises `MustWait` where it is far away.

    First a pause and the chat's turn are waited for, so that nobody holds a turn of the bot's and waits; then one of as
    many places as messages may reach Telegram in a second (see `kis.pace`).
    """
    _wait(redis.left_of(_PAUSE), manners)
    wait_s = redis.reserve(f"{_CHAT}:{chat}", rate_per_s=_chat_rate(chat) / SPARE, within_s=PATIENCE_S)
    _wait(wait_s, manners)
    with Pace(_BOT, get_settings().telegram_rate_per_s, manners).turn():
        if left_s := redis.left_of(_PAUSE):  # another was told to wait meanwhile, and this place is needed
            raise MustWait(left_s)
        yield


def _wait(seconds: float, manners: Manners) -> None:
    if seconds > PATIENCE_S:
        raise MustWait(seconds)
    manners.sleep(seconds)


def _chat_rate(chat: str) -> float:
    """Private chats have positive numbers."""
    rate = get_settings().telegram_chat_rate_per_s
    return rate if chat.isdecimal() else rate * GROUP_SHARE


def pause(seconds: float) -> None:
    """Keeps all functions from sending for so long, or longer where they must already: whose limit was hit, the answer
    does not say."""
    redis.hold(_PAUSE, for_s=seconds)
