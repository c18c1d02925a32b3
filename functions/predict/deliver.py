"""Deliver ← DeliveryDue: one message to one chat."""

from datetime import datetime

from nunchi import clock
from nunchi.events import DeliveryDue
from nunchi.notify import delivery
from nunchi.queues import Write, consumer


@consumer(DeliveryDue)
def handler(message: DeliveryDue, now: datetime) -> Write:
    return delivery.work(message, now=now, clock=clock.now)
