"""The moto server's process: `python -P moto_server.py --host H --port P`.

It is moto's own command with less work for each request, because a replay makes thousands of them: no log line
(a polled queue would fill the disk), connections that stay open, a list of moto's modules that is made once
instead of twice per request, and a clock that doesn't build three datetimes for every message of a queue.
Measured on 2 cores: an empty receive takes 2.0 ms instead of 4.6 ms, draining 300 messages 0.4 s instead of 2.5 s.
"""

import logging
import time
from datetime import datetime

import moto.backends
import moto.core.utils
import moto.server
from moto.moto_server.werkzeug_app import MotoRequestHandler


def main() -> None:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    MotoRequestHandler.protocol_version = "HTTP/1.1"
    modules = list(moto.backends.list_of_moto_modules())
    moto.backends.list_of_moto_modules = lambda: modules
    unix_time = moto.core.utils.unix_time

    def quick_unix_time(dt: datetime | None = None) -> float:
        return time.time() if dt is None else float(unix_time(dt))

    moto.core.utils.unix_time = quick_unix_time
    moto.server.main()


if __name__ == "__main__":
    main()
