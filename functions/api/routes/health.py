"""Whether the service can do its work."""

from typing import Literal

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel
from sqlalchemy import text

from api.dependencies import DatabaseSession, Now, public

router = APIRouter(tags=["health"], dependencies=[public])


class Health(BaseModel):
    status: Literal["ok"]
    now: AwareDatetime


@router.get("/health")
def health(session: DatabaseSession, now: Now) -> Health:
    """Answers once the database does."""
    session.execute(text("SELECT 1"))
    return Health(status="ok", now=now)
