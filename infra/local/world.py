"""The sandbox as the outside world of a local platform: its process, its clock, and its addresses."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import requests

from infra.local.processes import HOST, free_port, running
from infra.sandbox.market import Market, generate
from nunchi.adapters import web
from nunchi.market.calendar import Calendar, xkrx

FIRST_LIVE = date(2026, 10, 19)  # the sample's live sessions begin on this day whenever it is played
SITE = "https://www.mk.co.kr"
STAND_INS = {
    "www.mk.co.kr": "/mk",
    "www.hankyung.com": "/hankyung",
    "finance.naver.com": "/naver-finance",
    "n.news.naver.com": "/naver-news",
    "openapi.naver.com": "/naver-api",
    "opendart.fss.or.kr": "/dart",
    "www.reddit.com": "/reddit",
    "oauth.reddit.com": "/reddit-oauth",
}  # each host's place in the sandbox


@dataclass(frozen=True)
class Sample:
    """The arguments of a sample market."""

    seed: int = 1
    history: int = 250
    live: int = 10
    companies: int = 40
    stories_per_session: int = 20
    effects: bool = True

    def arguments(self, calendar: Calendar) -> dict[str, Any]:
        """What `infra.sandbox.market.generate` takes, on real XKRX sessions around `FIRST_LIVE`."""
        first, last = calendar.after(FIRST_LIVE, -self.history), calendar.after(FIRST_LIVE, self.live - 1)
        sessions = [session.day for session in calendar.between(first.day, last.day)]
        return {key: value for key, value in asdict(self).items() if key != "history"} | {
            "sessions": sessions
        }

    def generate(self, calendar: Calendar) -> Market:
        """The market itself."""
        return generate(**self.arguments(calendar))


@dataclass(frozen=True)
class World:
    """A running sandbox."""

    url: str

    def settings(self) -> dict[str, str]:
        """The environment that points the functions at it. Its keys are worth nothing anywhere."""
        return {
            "STAND_INS": json.dumps({host: f"{self.url}{prefix}" for host, prefix in STAND_INS.items()}),
            "CRAWLER_CONTACT": "sandbox@nunchi.example",
            "CRAWL_DELAY_S": "0",
            "NAVER_CLIENT_ID": "sandbox",
            "NAVER_CLIENT_SECRET": "sandbox",
            "REDDIT_CLIENT_ID": "sandbox",
            "REDDIT_CLIENT_SECRET": "sandbox",
            "DART_API_KEY": "sandbox".ljust(40, "0"),
            "KIS_BASE_URL": f"{self.url}/kis",
            "KIS_APP_KEY": "sandbox",
            "KIS_RATE_PER_S": "1000000",
            "KIS_APP_SECRET": "sandbox",
            "OPENAI_BASE_URL": f"{self.url}/openai/v1",
            "OPENAI_API_KEY": "sandbox",
            "OPENROUTER_BASE_URL": f"{self.url}/openrouter/api/v1",
            "OPENROUTER_API_KEY": "sandbox",
            "TELEGRAM_BASE_URL": f"{self.url}/telegram",
            "TELEGRAM_BOT_TOKEN": "1:" + "sandbox".ljust(35, "0"),
            "TELEGRAM_WEBHOOK_SECRET": "sandbox",
            "TELEGRAM_BOT_NAME": "nunchi_sandbox_bot",
            "TELEGRAM_RATE_PER_S": "1000000",  # a replay plays a day in seconds
            "TELEGRAM_CHAT_RATE_PER_S": "1000000",
        }

    def set_clock(self, moment: datetime) -> None:
        """Sets the sandbox's time, over the crawlers' own kept connection."""
        answer = web.get_session().put(
            f"{self.url}/_control/clock", json={"now": moment.isoformat()}, timeout=10
        )
        answer.raise_for_status()


@contextmanager
def running_world(sample: Sample, home: Path) -> Iterator[World]:
    """A sandbox of its own process that plays a sample market, stopped at the end."""
    home.mkdir(parents=True, exist_ok=True)
    described, port = home / "market.json", free_port()
    described.write_text(json.dumps(sample.arguments(xkrx()), default=str))
    command = [sys.executable, "-m", "infra.sandbox", "--port", str(port), "--market", str(described)]
    world = World(f"http://{HOST}:{port}")
    with running("the sandbox", command, home / "sandbox.log") as child:
        child.wait_until(lambda: _answers(world.url))
        yield world


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/_control/truth", timeout=1).ok
    except requests.RequestException:
        return False
