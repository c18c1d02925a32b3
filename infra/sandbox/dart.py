"""A stand-in for opendart.fss.or.kr: the list of disclosures, and the register of firms. Errors come with HTTP 200."""

import io
import json
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from functools import cached_property

from fastapi import APIRouter, Request, Response

from infra.sandbox import firms
from infra.sandbox.clock import Clock, Timeline
from infra.sandbox.entities import SEOUL, Company, Disclosure
from infra.sandbox.firms import Firm

KEY_LENGTH = 40
MAX_COUNT = 100
MAX_DAYS = 92  # three months, without a firm's number
CLASSES = {"", "Y", "K", "N", "E"}
MESSAGES = {
    "010": "등록되지 않은 키입니다.",
    "013": "조회된 데이타가 없습니다.",
    "020": "요청 제한을 초과하였습니다.",
    "100": "필드의 부적절한 값입니다.",
    "800": "시스템 점검으로 인한 서비스가 중지 중입니다.",
}
TOO_LONG = "corp_code가 없는 경우 검색기간은 3개월만 가능합니다."


def failure(status: str, message: str = "") -> str:
    """An error of an endpoint that answers in JSON."""
    body = {"status": status, "message": message or MESSAGES[status]}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def xml_failure(status: str) -> str:
    """An error of an endpoint that answers with a zip."""
    text = f"<status>{status}</status><message>{MESSAGES[status]}</message>"
    return f'<?xml version="1.0" encoding="UTF-8"?><result>{text}</result>'


class Refused(Exception):
    """A request that DART answers with an error; holds the answer."""


class Asked:
    """What a request for the list asks for. Raises `Refused`."""

    def __init__(self, request: Request, now: datetime) -> None:
        self._query = request.query_params
        if len(self._query.get("crtfc_key", "")) != KEY_LENGTH:
            raise Refused(failure("010"))
        today = now.astimezone(SEOUL).date()
        self.last = self._day("end_de", today)
        self.first = self._day("bgn_de", self.last)
        self.corp_code = self._query.get("corp_code", "")
        self.corp_class = self._query.get("corp_cls", "")
        self.page, self.count = self._number("page_no", 1), self._number("page_count", 10)
        if self.count > MAX_COUNT or self.corp_class not in CLASSES:
            raise Refused(failure("100"))
        if not self.corp_code and (self.last - self.first).days > MAX_DAYS:
            raise Refused(failure("100", TOO_LONG))

    def _day(self, name: str, otherwise: date) -> date:
        given = self._query.get(name)
        if not given:
            return otherwise
        try:
            return datetime.strptime(given, "%Y%m%d").date()  # noqa: DTZ007 - a day of Seoul's
        except ValueError:
            raise Refused(failure("100")) from None

    def _number(self, name: str, otherwise: int) -> int:
        given = self._query.get(name, str(otherwise))
        if not (given.isascii() and given.isdigit() and int(given)):
            raise Refused(failure("100"))
        return int(given)

    def wants(self, disclosure: Disclosure) -> bool:
        """Whether a disclosure is asked for."""
        return (
            self.first <= disclosure.published_at.date() <= self.last
            and self.corp_class in ("", disclosure.corp_class)
            and self.corp_code in ("", disclosure.corp_code)
        )


def listing(asked: Asked, newest: Sequence[Disclosure]) -> str:
    """A page of those of `newest` that are asked for, or status 013 when there is none on it."""
    wanted = [one for one in newest if asked.wants(one)]
    found = wanted[(asked.page - 1) * asked.count :][: asked.count]
    if not found:
        return failure("013")
    body = {
        "status": "000",
        "message": "정상",
        "page_no": asked.page,
        "page_count": asked.count,
        "total_count": len(wanted),
        "total_page": -(-len(wanted) // asked.count),
        "list": [_row(one) for one in found],
    }
    return json.dumps(body, ensure_ascii=False)


def _row(disclosure: Disclosure) -> dict[str, str]:
    return {
        "corp_code": disclosure.corp_code,
        "corp_name": disclosure.corp_name,
        "stock_code": disclosure.code,
        "corp_cls": disclosure.corp_class,
        "report_nm": disclosure.report,
        "rcept_no": disclosure.receipt_no,
        "flr_nm": disclosure.filer,
        "rcept_dt": f"{disclosure.published_at:%Y%m%d}",
        "rm": disclosure.remark,
    }


class Register:
    """The register of firms as a zip, packed when it is first asked for."""

    def __init__(self, companies: Sequence[Company]) -> None:
        self._companies = companies

    @cached_property
    def packed(self) -> bytes:
        """The zip, with CORPCODE.xml in it."""
        rows = "".join(map(_firm, firms.registered(self._companies)))
        text = f'<?xml version="1.0" encoding="UTF-8"?>\n<result>\n{rows}</result>\n'
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(zipfile.ZipInfo("CORPCODE.xml"), text, zipfile.ZIP_DEFLATED)
        return file.getvalue()


def _firm(firm: Firm) -> str:
    return (
        f"    <list>\n        <corp_code>{firm.corp_code}</corp_code>\n        <corp_name>{firm.name}</corp_name>\n"
        f"        <stock_code>{firm.code or ' '}</stock_code>\n"
        f"        <modify_date>{firm.modified}</modify_date>\n    </list>\n"
    )


def router(timeline: Timeline, clock: Clock) -> APIRouter:
    """The service's routes, at the time of `clock`."""
    service, register, shelf = APIRouter(), Register(timeline.market.companies), timeline.disclosures

    @service.get("/api/list.json")
    async def disclosures(request: Request) -> Response:
        try:
            asked = Asked(request, clock.now)
            body = listing(asked, shelf.newest(shelf.count(clock.now), len(shelf.items)))
        except Refused as refused:
            body = str(refused)
        return Response(body, media_type="application/json;charset=UTF-8")

    @service.get("/api/corpCode.xml")
    async def corp_codes(crtfc_key: str = "") -> Response:
        if len(crtfc_key) != KEY_LENGTH:
            return Response(xml_failure("010"), media_type="application/xml;charset=UTF-8")
        headers = {"Content-Disposition": ": attachment; filename=CORPCODE.zip"}
        return Response(register.packed, media_type="application/x-msdownload", headers=headers)

    return service
