"""A sandbox as its clients and its operator see it."""

from datetime import date, datetime, time
from typing import Any
from urllib.parse import urlsplit

import requests

from infra.local.world import STAND_INS
from infra.sandbox.entities import SEOUL

LOGIN = {"grant_type": "client_credentials", "appkey": "key", "appsecret": "secret"}
NAVER_LOGIN = {"X-Naver-Client-Id": "id", "X-Naver-Client-Secret": "secret"}
DART_KEY = "k" * 40
QUOTATIONS = "/kis/uapi/domestic-stock/v1/quotations"
DAILY, INDEX = f"{QUOTATIONS}/inquire-daily-itemchartprice", f"{QUOTATIONS}/inquire-index-daily-price"


class World:
    """Requests to one sandbox over one connection."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._session = requests.Session()

    def at(self, day: date, moment: time) -> None:
        self.set(datetime.combine(day, moment, tzinfo=SEOUL))

    def set(self, now: datetime) -> None:
        self.put("/_control/clock", {"now": now.isoformat()})

    def put(self, path: str, body: Any) -> None:
        answer = self._session.put(self.address + path, json=body, timeout=10)
        assert answer.status_code == 200, answer.text

    def get(self, path: str, query: Any = None, **headers: str) -> requests.Response:
        return self._session.get(self.address + path, params=query, headers=headers, timeout=10)

    def post(self, path: str, body: Any) -> requests.Response:
        return self._session.post(self.address + path, json=body, timeout=10)

    def read(self, url: str, query: Any = None, **headers: str) -> requests.Response:
        """What stands at a public address, here."""
        parts = urlsplit(url)
        path = STAND_INS[parts.netloc] + parts.path + (f"?{parts.query}" if parts.query else "")
        return self.get(path, query, **headers)

    def misbehave(self, *faults: dict[str, Any]) -> None:
        """Tells the sandbox what to do wrong next."""
        self.put("/_control/faults", list(faults))

    def search(self, query: str, **options: Any) -> dict[str, Any]:
        asked = {"query": query, "sort": "date", **options}
        found: dict[str, Any] = self.get("/naver-api/v1/search/news.json", asked, **NAVER_LOGIN).json()
        return found

    def disclosures(self, first: date, last: date, **options: Any) -> dict[str, Any]:
        asked = {"crtfc_key": DART_KEY, "bgn_de": f"{first:%Y%m%d}", "end_de": f"{last:%Y%m%d}", **options}
        found: dict[str, Any] = self.get("/dart/api/list.json", asked).json()
        return found

    def feed(self, **headers: str) -> requests.Response:
        return self.get("/mk/rss/50200011/", None, **headers)

    def token(self) -> str:
        return str(self.post("/kis/oauth2/tokenP", LOGIN).json()["access_token"])

    def headers(self, tr_id: str) -> dict[str, str]:
        return {
            "authorization": f"Bearer {self.token()}",
            "appkey": "key",
            "appsecret": "secret",
            "tr_id": tr_id,
        }

    def daily(self, code: str, first: date, last: date) -> dict[str, Any]:
        query = {
            "FID_INPUT_ISCD": code,
            "FID_INPUT_DATE_1": f"{first:%Y%m%d}",
            "FID_INPUT_DATE_2": f"{last:%Y%m%d}",
        }
        body: dict[str, Any] = self.get(DAILY, query, **self.headers("FHKST03010100")).json()
        return body

    def index(self, code: str, last: date) -> dict[str, Any]:
        query = {"fid_input_iscd": code, "fid_input_date_1": f"{last:%Y%m%d}"}
        body: dict[str, Any] = self.get(INDEX, query, **self.headers("FHPUP02120000")).json()
        return body
