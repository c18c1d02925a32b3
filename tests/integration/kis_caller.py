"""A process of many callers of KIS: each thread asks for the bars of codes of its own, and all tell what they got.

Its arguments: KIS's address, the rate per second, and the codes, with a + between those of a thread.
"""

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date

from nunchi.adapters.kis import KisClient

DAY = date(2026, 7, 3)


def call(client: KisClient, codes: str) -> list[tuple[str, int]]:
    """Each bar that came for some codes."""
    return [(code, bar.close_won) for code in codes.split("+") for bar in client.daily_bars(code, DAY, DAY)]


def main(url: str, rate_per_s: str, *callers: str) -> None:
    """Lets all call at once."""
    login = os.environ["KIS_APP_KEY"], os.environ["KIS_APP_SECRET"]
    client = KisClient(url, *login, rate_per_s=float(rate_per_s))
    with ThreadPoolExecutor(len(callers)) as threads:
        found = threads.map(lambda codes: call(client, codes), callers)
    print(json.dumps([bar for bars in found for bar in bars]))


if __name__ == "__main__":
    main(*sys.argv[1:])
