"""A function's process: AWS's runtime client, in the replay's time.

The present of `nunchi.clock` is what the ticker has written into the file NUNCHI_CLOCK; until there is one, it is
the machine's.
"""

import os
import runpy
import sys
from datetime import UTC, datetime
from pathlib import Path

from nunchi import clock

CLOCK = Path(os.environ.pop("NUNCHI_CLOCK"))


def present() -> datetime:
    """The replay's time, or the machine's before there is one."""
    try:
        return datetime.fromisoformat(CLOCK.read_text())
    except FileNotFoundError:
        return datetime.now(UTC)


if __name__ == "__main__":
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    try:
        with clock.driven_by(present):
            runpy.run_module("awslambdaric", run_name="__main__", alter_sys=True)
    finally:
        os._exit(1)  # LocalStack is gone, and its Runtime API; the client's own threads would keep us here
