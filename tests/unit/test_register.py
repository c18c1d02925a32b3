"""DART's register of firms, and what may come in its place."""

import io
import zipfile

import pytest

from nunchi.crawl import register
from nunchi.crawl.source import SourceChanged
from nunchi.crawl.sources import dart


def packed(text: str, name: str = "CORPCODE.xml") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    return file.getvalue()


def firm(name: str, code: str) -> str:
    return (
        f"<list><corp_code>1</corp_code><corp_name>{name}</corp_name><stock_code>{code}</stock_code></list>\n"
    )


FIRMS = (
    firm(" 다온솔전자 ", "990010")
    + firm("가람유동화", " ")
    + firm("누리&amp;해운", " 990030 ")
    + firm("", "990040")
)


def test_the_register_names_listed_firms() -> None:
    zipped = packed(f'<?xml version="1.0" encoding="UTF-8"?>\n<result>\n{FIRMS}</result>')
    assert list(dart.corp_names(zipped)) == [("990010", "다온솔전자"), ("990030", "누리&해운")]


@pytest.mark.parametrize(
    ("body", "missing"),
    [
        (
            "<result><status>010</status><message>등록되지 않은 키입니다.</message></result>".encode(),
            "status 010: 등록되지",
        ),
        (b"not a zip", "a zip"),
        (b"", "a zip"),
        (packed("<result><list>"), "a zip"),
        (packed("<result/>", "other.txt"), "CORPCODE.xml"),
        (packed('<!DOCTYPE r [<!ENTITY a "b">]><result>&a;</result>'), "a zip"),
        (packed(f"<result>{FIRMS}</result>")[:-40], "a zip"),
    ],
)
def test_what_is_no_register_is_refused(body: bytes, missing: str) -> None:
    with pytest.raises(SourceChanged, match=missing) as refused:
        list(dart.corp_names(body))
    assert refused.value.url == "https://opendart.fss.or.kr/api/corpCode.xml"


def test_a_register_that_unpacks_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(register, "LARGEST", 100_000)
    with pytest.raises(SourceChanged, match="usual size"):
        list(dart.corp_names(packed(f"<result>{FIRMS * 10_000}</result>")))
