"""What is played: a small market of two sessions, and what its functions are told of the world outside."""

from datetime import datetime, timedelta

from infra.local import demo
from infra.local.world import Sample, World
from infra.sandbox.market import Market

SAMPLE = Sample(seed=3, history=60, live=2, companies=6, stories_per_session=3)
# secrets of the template, which a deployed function reads from Secrets Manager
SECRET = ("_API_KEY", "_APP_KEY", "_APP_SECRET", "_CLIENT_ID", "_CLIENT_SECRET", "CRAWLER_CONTACT")
QUIET = {"POWERTOOLS_LOG_LEVEL": "WARNING"}


def outside(world: World) -> dict[str, str]:
    """Where the sandbox is, for the functions; nothing that the template or a secret gives them."""
    return {name: value for name, value in world.settings().items() if not name.endswith(SECRET)} | QUIET


def days(market: Market) -> tuple[datetime, datetime, datetime]:
    """Midnight in Seoul before the first session, before the second, and after it."""
    when = demo.span(market)
    return when.start, when.end - timedelta(days=1), when.end
