"""What admins do is told to the log: who did what to which thing, by ids, under the request's correlation id.

Every route that lets admins alone write takes `Audited`.
"""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from api.dependencies import Admin
from api.problems import correlation_id
from nunchi.observability import get_logger

ACTED = "an admin acted"


@dataclass(frozen=True)
class Audit:
    """Tells of what one admin does in one request."""

    by: UUID
    correlation_id: str

    def __call__(self, action: str, **about: object) -> None:
        """Tells of an action that is done. `about` are ids, names of ours and numbers, never texts."""
        said = {key: str(value) for key, value in about.items()}
        told = {"action": action, "by": str(self.by), "about": said, "correlation_id": self.correlation_id}
        get_logger().info(ACTED, extra=told)


def _audit(admin: Admin, request: Request) -> Audit:
    return Audit(admin.id, correlation_id(request))


Audited = Annotated[Audit, Depends(_audit)]
