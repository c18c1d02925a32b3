"""What a report's text may not say."""

import pytest

from nunchi.report import wording


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
def test_a_factual_text_is_no_advice(text: str) -> None:
    assert not wording.advises(text)


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
def test_advice_to_trade_is_seen(text: str) -> None:
    assert wording.advises(text)
