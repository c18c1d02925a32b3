"""What a watchlist may be called, and how many there may be. Pure."""

import unicodedata
from typing import Literal

from nunchi.errors import NunchiError

MOST_LISTS = 20  # of a user
MOST_STOCKS = 200  # on a list
LONGEST_NAME = 40  # characters
DEFAULT_NAME = "관심 종목"  # of a list that nobody named


class BadName(NunchiError):
    """A name that no list can have."""


class NameTaken(NunchiError):
    """The user has another list of that name."""


class Full(NunchiError):
    """There are as many as there may be: of a user's `lists`, or of a list's `stocks`."""

    def __init__(self, what: Literal["lists", "stocks"], most: int) -> None:
        super().__init__(f"{most} {what} at most")
        self.what, self.most = what, most


def list_name(text: str) -> str:
    """A list's name as it is stored: in NFC, its spaces single. Raises `BadName`.

    It has 1 to `LONGEST_NAME` characters, all of which are seen: no controls, marks of direction or lone surrogates.
    """
    name = " ".join(unicodedata.normalize("NFC", text).split())
    hidden = any(unicodedata.category(one).startswith("C") for one in name)
    if not name or len(name) > LONGEST_NAME or hidden:
        raise BadName(f"a name of {len(name)} characters")
    return name
