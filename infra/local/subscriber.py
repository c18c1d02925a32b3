"""A sample user whose chat is in the sandbox, so that alerts are seen to arrive."""

import secrets
from datetime import datetime

import requests
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from infra.local.world import World
from nunchi import database, ids
from nunchi.accounts import repository as accounts
from nunchi.accounts import service
from nunchi.accounts.rules import Role
from nunchi.notify import linking
from nunchi.notify.repository import chats, people

CHAT, EMAIL = 100_001, "sample@nunchi.example"
# the baselines are seldom sure of anything: so that something is told, less is asked of them than by default
WANTED = {"name": "표본", "stocks": "all", "minimum_probability": 0.5}


def add(now: datetime) -> None:
    """Adds the user with their chat and a rule; again, it changes nothing. Nobody can log in as them."""
    user = service.new_user(EMAIL, "표본", secrets.token_urlsafe(), Role.USER, now)
    user.id = ids.derive("user", "sample")  # so that two replays leave the same rows
    with database.session() as session:
        if accounts.user_by_email(session, EMAIL) is not None:
            return
        accounts.add_user(session, user)
        chats.link(session, user.id, str(CHAT), CHAT, now=now)
        people.add_preferences(session, user.id, linking.DEFAULTS)
        linking.add_rule(session, user.id, linking.RULE_DEFAULTS | WANTED, now=now)


def show(world: World, console: Console) -> int:
    """Prints the last alert that came into the chat; returns how many did."""
    address = f"{world.url}/_control/telegram/chats/{CHAT}"
    messages = requests.get(address, timeout=10).json()
    if messages:
        title = f"the last of {len(messages)} alerts in the sandbox's chat {CHAT}"
        console.print(Panel(Text(messages[-1]["text"]), title=title, expand=False))
    return len(messages)
