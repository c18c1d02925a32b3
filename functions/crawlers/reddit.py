"""RedditCrawler: every ten minutes, the new posts of some subreddits that are about the Korean market."""

from datetime import datetime
from functools import partial

from nunchi import clock
from nunchi.adapters import polite, reddit
from nunchi.crawl.service import crawl
from nunchi.crawl.sources.reddit import LOOK_BACK, SOURCE, SUBREDDITS, worth_reading
from nunchi.runs.service import crawler
from nunchi.schedules import OFF, Counts


@crawler("reddit")
def handler(now: datetime, _scheduled_time: datetime) -> Counts:
    if not (reddit.has_login() and polite.has_contact()):
        return OFF
    listings = reddit.pages("+".join(SUBREDDITS), now - LOOK_BACK)
    return crawl(SOURCE, listings, polite.read, clock.now, links=partial(worth_reading, now=now))
