"""What the texts that a model writes may hold: a few plain sentences in Korean. Pure."""

import re
import unicodedata

TEXT_MAX = 600  # characters; 400 are asked for
KOREAN_LEAST = 0.3  # share of Hangul among the letters; names of firms and products are often Latin
LEAK_LENGTH = 24  # letters and figures in a row that a text has in common with the instructions

_ADDRESS = re.compile(
    r"https?:|www\.|\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|net|org|io|kr|me|ly|gg|xyz|info|biz|link|app|dev|ai|co)\b|t\.me/",
    re.IGNORECASE,
)
_CONTACT = re.compile(r"(?<![\w])@\w{2,}|\w@\w|\b01\d[- ]?\d{3,4}[- ]?\d{4}\b")
_MARKUP = re.compile(r"</?[a-z!]|\]\(|```|<<<|>>>|[{}]", re.IGNORECASE)
_NOT_WORDS = re.compile(r"[\W_]+")


def fault(text: str, instructions: str) -> str | None:
    """What is wrong with a text, in words of ours that quote none of it; None where nothing is.

    `instructions` is the text that must not come back.
    """
    seen = unicodedata.normalize("NFKC", "".join(c for c in text if unicodedata.category(c) != "Cf"))
    if not seen.strip():
        return "is empty"
    if len(text) > TEXT_MAX:
        return f"is longer than {TEXT_MAX} characters"
    for pattern, what in ((_ADDRESS, "an address"), (_CONTACT, "a contact"), (_MARKUP, "markup")):
        if pattern.search(seen):
            return f"holds {what}"
    if leaks(seen, instructions):
        return "repeats the instructions"
    return None if _is_korean(seen) else "is not in Korean"


def leaks(text: str, instructions: str) -> bool:
    """Whether a text shares a run of letters with the instructions; spaces, case and punctuation don't count."""
    said, kept = _letters(text), _letters(instructions)
    return any(said[at : at + LEAK_LENGTH] in kept for at in range(len(said) - LEAK_LENGTH + 1))


def _letters(text: str) -> str:
    return _NOT_WORDS.sub("", text).casefold()


def _is_korean(text: str) -> bool:
    letters = [character for character in text if character.isalpha()]
    hangul = sum("가" <= character <= "힣" for character in letters)
    return hangul > 0 and hangul >= KOREAN_LEAST * len(letters)
