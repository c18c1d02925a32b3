"""The names of a market's listed companies, as they are looked up in a text."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from nunchi.match.groups import APART, GROUPS, HOLDINGS, OTHERS, SUBSIDIARIES
from nunchi.match.names import MEANT, NAMES, PRICED, SHARED
from nunchi.match.words import COMMON


@dataclass(frozen=True)
class Company:
    """A listed company: six-character code, the name it is listed under (short or registered), and further names."""

    code: str
    name: str
    market: str
    aliases: tuple[str, ...] = ()


class Kind(Enum):
    """What a form says about the companies that it points to."""

    NAME = "name"  # the company
    COMMON = "common"  # the company, or the ordinary word
    HOLDING = "holding"  # the listed holding company, or its group
    GROUP = "group"  # a group without a listed company of that name
    SUBSIDIARY = "subsidiary"  # an unlisted subsidiary
    PRICED = "priced"  # the company, after a share price: `20만전자`


@dataclass(frozen=True, slots=True)
class Form:
    """One way in which companies are written: `text` is matched in any case unless `exact`."""

    text: str
    codes: tuple[str, ...]
    kind: Kind
    exact: bool = False


@dataclass(frozen=True)
class Listing:
    """Every form, by its lower-case text, and the lengths (longest first) of the forms that begin with two letters."""

    forms: dict[str, Form]
    lengths: dict[str, tuple[int, ...]]
    codes: frozenset[str]

    @classmethod
    def build(cls, companies: Iterable[Company]) -> "Listing":
        """All names of `companies`, whose order doesn't matter, and the project's own names of those among them.

        A name that two companies claim belongs to the one listed under it, then to one whose market is known, then
        to the higher code: registered names outlive a listing, and codes grow.
        """
        listed = sorted(companies, key=_claim, reverse=True)
        codes = frozenset(company.code for company in listed)
        forms: dict[str, Form] = {}
        for form in _all_forms(listed, codes):
            forms.setdefault(form.text.lower(), form)
        return cls(forms, _lengths(forms), codes)

    def form(self, text: str) -> Form | None:
        """The form written exactly so, if there is one."""
        found = self.forms.get(text.lower())
        return None if found is None or (found.exact and found.text != text) else found


def _claim(company: Company) -> tuple[bool, str, str, str, tuple[str, ...]]:
    return bool(company.market), company.code, company.market, company.name, company.aliases


def _lengths(forms: Iterable[str]) -> dict[str, tuple[int, ...]]:
    found: dict[str, set[int]] = {}
    for text in forms:
        found.setdefault(text[:2], set()).add(len(text))
    return {start: tuple(sorted(lengths, reverse=True)) for start, lengths in found.items()}


def _all_forms(listed: list[Company], codes: frozenset[str]) -> Iterator[Form]:
    """In the order of precedence."""
    named = [(name, company.code) for company in listed for name in _official(company)]
    known = [(name, code) for code in sorted(codes & NAMES.keys()) for name in NAMES[code]]
    traded = {name for company in listed if company.market for name in _official(company)}
    yield from (Form(name, (code,), Kind.NAME) for name, code in _pointers(MEANT, codes))
    # registered names outlive a listing: 신한카드 was a listed company once
    yield from (
        Form(n, (c,), Kind.SUBSIDIARY, _exact(n))
        for n, c in _pointers(SUBSIDIARIES, codes)
        if n not in traded
    )
    yield from (_form(name, code) for name, code in named)
    yield from (_form(name, code) for name, code in known)
    yield from (Form(name, (), Kind.SUBSIDIARY) for name in sorted(OTHERS))
    for name, shared in SHARED.items():
        yield from [
            Form(name, found, Kind.NAME) for found in [tuple(c for c in shared if c in codes)] if found
        ]
    for name, code in [*named, *known]:
        yield from (_form(variant, code) for variant in variants(name))
    for name, code in _pointers(SUBSIDIARIES, codes):
        yield from (Form(variant, (code,), Kind.SUBSIDIARY, _exact(variant)) for variant in variants(name))
    yield from (Form(name, (code,), Kind.GROUP, _exact(name)) for name, code in _pointers(GROUPS, codes))
    for tail, code in _pointers(PRICED, codes):
        yield from (Form(f"만{gap}{tail}", (code,), Kind.PRICED) for gap in ("", " "))


def _pointers(table: dict[str, str], codes: frozenset[str]) -> Iterator[tuple[str, str]]:
    return ((name, code) for name, code in table.items() if code in codes)


def _official(company: Company) -> Iterator[str]:
    for name in (company.name, *company.aliases):
        stripped = _LEGAL_FORM.sub("", name).strip()
        if len(stripped) > 1:
            yield stripped


_LEGAL_FORM = re.compile(r"\(주\)|㈜|주식회사|\(Reg\.S\)")


def _form(name: str, code: str) -> Form:
    kind = Kind.HOLDING if name in HOLDINGS else Kind.COMMON if name in COMMON else Kind.NAME
    return Form(name, (code,), kind, _exact(name))


def _exact(name: str) -> bool:
    """Short names of Latin letters are matched as they are written: `new` is not NEW."""
    return name.isascii() and len(name) < 5


_SPELT = dict(
    zip(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "에이 비 씨 디 이 에프 지 에이치 아이 제이 케이 엘 엠 엔 오 피 큐 알 에스 티 유 브이 더블유 엑스 와이 지".split(),
        strict=True,
    )
)
_SPELT_GROUPS = {
    "에스케이": "SK", "엘지": "LG", "지에스": "GS", "케이티": "KT", "씨제이": "CJ", "엘에스": "LS", "디비": "DB",
    "케이비": "KB", "에이치디": "HD", "제이더블유": "JW", "엘엑스": "LX", "에이치엘비": "HLB", "엔에이치엔": "NHN",
    "케이지": "KG", "에이치엘": "HL", "비엔케이": "BNK", "케이씨씨": "KCC", "오씨아이": "OCI", "디엘": "DL", "에스엔티": "SNT",
    "비지에프": "BGF", "에스지씨": "SGC", "에이치디씨": "HDC", "제이비": "JB", "아이엠": "iM", "엘아이지": "LIG", "엔에이치": "NH",
}  # fmt: skip
# how headlines shorten the end of a name by one Chinese character
_CHINESE = {
    "증권": "證", "은행": "銀", "중공업": "重", "건설": "建", "백화점": "百", "생명": "生", "화재": "火", "제약": "藥", "제철": "鐵", "전자": "電",
}  # fmt: skip
_LATIN = re.compile(r"([A-Z]{1,4})(?![A-Za-z])")


def variants(name: str) -> Iterator[str]:
    """Other ways to write a name: apart or together, with letters spelt in Korean, with a Chinese ending."""
    if " " in name:
        yield name.replace(" ", "")
    for prefix in APART:
        rest = name.removeprefix(prefix)
        if len(rest) > 1 and rest != name and rest[0] not in " &-":
            yield f"{prefix} {rest}"
    for ending, character in _CHINESE.items():
        if name.endswith(ending) and len(name) > len(ending) + 1:
            yield name.removesuffix(ending) + character
    yield from _spelt(name)


def _spelt(name: str) -> Iterator[str]:
    latin = _LATIN.match(name)
    if latin and len(latin[1]) > 1 and name not in HOLDINGS:
        yield "".join(_SPELT[letter] for letter in latin[1]) + name[latin.end() :]
    for korean, letters in _SPELT_GROUPS.items():
        if name.startswith(korean) and len(name) > len(korean) + 1:
            yield letters + name.removeprefix(korean)
