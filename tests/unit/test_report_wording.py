"""What a report's text may not say."""

import pytest

from nunchi.report import wording

KNOWN = [70_000.0, 1.84, 2026.0, 10.0, 19.0, -1_234_567.0, 5.0, 350_000_000.0]


@pytest.mark.parametrize(
    "text",
    [
        "기준가는 70,000원이다.",
        "기준가는 7만원이다.",
        "변동성은 1.84%이고 약 1.8%로도 적는다.",
        "2026-10-19에 외국인이 1,234,567주를 순매도했다.",
        "외국인 순 매수가 없고 공매도도 없다. 판매 수량과 구매수요, 소매 수요, 경매도 있다.",
        "3.5억원 규모다.",
        "숫자가 없는 문장이다.",
        "매 수요일의 회의와 매매수수료",
        "회사야말로 살아 있다. 다음으로 넘어간다.",
    ],
)
def test_a_factual_text_has_no_fault(text: str) -> None:
    assert wording.faults(text, KNOWN) == []


@pytest.mark.parametrize(
    "text",
    [
        "지금 매수하면 좋다.",
        "매도를 고려할 때다.",
        "강력 추천 종목이다.",
        "지금 사세요.",
        "매\u200b수 시점이다.",
        "매 수 시점이다.",
        "ＢＵＹ 신호다.",
        "비중 확대 의견이다.",
        "손절 가격을 둔다.",
        "이 주식은 사야 한다.",
        "투자하세요.",
        "저점 매수 기회",
    ],
)
def test_advice_to_trade_is_a_fault(text: str) -> None:
    assert "advice to trade" in wording.faults(text, KNOWN)


@pytest.mark.parametrize(
    "text", ["https://x.example 참고", "t.me/abc 로 오라", "@room 입장", "<b>급등</b>", "evil.com 방문"]
)
def test_links_and_mark_up_are_a_fault(text: str) -> None:
    assert "a link or mark-up" in wording.faults(text, KNOWN)


@pytest.mark.parametrize(
    "text", ["80,000원까지 간다.", "8만원", "1.9%", "7만 1천원", "７１０００원", "3.6억"]
)
def test_a_number_that_was_not_given_is_a_fault(text: str) -> None:
    assert [fault for fault in wording.faults(text, KNOWN) if fault.startswith("numbers that were not given")]


def test_numbers_carry_their_units_and_places() -> None:
    assert wording.numbers("7만원, 1.84%, 3.5억, 1,200주") == [
        (70_000.0, -4),
        (1.84, 2),
        (350_000_000.0, -7),
        (1200.0, 0),
    ]
