"""Text embeddings without a model: hashed character n-grams, so that texts that share wording are near."""

from base64 import b64encode
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

DIMENSIONS = {"text-embedding-3-small": 1536, "text-embedding-3-large": 3072, "text-embedding-ada-002": 1536}
NGRAMS = (2, 3)


def vector(text: str, model: str, dimensions: int | None) -> NDArray[np.float32]:
    """A unit vector; a smaller number of dimensions is the start of the full vector, scaled to unit length again."""
    full = DIMENSIONS[model]
    padded = f" {text} "
    grams = [padded[at : at + n] for n in NGRAMS for at in range(len(padded) - n + 1)]
    hashes = np.array([crc32(gram.encode("utf-8", "replace")) for gram in grams], dtype=np.int64)
    signs = np.where(hashes & 1, 1.0, -1.0)
    values = np.bincount((hashes >> 1) % full, weights=signs, minlength=full)[:dimensions]
    length = float(np.linalg.norm(values))
    if length == 0.0:  # all of the text fell outside the kept dimensions
        values[0] = length = 1.0
    return (values / length).astype(np.float32)


def encoded(values: NDArray[np.float32], encoding: str) -> str | list[float]:
    """A vector in one of the two encodings: `float` or `base64` (32-bit, little-endian)."""
    if encoding == "base64":
        return b64encode(values.astype("<f4").tobytes()).decode()
    floats: list[float] = values.tolist()
    return floats
