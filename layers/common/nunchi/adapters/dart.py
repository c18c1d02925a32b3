"""OpenDART: the list of disclosures, and the register of firms. At most about 20,000 calls a day."""

from collections.abc import Callable, Iterator
from datetime import date
from functools import cache, partial

from nunchi import secrets
from nunchi.adapters import polite, web
from nunchi.crawl.source import SourceChanged
from nunchi.crawl.sources import dart as source
from nunchi.errors import UpstreamError
from nunchi.settings import get_settings, required

API = "https://opendart.fss.or.kr/api/"
PER_DELAY = 5  # calls within the delay of a crawl
PER_PAGE = 100  # the most that a page can hold
MAX_PAGES = 200  # more than any quarter's last day has
MAX_REGISTER_BYTES = 50_000_000


def has_login() -> bool:
    """Whether a key is configured."""
    settings = get_settings()
    return bool(settings.dart_api_key or settings.dart_secret_arn)


def pages(first: date, last: date) -> Iterator[Callable[[], bytes]]:
    """A fetch for each page of the disclosures received on the days of Seoul from `first` to `last`, newest first.

    The first page tells how many there are, and is fetched once. A fetch raises `UpstreamError`; an error of DART's
    own comes as a body, with HTTP 200.
    """
    days = {"bgn_de": f"{first:%Y%m%d}", "end_de": f"{last:%Y%m%d}", "page_count": str(PER_PAGE)}
    first_page = cache(partial(_get, "list.json", days | {"page_no": "1"}))
    yield first_page
    for number in range(2, _number_of_pages(first_page) + 1):
        yield partial(_get, "list.json", days | {"page_no": str(number)})


def _number_of_pages(first_page: Callable[[], bytes]) -> int:
    try:
        _, total = source.pages(first_page())
    except (UpstreamError, SourceChanged):
        return 0  # whoever fetches and reads the first page meets that error
    return min(total, MAX_PAGES)


def corp_codes() -> bytes:
    """The zipped register of all firms, listed and not. Raises `UpstreamError`."""
    return _get("corpCode.xml", {}, max_bytes=MAX_REGISTER_BYTES)


def _get(path: str, query: dict[str, str], max_bytes: int = web.MAX_BYTES) -> bytes:
    settings = get_settings()
    key = required("dart_api_key", secrets.get(settings.dart_api_key, settings.dart_secret_arn))
    polite.wait_turn(API, per_delay=PER_DELAY)
    page = web.fetch(API + path, params={"crtfc_key": key, **query}, max_bytes=max_bytes)
    return page.body if page else b""
