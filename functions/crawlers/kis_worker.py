"""KisWorker: asks the broker about the stocks and indices of a message, and stores what it says."""

from datetime import datetime

from nunchi import database
from nunchi.adapters import kis
from nunchi.events import QuotesDue
from nunchi.market import known
from nunchi.queues import Write, consumer
from nunchi.quotes import service


@consumer(QuotesDue)
def work(message: QuotesDue, now: datetime) -> Write:
    with database.session() as session:
        calendar = known.calendar(session)
    return service.work(message, kis.get_client(), calendar, now=now)
