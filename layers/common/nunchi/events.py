"""What has happened, or has become due, as messages between functions. They carry ids, never bodies."""

from datetime import date, timedelta
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from nunchi.quotes.rules import Kind
from nunchi.report.slots import Slot


class Event(BaseModel):
    """A message. `patience` is how long its row may stay open before the Relay sends it again.

    It is longer than SQS's own retries take, so the Relay is for what SQS never got, or lost.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    patience: ClassVar[timedelta] = timedelta(hours=2)

    @property
    def queue(self) -> str:
        """The short name of the queue that this event goes to."""
        raise NotImplementedError


class ArticleStored(Event):
    """A new article is in the database."""

    article_id: UUID

    @property
    def queue(self) -> str:
        return "embed"


class ForecastDue(Event):
    """An arm is asked for its forecast of a case."""

    case_id: UUID
    arm: str
    provider: str

    @property
    def queue(self) -> str:
        return f"predict_{self.provider}"


class DailyBarsDue(Event):
    """The daily bars of a stock (six digits) or an index (four digits) up to a session are to be fetched."""

    code: str
    session: date

    @property
    def queue(self) -> str:
        return "kis_daily"


class QuotesDue(Event):
    """Market data of one kind is to be fetched for some stocks or indices, about a session; `tries` counts from 1."""

    kind: Kind
    codes: tuple[str, ...] = Field(min_length=1)
    session: date
    tries: int = 1

    @property
    def queue(self) -> str:
        return "kis_quotes"


class ReportDue(Event):
    """An arm is to report on a stock: version 1 by schedule, a later one on request. Its run says as of when."""

    patience: ClassVar[timedelta] = timedelta(hours=3)  # SQS's own retries take two

    stock_code: str
    arm: str
    session: date
    slot: Slot
    version: int = Field(default=1, ge=1)

    @property
    def queue(self) -> str:
        return "report"


class ForecastRequested(Event):
    """A user's question is to be put to its arm. Nobody waits for its answer longer than half an hour."""

    patience: ClassVar[timedelta] = timedelta(minutes=20)

    requested_id: UUID

    @property
    def queue(self) -> str:
        return "requested"


class ForecastSealed(Event):
    """Forecasts of a case are sealed under a root; of a case there may be several, as its arms answer one by one.

    News grows old, and a second message of it does nothing: so what its queue never got is sent again soon.
    """

    patience: ClassVar[timedelta] = timedelta(minutes=10)

    case_id: UUID
    root: str

    @property
    def queue(self) -> str:
        return "notify"


class DeliveryDue(Event):
    """A message is to be sent to a chat. It is sent once, however many of these come."""

    patience: ClassVar[timedelta] = timedelta(minutes=10)

    delivery_id: UUID

    @property
    def queue(self) -> str:
        return "deliver"
