"""What a kind of story is.

Placeholders in its texts: {name}, {topic} (the name with 은 or 는), {subject} (with 이 or 가), and {n}, one of the
kind's numbers. Titles and first sentences are few, so that the same text comes back months later, as in real news.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A kind of story: what it does to a stock (see `Story.effect`), and how it is told."""

    name: str
    effect: float
    leads: tuple[tuple[str, str], ...]  # title, first sentence
    details: tuple[str, ...]  # paragraphs that only this kind has
    numbers: tuple[str, ...] = ("",)
    medical: bool = False
