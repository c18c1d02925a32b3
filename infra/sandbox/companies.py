"""The companies of the sample market. All names are invented."""

from infra.sandbox.entities import Company

# stem, suffix; those whose suffix is in MEDICAL have stories about drugs, too
NAMES = (
    ("해솔", "전자"),
    ("윤슬", "바이오"),
    ("도담", "화학"),
    ("벼리", "중공업"),
    ("하늬", "식품"),
    ("모람", "소재"),
    ("너울", "해운"),
    ("솔찬", "제약"),
    ("온새", "건설"),
    ("다솔", "에너지"),
    ("여울", "반도체"),
    ("초담", "유통"),
    ("늘품", "생명과학"),
    ("들샘", "철강"),
    ("두루찬", "기계"),
    ("새벌", "모터스"),
    ("별찬", "게임즈"),
    ("은가비", "미디어"),
    ("나린", "통신"),
    ("로운", "로보틱스"),
    ("찬솔", "패널"),
    ("시나래", "항공"),
    ("바림", "페인트"),
    ("서리온", "배터리"),
    ("단미", "섬유"),
    ("안뜰", "물산"),
    ("우솔", "제지"),
    ("보드레", "패션"),
    ("휘찬", "시스템"),
    ("느루", "테라퓨틱스"),
    ("해담", "목재"),
    ("포롱", "물류"),
    ("다흰", "코스메틱"),
    ("빛새", "광학"),
    ("미쁨", "가구"),
    ("샛담", "제약"),
    ("높새", "조선"),
    ("도란", "바이오"),
    ("옹골", "비료"),
    ("나릿", "시멘트"),
)
MEDICAL = frozenset({"바이오", "제약", "생명과학", "테라퓨틱스"})
_MEDICAL_NAMES = frozenset(stem + suffix for stem, suffix in NAMES if suffix in MEDICAL)


def listed(count: int) -> tuple[Company, ...]:
    """The first `count` companies; every third is on KOSDAQ. Raises `ValueError` when there are not so many."""
    if not 1 <= count <= len(NAMES):
        raise ValueError(f"between 1 and {len(NAMES)} companies, not {count}")
    return tuple(
        Company(f"99{place:03d}0", stem + suffix, "KOSDAQ" if place % 3 == 0 else "KOSPI")
        for place, (stem, suffix) in enumerate(NAMES[:count], start=1)
    )


def is_medical(company: Company) -> bool:
    """Whether a company makes drugs."""
    return company.name in _MEDICAL_NAMES
