"""What the sandbox's models answer: a simulated opinion, not a model's. The same question gets the same answer."""

import re
from collections.abc import Mapping
from hashlib import blake2b
from math import sqrt
from statistics import NormalDist

from infra.sandbox.entities import Market

HORIZONS = (1, 3, 5)  # sessions
BAND = 0.5  # half the width of the flat class, in units of the horizon's volatility
# how much of an effect a model sees, and the standard deviation of what it imagines
ABILITIES = {"gpt-4o": (0.9, 0.08), "deepseek": (0.7, 0.16)}
OTHER_ABILITY = (0.5, 0.25)
MAX_CITED = 3
DAILY_VOLATILITY = 0.02  # as a ratio: what a model takes a stock's to be
LEVELS = ((0.5, "high"), (0.1, "medium"), (0.0, "low"))  # of impact and urgency, from this size of a shift on

_NORMAL = NormalDist()
_TAGS = re.compile(r"\[[^\]]*\]|\([^)]*\)")
_NOT_WORDS = re.compile(r"[\W_]+")
_ID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")


def bare(title: str) -> str:
    """A title without tags, spaces and punctuation, which reprints share."""
    return _NOT_WORDS.sub("", _TAGS.sub("", title)).casefold()


def effects_by_title(market: Market) -> dict[str, float]:
    """The planted effect of each title in a market."""
    effects = {story.number: story.effect for story in market.stories}
    return {bare(article.title): effects[article.story] for article in market.articles if not article.reprint}


def opinion(model: str, title: str, effect: float) -> float:
    """The shift that a model expects, in units of the horizon's volatility."""
    name = model.lower()
    sight, imagination = next((it for part, it in ABILITIES.items() if part in name), OTHER_ABILITY)
    return sight * effect + imagination * _NORMAL.inv_cdf(_fraction(f"{model}\n{bare(title)}"))


def _fraction(text: str) -> float:
    drawn = int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=4).digest())
    return (drawn + 0.5) / 2**32


def forecast(model: str, title: str, prompt: str, effects: Mapping[str, float]) -> dict[str, object]:
    """The answer to a prompt about the story with this title; a title that is not in the market has no effect."""
    shift = opinion(model, title, effects.get(bare(title), 0.0))
    level = next(name for least, name in LEVELS if abs(shift) >= least)
    return {
        "forecasts": [{"horizon_sessions": horizon, **_classes(shift, horizon)} for horizon in HORIZONS],
        "sentiment": round(2 * _NORMAL.cdf(shift) - 1, 2),
        "impact": level,
        "urgency": level,
        "rationale_ko": _rationale(shift),
        "cited_article_ids": list(dict.fromkeys(_ID.findall(prompt)))[:MAX_CITED],
    }


def _classes(shift: float, horizon: int) -> dict[str, float]:
    down, up = round(_NORMAL.cdf(-BAND - shift), 4), round(_NORMAL.cdf(shift - BAND), 4)
    move = round(shift * DAILY_VOLATILITY * sqrt(horizon), 4)
    return {"p_down": down, "p_flat": round(1 - down - up, 4), "p_up": up, "expected_move_ratio": move}


def _rationale(shift: float) -> str:
    if abs(shift) < 0.1:
        return "기사 내용이 주가에 미칠 영향은 크지 않아 보인다. 과거 비율에 가깝게 전망한다."
    if shift > 0:
        return "기사 내용은 회사에 유리한 소식으로 보인다. 시장보다 강한 흐름에 무게를 둔다."
    return "기사 내용은 회사에 불리한 소식으로 보인다. 시장보다 약한 흐름에 무게를 둔다."
