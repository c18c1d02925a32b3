"""Which stocks Naver's search is asked about in a run, so that a day stays below its 25,000 calls. Pure."""

from datetime import datetime
from zlib import crc32

RUN_S = 600  # a run each ten minutes
RESULTS = {1: 10, 2: 5, 3: 3}  # by priority: how many results are asked for
# by priority: a turn every so many runs, which makes 144, 24 and 4 calls a day; 100 stocks of the first, 300 of the
# second and 800 of the third priority take 24,800
EVERY_RUNS = {1: 1, 2: 6, 3: 36}


def has_turn(code: str, priority: int, scheduled_time: datetime) -> bool:
    """Whether a stock is asked about in the run of a scheduled time. Stocks are spread evenly over the runs."""
    run = int(scheduled_time.timestamp()) // RUN_S
    return (run + crc32(code.encode())) % EVERY_RUNS[priority] == 0
