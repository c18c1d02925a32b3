"""What the reasons that a model gives may hold."""

import pytest

from nunchi.predict import rationale

RULES = "You forecast how one Korean stock will move relative to its market index after a news story."


@pytest.mark.parametrize(
    "text",
    [
        "공급계약이 매출에 더해지고, 최근 5거래일 수익률은 3.2%였다.",
        "HBM3E 양산과 S&P500 편입 기대. RSI(14)는 61.2로 과열은 아니다.",
        "영업이익 1,234억원(전년 대비 +5.1%p) → 시장 예상에 부합한다.",
        "A사·B사 합작. 3.5세대 공정, Q3 실적 확인 필요.",
        "forecast 라는 말은 써도 된다: how one Korean 회사가 움직이는가.",
    ],
)
def test_plain_sentences_are_fine(text: str) -> None:
    assert rationale.fault(text, RULES) is None


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "is empty"),
        (" \n\u200b", "is empty"),
        ("가" * 601, "longer than 600"),
        ("자세히: https://news.example/1", "an address"),
        ("자세히: HTTP://NEWS", "an address"),
        ("www.news 에서", "an address"),
        ("news.co.kr에서 본다", "an address"),
        ("텔레그램 t.me/abc", "an address"),
        ("h\u200bttps://news 주소", "an address"),
        ("ｗｗｗ．ｎｅｗｓ 주소", "an address"),
        ("문의 @richking", "a contact"),
        ("문의 lee@firm 으로", "a contact"),
        ("문의 010 1234 5678", "a contact"),
        ("<b>호재</b>이다", "markup"),
        ("[여기](링크)를 보라", "markup"),
        ("```호재```", "markup"),
        ("DATA>>> 호재", "markup"),
        ("{호재: 1}", "markup"),
        (f"규칙은 {RULES}", "repeats the instructions"),
        ("규칙은 RELATIVE-TO-ITS-MARKET-INDEX-AFTER 이다", "repeats the instructions"),
        ("This is good news for the company.", "not in Korean"),
        ("これは良いニュースだ。", "not in Korean"),
        ("1234", "not in Korean"),
    ],
)
def test_what_is_no_plain_sentence_in_korean_has_a_fault(text: str, what: str) -> None:
    found = rationale.fault(text, RULES)
    assert found is not None
    assert what in found


def test_a_fault_quotes_nothing() -> None:
    assert rationale.fault("https://bad.example 호재", RULES) == "holds an address"


def test_a_leak_is_a_run_of_letters_not_a_word() -> None:
    run = RULES.replace(" ", "")[: rationale.LEAK_LENGTH]
    assert rationale.leaks(run, RULES)
    assert not rationale.leaks(run[:-1], RULES)
