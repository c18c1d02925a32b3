"""Which collection of vectors is in use."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from nunchi.models.base import Base


class VectorCollection(Base):
    """A collection in Milvus: the vectors of all stories, made by one model.

    `state` is `filling` while stories are embedded anew, `current` for the one that is searched and written, and
    `left` afterwards.
    """

    __tablename__ = "vector_collections"

    name: Mapped[str] = mapped_column(primary_key=True)
    model: Mapped[str]
    dimension: Mapped[int]
    state: Mapped[str]
    started_at: Mapped[datetime]
    switched_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "uq_vector_collections_current", "state", unique=True, postgresql_where=text("state = 'current'")
        ),
        Index(
            "uq_vector_collections_filling", "model", unique=True, postgresql_where=text("state = 'filling'")
        ),
    )
