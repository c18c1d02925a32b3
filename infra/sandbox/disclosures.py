"""The sample's filings with DART: one of a listed company each live session, and two of unlisted firms."""

import random
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta

from infra.sandbox import firms
from infra.sandbox.entities import SEOUL, Company, Disclosure
from infra.sandbox.firms import Firm

OPEN, HOURS_S = time(7, 30), 10 * 3600
UNLISTED = 2  # a session
# report, and who keeps it: 유 for KOSPI's desk, 코 for KOSDAQ's (DART's `rm`); some end in DART's own padding
LISTED_REPORTS = (
    "단일판매ㆍ공급계약체결",
    "임원ㆍ주요주주특정증권등소유상황보고서          ",
    "기업설명회(IR)개최(안내공시)",
    "주식등의대량보유상황보고서(일반)          ",
    "타법인주식및출자증권취득결정",
    "주주총회소집결의",
    "현금ㆍ현물배당결정",
    "[기재정정]분기보고서 (2026.06)",
    "풍문또는보도에대한해명(미확정)",
    "특수관계인과의내부거래          ",
)
UNLISTED_REPORTS = (
    "감사보고서 (2026.06)",
    "증권발행실적보고서",
    "대규모기업집단현황공시",
    "자산유동화계획등록신청서          ",
    "투자설명서(일괄신고)",
    "동일인등출자계열회사와의상품ㆍ용역거래변경",
    "소액공모공시서류(지분증권)",
    "연결감사보고서 (2025.12)",
    "합병등종료보고서(분할)",
    "청산인선임및해산사유발생통지",
    "공개매수설명서          ",
    "의결권대리행사권유참고서류",
)


def file(
    rng: random.Random, companies: Sequence[Company], sessions: Sequence[date]
) -> tuple[Disclosure, ...]:
    """Every disclosure of these sessions in the order of time.

    A report comes again after six sessions at the earliest, so no two within three days can be taken for one.
    """
    listed_reports = rng.sample(LISTED_REPORTS, len(LISTED_REPORTS))
    others = rng.sample(UNLISTED_REPORTS, len(UNLISTED_REPORTS))
    unlisted = firms.unlisted()
    filed: list[Disclosure] = []
    for place, day in enumerate(sessions):
        company = rng.randrange(len(companies))
        reports = [(firms.of(companies[company], company), listed_reports[place % len(listed_reports)])]
        for number in range(UNLISTED * place, UNLISTED * (place + 1)):
            reports.append((rng.choice(unlisted), others[number % len(others)]))
        filed += _on(rng, day, reports)
    return tuple(filed)


def _on(rng: random.Random, day: date, reports: Sequence[tuple[Firm, str]]) -> Iterator[Disclosure]:
    start, number = datetime.combine(day, OPEN, tzinfo=SEOUL), 0
    moments = sorted(rng.sample(range(HOURS_S), len(reports)))
    for (firm, report), seconds in zip(rng.sample(reports, len(reports)), moments, strict=True):
        number += rng.randint(1, 90)  # other firms file in between
        yield _disclosure(firm, report, f"{day:%Y%m%d}{number:06d}", start + timedelta(seconds=seconds))


def _disclosure(firm: Firm, report: str, receipt_no: str, at: datetime) -> Disclosure:
    return Disclosure(
        receipt_no=receipt_no,
        published_at=at,
        corp_code=firm.corp_code,
        corp_name=firm.name,
        code=firm.code,
        corp_class=firm.corp_class,
        report=report,
        filer=firm.name,
        remark={"Y": "유", "K": "코"}.get(firm.corp_class, ""),
    )
