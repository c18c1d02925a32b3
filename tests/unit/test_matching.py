"""Which companies a text is about: the cases that the matching must get right, and its laws."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nunchi.match.rules import ABOUT, Company, Evidence, Listing, match
from tests.bench.matching import market

WHOLE = Listing.build(market())
SMALL = [
    Company("005930", "삼성전자", "KOSPI"),
    Company("000660", "SK하이닉스", "KOSPI"),
    Company("034730", "SK", "KOSPI"),
    Company("003530", "한화투자증권", "KOSPI"),
    Company("001680", "대상", "KOSPI"),
    Company("990010", "다온솔전자", "KOSDAQ", ("다온솔",)),
]


def about(title: str, body: str = "", listing: Listing = WHOLE) -> list[str]:
    return [found.code for found in match(title, body, listing) if found.relevance >= ABOUT]


def relevances(title: str, body: str = "") -> dict[str, float]:
    return {found.code: found.relevance for found in match(title, body, WHOLE)}


@pytest.mark.parametrize(
    ("title", "codes"),
    [
        ("한화에어로스페이스, 폴란드 수출", ["012450"]),
        ("한화시스템 레이다 수출", ["272210"]),
        ("카카오뱅크·카카오게임즈 동반 하락", ["323410", "293490"]),
        ("LG이노텍과 KT나스미디어", ["011070", "089600"]),
        ("GS건설, GS리테일 지분", ["006360", "007070"]),
        ("LS일렉트릭 수주", ["010120"]),
        ("GS25, 신상품 출시", []),
        ("KT&G 배당 확대", ["033780"]),
        ("LS머트리얼즈 급등", ["417200"]),
        ("현대차증권, 3분기 순이익 증가", ["001500"]),
        ("토스뱅크 흑자", []),
    ],
)
def test_the_longest_name_wins(title: str, codes: list[str]) -> None:
    assert about(title) == codes


@pytest.mark.parametrize(
    "title",
    [
        "삼성전자, 실적 개선에 목표가↑-한화",
        "삼성전자, 하반기 회복…매수-SK증권",
        '[아침밥] 삼성증권 "삼성전자 매수"',
        'KB證 "삼성전자 실적 개선"',
        "한화투자증권, 삼성전자 목표주가 상향",
        "[리포트 브리핑]삼성전자, '회복의 신호' 목표가 99,000원 - 키움증권",
        "“삼성전자 실적 바닥”…교보證, 목표가 상향",
        "삼성전자 목표가 상향(대신)",
    ],
)
def test_a_broker_that_speaks_is_not_the_subject(title: str) -> None:
    assert about(title) == ["005930"]


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("NH투자증권, 2분기 영업이익 20% 증가", "005940"),
        ("미래에셋증권 목표가 상향", "006800"),
        ("키움증권 전산장애에 투자자 불만", "039490"),
        ("키움증권 “전산장애 고객에 보상”", "039490"),
        ("[특징주] 한화투자증권, 지분가치 부각에 급등", "003530"),
        ("삼성증권 목표가↑-KB", "016360"),
    ],
)
def test_a_broker_can_be_the_subject(title: str, code: str) -> None:
    assert about(title) == [code]


def test_a_broker_on_the_market_is_about_nobody() -> None:
    assert about("삼성증권 “내년 코스피 상승 전망”") == []
    assert 0 < relevances("삼성증권 “내년 코스피 상승 전망”")["016360"] < ABOUT


@pytest.mark.parametrize(
    ("title", "codes"),
    [
        ("삼전 팔고 하닉 샀다", ["005930", "000660"]),
        ("‘10만전자’ 다시 온다", ["005930"]),
        ("60만닉스·백만닉스", ["000660"]),
        ("현차·LG엔솔·삼바·카뱅", ["005380", "373220", "207940", "323410"]),
        ("SK이노 흑자", ["096770"]),
        ("네카오 반등", ["035420", "035720"]),
        ("삼전닉스에 몰린 개미", ["005930", "000660"]),
        ("두산에너빌 수주", ["034020"]),
        ("에쓰오일·S-OIL·S-Oil", ["010950"]),
        ("네이버, 포스코홀딩스, HMM", ["035420", "005490", "011200"]),
        ("現代車 노조", ["005380"]),
        ("기업銀·현대百·삼성重", ["024110", "069960", "010140"]),
        ("LG 에너지솔루션과 SK 하이닉스", ["373220", "000660"]),
        ("Samsung Electronics beats SK hynix", ["005930", "000660"]),
    ],
)
def test_nicknames_and_other_spellings_are_known(title: str, codes: list[str]) -> None:
    assert about(title) == codes


@pytest.mark.parametrize(
    "title",
    [
        "기아에 내몰린 아이들…유엔 구호 호소",
        "카카오 가격 급등에 코코아 재고 바닥",
        "지원 대상 확대에 예산 20% 증가",
        "새로운 신세계를 열다",
        "보령 앞바다 축제",
        "X레이 판독",
        "한국 수출 증가",
        "동서 화합의 밤",
        "삼성 라이온즈 연승",
        "한화 이글스, 한국시리즈 진출",
        "삼성, 대규모 채용 나선다",
        "LG, 신입 채용",
        "SK 최태원 회장 신년사",
        "KODEX 삼성전자 상장",
    ],
)
def test_a_word_that_is_also_a_name_is_not_the_company(title: str) -> None:
    assert about(title) == []


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("기아, 3분기 판매 증가", "000270"),
        ("카카오 주가 반등", "035720"),
        ("대상, 3분기 영업이익 증가", "001680"),
        ("대상(001680) 3분기 실적", "001680"),
        ("[특징주] 레이, 강세", "228670"),
        ("보령 3분기 매출 최대", "003850"),
        ("SK, 자사주 소각", "034730"),
        ("LG 목표가 상향", "003550"),
        ("두산, 3분기 영업익 급증", "000150"),
    ],
)
def test_a_name_that_is_also_a_word_can_be_the_company(title: str, code: str) -> None:
    assert about(title) == [code]


@pytest.mark.parametrize(
    "title",
    ["삼성·SK, HBM 경쟁", "삼전-SK 메모리 동맹", "반도체 투톱 ‘삼성·SK’ 실적 개선", "삼성과 SK, D램 증산"],
)
def test_on_chips_two_groups_are_their_chip_makers(title: str) -> None:
    assert about(title) == ["005930", "000660"]


@pytest.mark.parametrize(
    ("title", "parent"),
    [
        ("SK그룹, 사업 재편", "034730"),
        ("한화그룹 신년 인사", "000880"),
        ("SK온 북미 공장 가동", "096770"),
        ("LS전선 해저케이블 수주", "006260"),
        ("카카오모빌리티 요금 개편", "035720"),
        ("하나은행 금리 인하", "086790"),
        ("KB국민카드 신상품", "105560"),
    ],
)
def test_groups_and_unlisted_subsidiaries_point_to_the_parent(title: str, parent: str) -> None:
    assert 0 < relevances(title)[parent] < ABOUT


@pytest.mark.parametrize(
    ("title", "codes"),
    [
        ("신한·하나금융 배당", ["055550", "086790"]),
        ("삼성·LG전자 가전 경쟁", ["005930", "066570"]),
        ("포스코홀딩스·퓨처엠 강세", ["005490", "003670"]),
        ("현대차·기아·모비스 판매", ["005380", "000270", "012330"]),
        ("카카오·토스뱅크 금리", ["323410"]),
    ],
)
def test_listed_affiliates_can_share_a_part_of_their_names(title: str, codes: list[str]) -> None:
    assert about(title) == codes


@pytest.mark.parametrize(
    "title",
    [
        "삼성전자가 웃었다",
        "[삼성전자]로부터 수주",
        "‘삼성전자’마저 하락",
        "美삼성전자株 급락",
        "삼성전자發 훈풍",
        "삼성전자노조 교섭",
        "삼성전자우B 상장",
        "<삼성전자>…상승",
        "삼성전자3분기 실적",
        "삼성전자(005930)",
    ],
)
def test_particles_brackets_and_endings_leave_a_name_whole(title: str) -> None:
    assert about(title, listing=Listing.build(SMALL)) == ["005930"]


@pytest.mark.parametrize(
    "title", ["삼성전자서비스 센터", "반삼성전자", "SK렌터카", "SK에너지x", "한화투자증권사", "new product"]
)
def test_other_letters_make_another_name(title: str) -> None:
    assert about(title, listing=Listing.build(SMALL)) == []


class TestBodies:
    LEAD = "삼성전자는 새 공장을 짓는다고 밝혔다. 투자는 내년에 시작한다. 완공은 3년 뒤다. "
    FILLER = "업계는 수요가 꾸준하다고 본다. " * 30

    def test_the_subject_of_the_lead_is_what_a_body_is_about(self) -> None:
        assert ABOUT <= relevances("", self.LEAD + self.FILLER)["005930"] <= 0.8

    def test_more_mentions_raise_the_relevance(self) -> None:
        once, thrice = (relevances("", self.LEAD * times)["005930"] for times in (1, 3))
        assert thrice > once

    def test_one_mention_deep_in_a_body_counts_little(self) -> None:
        assert relevances("", self.FILLER + "농심은 쉬었다.")["004370"] < ABOUT

    @pytest.mark.parametrize(
        "end", ["\n무단전재 및 재배포 금지. 농심", "\n[관련기사] 농심 농심 농심 농심 농심"]
    )
    def test_furniture_at_the_end_counts_least(self, end: str) -> None:
        assert relevances("", self.LEAD + self.FILLER + end)["004370"] < 0.2

    def test_an_analyst_is_no_subject(self) -> None:
        assert relevances("", "김다온 키움증권 연구원은 수요가 는다고 말했다.")["039490"] < ABOUT

    def test_the_title_is_the_better_evidence(self) -> None:
        (found,) = match("농심, 신제품", "농심은 새 라면을 냈다.", WHOLE)
        assert found.evidence == Evidence("title", 0, 2)

    def test_a_title_without_names_leaves_it_to_the_body(self) -> None:
        (found,) = match("새 공장 착공", self.LEAD, WHOLE)
        assert found.evidence == Evidence("body", 0, 4)


def test_matches_come_by_relevance_then_by_mention() -> None:
    found = match("SK온·농심·오뚜기", "", WHOLE)
    assert [m.code for m in found] == ["004370", "007310", "096770"]
    assert [m.relevance for m in found] == sorted((m.relevance for m in found), reverse=True)


def test_a_company_outside_the_listing_is_never_found() -> None:
    assert match("네카오와 현대차그룹, SK온", "카카오는 쉬었다.", Listing.build(SMALL)) == []


def test_aliases_given_with_a_company_are_its_names() -> None:
    assert about("다온솔 상장", listing=Listing.build(SMALL)) == ["990010"]


def test_a_name_of_two_companies_is_that_of_the_one_in_the_market() -> None:
    twice = [Company("990011", "마루한빛", "KOSPI"), Company("990012", "마루한빛", "")]
    assert about("마루한빛 상장", listing=Listing.build(twice)) == ["990011"]


PIECES = st.sampled_from(
    ["삼성전자", "삼전", "SK", "SK하이닉스", "한화투자증권", "대상", "다온솔", "10만전자", "그룹", "·", "-", "…", '"', "(", ")", "[", "]",
     ",", " ", "는", "목표가↑", "證", "İ", "ﬀ", "\n", "매수", "005930", "ß", "반도체"]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=12).map("".join))


class TestLaws:
    @given(title=TEXTS, body=TEXTS)
    def test_evidence_lies_in_the_text_and_relevance_in_its_range(self, title: str, body: str) -> None:
        texts = {"title": title, "body": body}
        for found in match(title, body, Listing.build(SMALL)):
            assert 0 <= found.evidence.start < found.evidence.end <= len(texts[found.evidence.field])
            assert 0 <= found.relevance <= 1

    @given(title=TEXTS, body=TEXTS)
    def test_codes_are_of_the_listing_and_come_once(self, title: str, body: str) -> None:
        codes = [found.code for found in match(title, body, Listing.build(SMALL[:3]))]
        assert set(codes) <= {"005930", "000660", "034730"}
        assert len(codes) == len(set(codes))

    @given(
        companies=st.permutations([*SMALL, Company("990011", "다온솔", ""), Company("990012", "다온솔", "")]),
        title=TEXTS,
    )
    def test_the_order_of_the_companies_changes_nothing(self, companies: list[Company], title: str) -> None:
        assert Listing.build(companies) == Listing.build(sorted(companies, key=lambda company: company.code))
        assert match(title, title, Listing.build(companies)) == match(
            title, title, Listing.build(companies[::-1])
        )

    @given(text=st.text(alphabet="나다라마바사아차카타파하 ,.…\"'[]()·-0123456789abcxyz", max_size=200))
    def test_a_text_without_names_gives_nothing(self, text: str) -> None:
        assert match(text, text, Listing.build(SMALL)) == []

    @given(text=st.text(max_size=300))
    def test_the_whole_market_is_matched_to_any_text(self, text: str) -> None:
        assert {found.code for found in match(text, text, WHOLE)} <= WHOLE.codes


@pytest.mark.parametrize("word", ["급등", "랠리에 강세", "호황에 신고가", "수출 호조, 3%↑"])
@pytest.mark.parametrize("names", ["삼전-SK", "삼전·SK", "삼성·SK"])
def test_two_chip_makers_are_two_chip_makers_whatever_their_prices_do(names: str, word: str) -> None:
    about = {found.code for found in match(f"{names} 반도체 {word}", "", WHOLE) if found.relevance >= ABOUT}
    assert about == {"005930", "000660"}


@pytest.mark.parametrize(
    "sentence", ["SK그룹이 인사를 단행했다. ", "삼성은 사장단 회의를 열었다. ", "LG는 말했다. "]
)
def test_a_group_stays_a_group_however_often_a_body_names_it(sentence: str) -> None:
    assert all(found.relevance < ABOUT for found in match("인사", sentence * 20, WHOLE))


def test_a_company_is_the_subject_of_a_body_that_names_it_again_and_again() -> None:
    filler = "시장이 조용했다. " * 4
    once, often = (match("", filler + "삼성전자는 말했다. " * times, WHOLE)[0].relevance for times in (1, 8))
    assert once < ABOUT <= often
