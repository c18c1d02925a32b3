"""DartNamesCrawler: on Sundays, the names under which the whole market's companies are registered."""

from datetime import datetime

from nunchi import database
from nunchi.adapters import dart
from nunchi.crawl.sources.dart import corp_names
from nunchi.match import repository
from nunchi.runs.service import crawler
from nunchi.schedules import OFF, Counts


@crawler("dart_names")
def handler(now: datetime, _scheduled_time: datetime) -> Counts:
    if not dart.has_login():
        return OFF
    names = list(corp_names(dart.corp_codes()))
    with database.session() as session:
        return {"names": repository.add_names(session, names, known_at=now)}
