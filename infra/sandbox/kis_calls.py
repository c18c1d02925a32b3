"""A call of KIS's and its answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from infra.sandbox.kis_desk import Desk, Quote
from infra.sandbox.kis_rows import Series, as_json

MAX_ROWS = 100
STATUS = {"rt_cd": "0", "msg_cd": "MCA00000", "msg1": "정상처리 되었습니다."}
FOUND = {"rt_cd": "0", "msg_cd": "KIOK0530", "msg1": "조회되었습니다".ljust(80)}
MORE = {"rt_cd": "0", "msg_cd": "KIOK0500", "msg1": "다음 자료가 더 있습니다.".ljust(80)}
LAST = {"rt_cd": "0", "msg_cd": "KIOK0460", "msg1": "마지막 자료입니다.".ljust(80)}
WRONG = {"rt_cd": "1", "msg_cd": "OPSQ2001"}


@dataclass(frozen=True)
class Asked:
    """A call: its query with the names in capitals, when, and whether it wants the next page."""

    query: Mapping[str, str]
    now: datetime
    more: bool
    desk: Desk
    series: Series

    @property
    def code(self) -> str:
        """The stock or the index that is asked about."""
        return self.query["FID_INPUT_ISCD"]

    @property
    def quote(self) -> Quote | None:
        """The stock at that moment."""
        return self.desk.quote(self.code, self.now)


@dataclass(frozen=True)
class Answer:
    """A body, and the header that tells of further pages."""

    text: str
    tr_cont: str = ""


@dataclass(frozen=True)
class Endpoint:
    """A call: its path, its TR, the market code that it takes, the fields that it needs, and what it answers."""

    path: str
    tr_id: str
    market: str
    needed: tuple[str, ...]
    answer: Callable[[Asked], Answer]


def body(**outputs: object) -> Answer:
    """An answer with these outputs."""
    return Answer(as_json({**outputs, **STATUS}))


def with_rows(summary: object, rows: Sequence[str]) -> Answer:
    """An answer whose rows are JSON already."""
    head = f'{{"output1":{as_json(summary)},"output2":[{",".join(rows[:MAX_ROWS])}],'
    return Answer(head + as_json(STATUS)[1:])


def wrong(name: str) -> Answer:
    """The answer to a call of which a field is no good."""
    return Answer(as_json(WRONG | {"msg1": f"ERROR INVALID {name}"}))
