"""What routes are given: the transaction, the time, and the page that a client asks for."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Path, Query
from sqlalchemy.orm import Session

from nunchi import clock, database

CODE = r"^[0-9A-Z]{6}$"


def _session() -> Iterator[Session]:
    with database.session() as session:
        yield session


DatabaseSession = Annotated[Session, Depends(_session)]
Now = Annotated[datetime, Depends(clock.now)]
Limit = Annotated[int, Query(ge=1, le=200, description="How many rows at most.")]
StockCode = Annotated[str, Query(pattern=CODE, description="A stock's six-character code.")]
StockPath = Annotated[str, Path(pattern=CODE, description="A stock's six-character code.")]
ArmName = Annotated[str, Query(pattern=r"^[\w.-]{1,40}$", description="An arm's name.")]
