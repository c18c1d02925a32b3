"""The numbers that a Korean text quotes, however it writes them. Pure."""

import re

_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3})")
_NUMERAL = re.compile(r"(\d+(?:\.\d+)?(?:[조억만천백]\d*)*)([년월일시분]?)")
_PART = re.compile(r"(\d+(?:\.\d+)?)?([조억만천백]?)")
_WITHIN = {"백": 100.0, "천": 1000.0}  # multiply what is before them within a group of four digits
_GROUPS = {"만": 1e4, "억": 1e8, "조": 1e12}
PRECISION = 10  # significant digits; no text quotes more


def quoted(text: str) -> frozenset[str]:
    """The numbers in a text of form NFKC, each once: `4천200억`, `4,200억` and `420000000000` are the same number.

    What says when keeps its unit, as `18일`.
    """
    return frozenset(_written(numeral) + when for numeral, when in _NUMERAL.findall(_THOUSANDS.sub("", text)))


def weight(number: str) -> int:
    """How telling it is that two texts quote a number: its significant digits, 1 for `3` and 6 for `51940.2`.

    What says when weighs 1: on one day, all the texts name it.
    """
    if not number[-1].isdigit():
        return 1
    digits = number.split("e")[0].replace(".", "").strip("0")
    return max(1, len(digits))


def _written(numeral: str) -> str:
    return f"{_value(numeral):.{PRECISION}g}"


def _value(numeral: str) -> float:
    total = group = 0.0
    for digits, unit in _PART.findall(numeral):
        number = float(digits or 0)
        if unit in _WITHIN:
            group += (number or 1) * _WITHIN[unit]
        elif unit in _GROUPS:
            total += ((group + number) or 1) * _GROUPS[unit]
            group = 0.0
        else:
            group += number
    return total + group
