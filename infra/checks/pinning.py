"""What makes RDS Proxy keep a database connection for one client, so that no other can have it meanwhile.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-pinning.html, as of 2026. The extended query protocol
with unnamed statements, which pg8000 speaks, does not pin.
"""

import re

LONGEST_BYTES = 16 * 1024  # of a statement's text; parameters don't count
# the kind of statement → what it looks like
_PINNING = {
    "a setting": r"^\s*(SET|RESET)\b(?!\s+LOCAL\b)|\bset_config\s*\(",
    "a prepared statement by name": r"^\s*(PREPARE|EXECUTE|DEALLOCATE)\b",
    "discarded state": r"^\s*DISCARD\b",
    "a temporary table": r"^\s*CREATE\s+(LOCAL\s+|GLOBAL\s+)?TEMP(ORARY)?\b|\bINTO\s+TEMP(ORARY)?\b|\bpg_temp\.",
    "a cursor": r"^\s*DECLARE\b",
    "a channel": r"^\s*(LISTEN|UNLISTEN)\b",
    "a library": r"^\s*LOAD\b",
    "a sequence by hand": r"\b(nextval|setval|currval|lastval)\s*\(",
    "a lock of the session": r"\bpg_(try_)?advisory_(un)?lock(?!_xact)\w*\s*\(",
}
_PATTERNS = {why: re.compile(pattern, re.IGNORECASE) for why, pattern in _PINNING.items()}


def pins(statement: str) -> str | None:
    """Why a statement pins its connection; None when it does not."""
    if len(statement.encode()) > LONGEST_BYTES:
        return f"a text of more than {LONGEST_BYTES} bytes"
    return next((why for why, pattern in _PATTERNS.items() if pattern.search(statement)), None)
