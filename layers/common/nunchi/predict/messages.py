"""What a model is sent: instructions of ours as the system's message, and the data, all of it JSON, as the user's.

Text from outside is only ever a JSON string between markers that it cannot write.
"""

import json
import re
from typing import Any

from nunchi.adapters.openai import Message
from nunchi.market import rules as market_rules
from nunchi.predict import baselines, prompts
from nunchi.predict.question import Question
from nunchi.seoul import SEOUL

QUOTED_SAME_STOCK, QUOTED_NEIGHBOURS = 3, 5  # similar stories of the stock, and of any
TITLE_MAX = 300  # characters of a title that are quoted; a headline has some forty
_OUTCOMES = ("down", "flat", "up")
_NEIGHBOUR_FIELDS = {
    "similarity": "similarity_ratio",
    "adjusted_return_ratios": "adjusted_return_by_sessions_ratio",
}


def of(question: Question) -> list[Message]:
    """The messages that put a question. Raises `KeyError` and `NoHistory` before anything is sent."""
    return [
        {"role": "system", "content": prompts.render(question.prompt_version, "system")},
        {
            "role": "user",
            "content": prompts.render(question.prompt_version, "user", data=quote(data(question))),
        },
    ]


def repair(fault: str) -> Message:
    """The message that asks again. `fault` is in words of ours, so nothing that a text wrote comes back in it."""
    content = f"Your answer was not used: {fault}. Answer again, in JSON of the schema, by the rules at the beginning."
    return {"role": "user", "content": content}


def data(question: Question) -> dict[str, Any]:
    """All that a model is told of a case, as JSON has it; numbers come from the database, with units in their names."""
    evidence = question.evidence
    return {
        "story": {
            "article_ids": evidence["article_ids"],
            "title": question.story_title[:TITLE_MAX],
            "first_sentence": question.story_lead,
        },
        "stock": {"code": question.stock_code, "name": question.stock_name, "market": question.market},
        "as_of": question.as_of.astimezone(SEOUL).isoformat(timespec="minutes"),
        "entry_kind": question.entry_kind,
        "horizons": _horizons(question),
        "volatility_20_sessions_market_adjusted_ratio": round(question.sigma20_ratio, 4),
        "recent_closes_won": evidence["recent_closes_won"],
        "indicators": evidence["indicators"],
        "market": evidence["market"],
        "flows": evidence["flows"],
        "disclosures": [one | {"title": one["title"][:TITLE_MAX]} for one in evidence["disclosures"]],
        "similar_stories": [_similar(question, near) for near in _quoted(question)],
        "after_similar_stories": evidence.get("followed"),
    }


def citable(question: Question) -> set[str]:
    """The ids of the articles that the data shows."""
    near = {str(one["article_id"]) for one in _quoted(question) if one.get("article_id")}
    disclosed = {one["article_id"] for one in question.evidence["disclosures"]}
    return near | disclosed | set(question.evidence["article_ids"])


def quote(value: object) -> str:
    """JSON in which no text can write a marker, and in which characters that nobody sees are written out."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return re.sub(r"[<>]|[^\x20-\x7e가-힣]", _written_out, text)


def _written_out(found: "re.Match[str]") -> str:
    character = found[0]
    if character.isprintable() and character not in "<>":
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def _horizons(question: Question) -> list[dict[str, Any]]:
    share = market_rules.kind_share(question.entry_kind)
    return [
        {
            "horizon_sessions": horizon,
            "flat_band_ratio": round(market_rules.flat_band(question.sigma20_ratio, horizon, share), 4),
            "prior_ratios": dict(zip(_OUTCOMES, (round(p, 3) for p in prior), strict=True)),
        }
        for horizon, prior in baselines.prior(question).items()
    ]


def _quoted(question: Question) -> list[dict[str, Any]]:
    evidence = question.evidence
    same: list[dict[str, Any]] = evidence.get("neighbours_same_stock", [])[:QUOTED_SAME_STOCK]
    quoted = {one["story_id"] for one in same}
    return same + [one for one in evidence["neighbours"] if one["story_id"] not in quoted][:QUOTED_NEIGHBOURS]


def _similar(question: Question, near: dict[str, Any]) -> dict[str, Any]:
    shown = {name: near[field] for field, name in _NEIGHBOUR_FIELDS.items()}
    return {
        "article_id": near.get("article_id"),
        "same_stock": near["stock_code"] == question.stock_code,
        **shown,
    }
