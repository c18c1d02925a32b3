"""The keys that sign tokens on this machine: random, made once, kept with the rest of the state."""

import json
import secrets
from pathlib import Path

FILE = "auth_keys.json"


def keys(home: Path) -> str:
    """The keys of a home, as `nunchi.accounts.keys` reads them; only their owner can read the file."""
    file = home / FILE
    if not file.exists():
        home.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(json.dumps({"current": "local", "keys": {"local": secrets.token_urlsafe(32)}}))
    return file.read_text()
