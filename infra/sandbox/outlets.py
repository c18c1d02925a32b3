"""Where a story's articles appear, and what a desk does to a text that it takes over from another."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace

from infra.sandbox.entities import Article
from infra.sandbox.texts import DATELINES, REWORDINGS

FIRST = {"maekyung": 0.5, "hankyung": 0.3, "naver": 0.2}
REPRINT = {
    "naver": 0.7,
    "maekyung": 0.15,
    "hankyung": 0.15,
}  # of what is left without the first article's outlet
# of reprints; the rest changes nothing more than the words
CUT, ADDED, DATED = 0.2, 0.2, 0.3
REWORDED = 0.3
SHORTEST = 3  # paragraphs


def spread(rng: random.Random, drafts: Sequence[Article]) -> Iterator[Article]:
    """A story's drafts at their outlets, reprints as near-identical copies of the first.

    What a reprint's own draft says is dropped, but for the paragraph that it may add.
    """
    first = replace(drafts[0], outlet=_drawn(rng, FIRST))
    yield first
    for draft in drafts[1:]:
        others = {outlet: share for outlet, share in REPRINT.items() if outlet != first.outlet}
        text = _copied(rng, first.paragraphs, draft.paragraphs[-1])
        yield replace(draft, outlet=_drawn(rng, others), paragraphs=text)


def _drawn(rng: random.Random, shares: dict[str, float]) -> str:
    return rng.choices(list(shares), weights=list(shares.values()))[0]


def _copied(rng: random.Random, paragraphs: Sequence[str], own: str) -> tuple[str, ...]:
    first, *rest = paragraphs
    if rng.random() < DATED:
        first = f"{rng.choice(DATELINES)} {first}"
    return (first, *_with_another_tail(rng, [_reworded(rng, text) for text in rest], own))


def _reworded(rng: random.Random, text: str) -> str:
    word, other = rng.choice(REWORDINGS)
    return text.replace(word, other) if rng.random() < REWORDED else text


def _with_another_tail(rng: random.Random, rest: list[str], own: str) -> list[str]:
    chance = rng.random()
    if chance < CUT and len(rest) >= SHORTEST:
        return rest[:-1]
    if chance > 1 - ADDED and own not in rest:
        return [*rest, own]
    return rest
