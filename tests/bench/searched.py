"""Stories as the search bench draws them, and exact search among them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from nunchi.adapters.milvus_rows import StoryVector

DIMENSION, TOPICS, STOCKS, YEARS, BLOCK = 384, 3_000, 2_700, 4, 50_000
COMMON, TOPIC, OWN = 2.0, 0.7, 0.6  # cosines of about 0.8 between any two texts, as the local model's are
ASKED = 0.005  # how far a question is from a story that is there: a reprint's vector
START = datetime(2022, 10, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Stories:
    """Unit vectors (stories × dimension, float32), each story's stock, and when it became known, in order."""

    vectors: NDArray[np.float32]
    stocks: NDArray[np.int64]
    known_at_s: NDArray[np.int64]

    @staticmethod
    def draw(count: int) -> "Stories":
        """The same stories each time."""
        draw = np.random.default_rng(1)
        common = COMMON * draw.standard_normal(DIMENSION, np.float32)
        topics = TOPIC * draw.standard_normal((TOPICS, DIMENSION), np.float32)
        vectors = np.empty((count, DIMENSION), np.float32)
        for start in range(0, count, BLOCK):
            size = min(BLOCK, count - start)
            own = OWN * draw.standard_normal((size, DIMENSION), np.float32)
            vectors[start : start + size] = _unit(common + topics[draw.integers(0, TOPICS, size)] + own)
        weights = np.arange(1, STOCKS + 1) ** -0.8
        stocks = draw.choice(STOCKS, count, p=weights / weights.sum())
        return Stories(vectors, stocks, np.sort(draw.integers(0, YEARS * 365 * 86_400, count)))

    def row(self, place: int) -> StoryVector:
        """A story as it is stored."""
        known_at = START + timedelta(seconds=int(self.known_at_s[place]))
        return StoryVector(
            UUID(int=place), known_at, (_code(self.stocks[place]),), self.vectors[place].tolist()
        )

    def moment(self, share: float) -> datetime:
        """The moment before which a share of the stories was known."""
        return START + timedelta(seconds=int(self.known_at_s[int(share * (len(self.known_at_s) - 1))]))

    def questions(self, count: int) -> Iterator[tuple[NDArray[np.float32], str]]:
        """Vectors beside those of some stories, with these stories' stocks."""
        draw = np.random.default_rng(2)
        for place in draw.integers(0, len(self.vectors), count):
            noise = ASKED * draw.standard_normal(DIMENSION, np.float32)
            yield _unit(self.vectors[place] + noise), _code(self.stocks[place])

    def nearest(
        self, vector: NDArray[np.float32], before: datetime, code: str | None, limit: int
    ) -> list[UUID]:
        """The most similar by exact search, best first."""
        known = int(np.searchsorted(self.known_at_s, int((before - START).total_seconds())))
        if code is not None:
            places = np.flatnonzero(self.stocks[:known] == int(code))
            likeness = self.vectors[places] @ vector
        else:
            places, likeness = np.arange(known, dtype=np.intp), self.vectors[:known] @ vector
        best = np.argpartition(-likeness, limit)[:limit] if limit < len(places) else np.arange(len(places))
        return [UUID(int=int(places[one])) for one in best[np.argsort(-likeness[best])]]


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: NDArray[np.float32] = (vectors / lengths).astype(np.float32)
    return unit


def _code(stock: np.int64) -> str:
    return f"{stock:06}"
