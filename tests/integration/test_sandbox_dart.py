"""The sandbox's OpenDART: the list of disclosures, and the register of firms."""

import io
import zipfile
from datetime import datetime, time, timedelta
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring

from infra.sandbox.entities import SEOUL, Disclosure
from infra.sandbox.market import Market
from tests.integration.sandbox_client import DART_KEY, World

LIST, REGISTER = "/dart/api/list.json", "/dart/api/corpCode.xml"


@pytest.fixture
def filed(world: World, market: Market) -> list[Disclosure]:
    """What is filed by the end of the live sessions, newest first."""
    world.set(datetime.combine(market.live[-1], time(23), tzinfo=SEOUL))
    return list(reversed(market.disclosures))


def test_the_list_has_a_days_disclosures_newest_first(
    world: World, market: Market, filed: list[Disclosure]
) -> None:
    day = market.live[2]
    found = world.disclosures(day, day, page_count=100)
    that_day = [one for one in filed if one.published_at.date() == day]
    assert [row["rcept_no"] for row in found["list"]] == [one.receipt_no for one in that_day]
    assert len(that_day) == 3
    assert (found["status"], found["page_no"], found["total_count"], found["total_page"]) == ("000", 1, 3, 1)
    for row, one in zip(found["list"], that_day, strict=True):
        assert row == {
            "corp_code": one.corp_code,
            "corp_name": one.corp_name,
            "stock_code": one.code,
            "corp_cls": one.corp_class,
            "report_nm": one.report,
            "rcept_no": one.receipt_no,
            "flr_nm": one.filer,
            "rcept_dt": f"{day:%Y%m%d}",
            "rm": one.remark,
        }


def test_a_disclosure_is_listed_from_its_time_on(world: World, market: Market) -> None:
    one = market.disclosures[0]
    day = one.published_at.date()
    world.set(one.published_at - timedelta(seconds=1))
    assert world.disclosures(day, day) == {"status": "013", "message": "조회된 데이타가 없습니다."}
    world.set(one.published_at)
    assert [row["rcept_no"] for row in world.disclosures(day, day)["list"]] == [one.receipt_no]


def test_pages_follow_each_other(world: World, market: Market, filed: list[Disclosure]) -> None:
    first, last = market.live[0], market.live[-1]
    pages = [world.disclosures(first, last, page_count=4, page_no=page) for page in (1, 2, 3, 4, 5)]
    numbers = [row["rcept_no"] for page in pages[:4] for row in page["list"]]
    assert numbers == [one.receipt_no for one in filed]
    assert pages[0]["total_page"] == 4
    assert pages[4]["status"] == "013"


def test_classes_part_the_market(world: World, market: Market, filed: list[Disclosure]) -> None:
    first, last = market.live[0], market.live[-1]
    by_class = {
        name: world.disclosures(first, last, page_count=100, corp_cls=name).get("list", []) for name in "YKNE"
    }
    assert sum(map(len, by_class.values())) == len(filed)
    assert {
        name: {row["corp_cls"] for row in rows} <= {name} for name, rows in by_class.items()
    } == dict.fromkeys("YKNE", True)
    assert {bool(row["stock_code"]) for row in by_class["E"]} == {False}
    assert {bool(row["stock_code"]) for row in by_class["Y"] + by_class["K"]} == {True}
    assert by_class["N"] == []


def test_one_firms_disclosures_can_be_asked_for_over_years(
    world: World, filed: list[Disclosure], market: Market
) -> None:
    one = filed[0]
    found = world.disclosures(market.sessions[0], market.live[-1], corp_code=one.corp_code)
    assert {row["corp_code"] for row in found["list"]} == {one.corp_code}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, "010"),
        ({"crtfc_key": "short"}, "010"),
        ({"crtfc_key": DART_KEY, "bgn_de": "2026-10-19"}, "100"),
        ({"crtfc_key": DART_KEY, "page_count": "101"}, "100"),
        ({"crtfc_key": DART_KEY, "page_no": "0"}, "100"),
        ({"crtfc_key": DART_KEY, "corp_cls": "X"}, "100"),
        ({"crtfc_key": DART_KEY, "bgn_de": "20260101", "end_de": "20260601"}, "100"),
    ],
)
def test_errors_come_with_200_and_a_status(world: World, query: dict[str, str], status: str) -> None:
    answer = world.get(LIST, query)
    assert (answer.status_code, answer.json()["status"]) == (200, status)
    assert answer.json()["message"]


@pytest.mark.parametrize(("preset", "status"), [("dart_limit", "020"), ("dart_maintenance", "800")])
def test_limits_and_maintenance_end(world: World, preset: str, status: str) -> None:
    world.misbehave({"path": "/dart", "preset": preset}, {"path": "/dart", "preset": f"{preset}_xml"})
    answer = world.get(LIST, {"crtfc_key": DART_KEY})
    assert (answer.status_code, answer.json()["status"]) == (200, status)
    answer = world.get(REGISTER, {"crtfc_key": DART_KEY})
    assert fromstring(answer.content).findtext("status") == status
    assert world.get(LIST, {"crtfc_key": DART_KEY}).json()["status"] == "013"


# --- the register


def register(world: World) -> list[Element]:
    answer = world.get(REGISTER, {"crtfc_key": DART_KEY})
    assert answer.headers["Content-Type"].startswith("application/x-msdownload")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.namelist() == ["CORPCODE.xml"]
        return list(fromstring(archive.read("CORPCODE.xml")))


def test_the_register_names_the_listed_among_thousands_of_others(world: World, market: Market) -> None:
    firms = [{field.tag: field.text for field in firm} for firm in register(world)]
    listed = [firm for firm in firms if (firm["stock_code"] or "").strip()]
    assert {firm["stock_code"]: firm["corp_name"] for firm in listed} == {
        company.code: company.name for company in market.companies
    }
    assert len(firms) > 3000
    assert {firm["stock_code"] for firm in firms if firm not in listed} == {" "}
    assert (
        len({firm["corp_code"] for firm in firms}) == len({firm["corp_name"] for firm in firms}) == len(firms)
    )
    assert all(len(firm["corp_code"] or "") == len(firm["modify_date"] or "") == 8 for firm in firms)


def test_who_files_is_in_the_register(world: World, market: Market) -> None:
    firms = {firm.findtext("corp_code"): firm for firm in register(world)}
    for one in market.disclosures:
        firm = firms[one.corp_code]
        assert firm.findtext("corp_name") == one.corp_name
        assert (firm.findtext("stock_code") or "").strip() == one.code


def test_no_unlisted_firms_name_holds_a_listed_ones(world: World, market: Market) -> None:
    names = [company.name for company in market.companies]
    others = [
        firm.findtext("corp_name", "")
        for firm in register(world)
        if not firm.findtext("stock_code", "").strip()
    ]
    assert not [other for other in others for name in names if name in other or other in name]


def test_the_register_refuses_a_bad_key_in_xml(world: World) -> None:
    answer = world.get(REGISTER, {"crtfc_key": "x"})
    assert answer.status_code == 200
    assert fromstring(answer.content).findtext("status") == "010"
