"""Looking for a stock by what somebody types: its name, its code, or initial consonants (초성) of its name. Pure."""

import unicodedata

FIRST_SYLLABLE = 0xAC00  # 가; the syllables follow by initial, vowel and final
OF_ONE_INITIAL = 588  # 21 vowels with 28 finals, no final being one
INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
# what a Korean keyboard makes of two initials typed in a row
CLUSTERS = {
    "ㄳ": "ㄱㅅ",
    "ㄵ": "ㄴㅈ",
    "ㄶ": "ㄴㅎ",
    "ㄺ": "ㄹㄱ",
    "ㄻ": "ㄹㅁ",
    "ㄼ": "ㄹㅂ",
    "ㄽ": "ㄹㅅ",
    "ㄾ": "ㄹㅌ",
    "ㄿ": "ㄹㅍ",
    "ㅀ": "ㄹㅎ",
    "ㅄ": "ㅂㅅ",
}
FINALS = "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
FIRST_INITIAL, FIRST_FINAL = 0x1100, 0x11A8  # of the jamo that compose to syllables
HALFWIDTH = 0xFFA1  # ㄱ; the consonants follow as from U+3131 on
COMPATIBLE = 0x3131
CONSONANTS = 30  # from ㄱ to ㅎ, clusters among them

# every way in which Unicode writes a consonant by itself → the letter of U+3131 to U+314E
_LETTERS = {
    **{FIRST_INITIAL + place: letter for place, letter in enumerate(INITIALS)},
    **{FIRST_FINAL + place: letter for place, letter in enumerate(FINALS)},
    **{HALFWIDTH + place: chr(COMPATIBLE + place) for place in range(CONSONANTS)},
}


def pattern(typed: str) -> str:
    """A regular expression, as PostgreSQL reads it, that finds what is typed in a name without spaces; "" for nothing.

    An initial consonant stands for every syllable that begins with it; all else stands for itself, whatever its
    composition (NFC, NFD) or width. Compare regardless of case. There is no quantifier in it, whatever was typed.
    """
    return "".join(_matching(letter) for letter in folded(typed))


def folded(typed: str) -> str:
    """What is typed without spaces, syllables composed, and consonants by themselves as those of U+3131 to U+314E."""
    composed = unicodedata.normalize("NFC", typed).translate(_LETTERS)
    return "".join(_folded(letter) for letter in composed)


def _folded(letter: str) -> str:
    # each by itself: taken together they would compose a consonant with the syllable before it
    if COMPATIBLE <= ord(letter) < COMPATIBLE + CONSONANTS:
        return CLUSTERS.get(letter, letter)
    return "".join(unicodedata.normalize("NFKC", letter).split())


def _matching(letter: str) -> str:
    if letter in INITIALS:
        first = FIRST_SYLLABLE + OF_ONE_INITIAL * INITIALS.index(letter)
        return f"[{chr(first)}-{chr(first + OF_ONE_INITIAL - 1)}]"
    return letter if letter.isalnum() or not letter.isascii() else f"\\{letter}"
