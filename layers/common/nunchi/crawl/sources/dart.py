"""DART (전자공시시스템): disclosures, which the list itself tells in full, and the register of firms."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from nunchi.crawl import rules
from nunchi.crawl.json_body import read_object, rows, text
from nunchi.crawl.register import read_register
from nunchi.crawl.source import Link, ParsedArticle, Source, SourceChanged
from nunchi.seoul import midnight

VIEWER = "https://dart.fss.or.kr/dsaf001/main.do?rcpNo={}"
REGISTER = "https://opendart.fss.or.kr/api/corpCode.xml"
GOOD, NOTHING = "000", "013"

# OpenDART's guide to `corp_cls` and `rm`
MARKETS = {"Y": "KOSPI", "K": "KOSDAQ", "N": "KONEX", "E": ""}
REMARKS = {
    "유": "한국거래소 유가증권시장본부(KOSPI) 소관",
    "코": "한국거래소 코스닥시장본부(KOSDAQ) 소관",
    "채": "한국거래소 채권상장 소관",
    "넥": "한국거래소 코넥스시장(KONEX) 소관",
    "공": "공정거래위원회 소관",
    "연": "연결부분을 포함",
    "정": "제출 후 정정신고가 있음",
    "철": "철회됨",
}


def read_list(body: bytes) -> list[Link]:
    """The disclosures of a page of the list. Raises `ValueError` that names the status of an error.

    DART tells the day of a receipt only: their time is that day's midnight in Seoul, which is no time of publication.
    """
    listed = _rows(body)
    links = [link for row in listed if (link := _link(row))]
    if listed and not links:
        raise ValueError("no row with a receipt number, a name and a day")
    return links


def of_listed(body: bytes) -> list[Link]:
    """The disclosures of listed firms on a page of the list. Raises `SourceChanged`."""
    return [link for link in SOURCE.parse_listing(body) if link.stock_code]


def pages(body: bytes) -> tuple[int, int]:
    """Which page of the list a body is, from 1, and of how many; (1, 0) when it is empty. Raises `SourceChanged`."""
    SOURCE.parse_listing(body)
    answer = read_object(body)
    return _count(answer.get("page_no"), 1), _count(answer.get("total_page"), 0)


def corp_names(zipped: bytes) -> Iterator[tuple[str, str]]:
    """(stock code, registered name) of each listed firm in the register. Raises `SourceChanged` while it is read."""
    try:
        yield from read_register(zipped)
    except ValueError as exc:
        raise SourceChanged(SOURCE.name, REGISTER, str(exc)) from exc


def _rows(body: bytes) -> list[dict[str, Any]]:
    answer = read_object(body)
    status = text(answer, "status")
    if status == NOTHING:
        return []
    if status != GOOD:
        raise ValueError(f"status {rules.clean(status)}: {rules.clean(text(answer, 'message'))}")
    return rows(answer.get("list"))


def _count(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) else otherwise


def _link(row: dict[str, Any]) -> Link | None:
    number, name, report = (rules.clean(text(row, key)) for key in ("rcept_no", "corp_name", "report_nm"))
    day = _day(text(row, "rcept_dt"))
    if not (re.fullmatch(r"\d{14}", number, re.ASCII) and name and report and day):
        return None
    title, filer = f"{name} {report}", rules.clean(text(row, "flr_nm"))
    article = ParsedArticle(title, _told(row, title, filer, day), filer, midnight(day))
    return Link(VIEWER.format(number), title, None, article, _code(row))


def _day(written: str) -> date | None:
    try:
        return datetime.strptime(written, "%Y%m%d").date()  # noqa: DTZ007 - a day of Seoul's
    except ValueError:
        return None


def _code(row: dict[str, Any]) -> str:
    code = text(row, "stock_code").upper()
    return code if re.fullmatch(r"[0-9A-Z]{6}", code) else ""


def _told(row: dict[str, Any], title: str, filer: str, day: date) -> str:
    """A row in words."""
    code, market = _code(row), MARKETS.get(text(row, "corp_cls"), "")
    listed = ", ".join(filter(None, (code, market if code else "")))
    remarks = ", ".join(REMARKS[letter] for letter in text(row, "rm") if letter in REMARKS)
    facts = (
        f"{title} ({listed})" if listed else title,
        f"제출인: {filer}" if filer else "",
        f"접수일: {day:%Y-%m-%d}",
        f"비고: {remarks}" if remarks else "",
    )
    return "\n".join(filter(None, facts))


def _read_row(page: bytes, url: str) -> ParsedArticle:
    """The disclosure at a viewer's address, from the page of the list that has it."""
    for link in read_list(page):
        if link.url == url and link.article:
            return link.article
    raise ValueError("the row with this receipt number")


SOURCE = Source(
    name="dart",
    hosts=("dart.fss.or.kr",),
    listings=(),
    read_listing=read_list,
    read_article=_read_row,
    pages=r"https://dart\.fss\.or\.kr/dsaf001/main\.do\?rcpNo=\d{14}",
)
