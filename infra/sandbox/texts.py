"""What the sample market's news says: every kind of story, and the phrases that all kinds share."""

from infra.sandbox.texts_down import DOWN
from infra.sandbox.texts_flat import FLAT
from infra.sandbox.texts_up import UP

# The effects sum to nothing over the kinds that every company has, so stories don't make a stock drift.
KINDS = UP + DOWN + FLAT

SECOND_SENTENCES = (
    "회사는 자세한 내용을 곧 공시할 예정이다.",
    "이 같은 내용은 회사가 낸 자료를 통해 알려졌다.",
    "업계의 관심이 쏠리는 대목이다.",
)
QUOTES = (
    "{name} 관계자는 “정해진 절차에 따라 차질 없이 진행하겠다”고 말했다.",
    "{name} 관계자는 “주주와 고객에게 투명하게 알리겠다”고 설명했다.",
    "회사 측은 “구체적인 사항은 확정되는 대로 알리겠다”고 전했다.",
    "업계 관계자는 “앞으로의 흐름을 지켜볼 필요가 있다”고 말했다.",
)
CLOSINGS = (
    "시장에서는 이번 소식이 회사의 중장기 계획에 어떤 영향을 줄지 주목하고 있다.",
    "회사의 다음 분기 실적은 석 달 뒤에 발표된다.",
    "한편 회사는 올해 초 세운 연간 목표를 그대로 유지하고 있다.",
    "같은 업종의 다른 회사들도 비슷한 과제를 안고 있다는 평가가 나온다.",
)
AUTHORS = tuple(
    f"{name} 기자"
    for name in (
        "강바다",
        "고은결",
        "남새길",
        "도하늘",
        "류이랑",
        "문가을",
        "배도해",
        "서이든",
        "송누리",
        "안보름",
        "유다올",
        "한들찬",
    )
)
# how a reprint writes the title of the first article: nothing of this is a word of the story
RETITLES = (
    "{title}",
    "[속보] {title}",
    "[단독]{title}",
    "[특징주] {title}",
    "{title}(종합)",
    "{title} (상보)",
    "{title}!",
    "‘{title}’",
)
# what a desk puts before a text from a wire, and the words that it changes in it
DATELINES = ("(서울=새벽일보)", "(서울=미리내통신)", "(세종=너른뉴스)", "[가람경제]")
REWORDINGS = (
    ("말했다", "전했다"),
    ("설명했다", "밝혔다"),
    ("전했다", "말했다"),
    ("주목하고", "지켜보고"),
    ("이어갈지", "계속할지"),
    ("예정이다", "계획이다"),
)
