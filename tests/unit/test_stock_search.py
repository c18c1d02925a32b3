"""What somebody types to find a stock, in whatever encoding it comes."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nunchi.stocks.rules import CLUSTERS, FINALS, INITIALS, folded, pattern

HALFWIDTH_ORDER = "ㄱㄲㄳㄴㄵㄶㄷㄸㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅃㅄㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
SYLLABLES = st.integers(0xAC00, 0xD7A3).map(chr)


def finds(typed: str, name: str) -> bool:
    return re.search(pattern(typed), name, re.IGNORECASE) is not None


def initial(syllable: str) -> str:
    return INITIALS[(ord(syllable) - 0xAC00) // 588]


@pytest.mark.parametrize(
    "typed", ["ㄷㅇㅅㅈㅈ", "다온솔", "ㄷ온ㅅ", "솔ㅈㅈ", "다온 솔전자", " ㅈㅈ ", "다ㅇ"]
)
def test_a_name_is_found_by_syllables_and_initials_mixed(typed: str) -> None:
    assert finds(typed, "다온솔전자")


@pytest.mark.parametrize("typed", ["ㅅㅇㄷ", "다솔", "ㄸㅇㅅ", "ㄷㅇㅅㅈㅈㅈ", "온다"])
def test_another_order_or_another_consonant_does_not_find_it(typed: str) -> None:
    assert not finds(typed, "다온솔전자")


@given(st.text(SYLLABLES, min_size=1, max_size=8))
def test_every_name_is_found_by_its_initials_in_every_encoding(name: str) -> None:
    typed = "".join(map(initial, name))
    halfwidth = "".join(chr(0xFFA1 + HALFWIDTH_ORDER.index(one)) for one in typed)
    conjoining = "".join(chr(0x1100 + INITIALS.index(one)) for one in typed)
    for written in (typed, halfwidth, conjoining):
        assert re.fullmatch(pattern(written), name)


@given(st.text(SYLLABLES, min_size=1, max_size=8))
def test_a_decomposed_name_finds_its_composed_self_and_no_other(name: str) -> None:
    assert pattern(unicodedata.normalize("NFD", name)) == name


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_two_initials_that_a_keyboard_has_joined_are_two(cluster: str) -> None:
    final = chr(0x11A8 + FINALS.index(cluster))
    assert folded(cluster) == folded(final) == CLUSTERS[cluster]


def test_a_consonant_after_an_open_syllable_stays_by_itself() -> None:
    assert finds("다ㅇ", "다온")
    assert finds("다" + chr(0xFFB7), "다온")
    assert folded("나ㄳ") == "나ㄱㅅ"


def test_wide_letters_and_other_cases_are_the_same() -> None:
    assert finds("ｎｃ화학", "NC화학")
    assert finds("nc", "NC화학")
    assert finds("９９００", "990010")


@given(st.text(max_size=30))
def test_whatever_is_typed_is_taken_by_the_letter(typed: str) -> None:
    found = pattern(typed)
    bare = re.sub(r"\\.|\[[가-힣]-[가-힣]\]", "", found)
    assert not set(bare) & set("\\^$.|?*+()[]{}")


@pytest.mark.parametrize("typed", ["", " ", "\u3000\u00a0"])
def test_nothing_typed_is_no_pattern(typed: str) -> None:
    assert pattern(typed) == ""
