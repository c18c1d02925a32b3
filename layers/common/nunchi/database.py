"""One engine per environment, one transaction per request or message, committed only at the edge."""

import json
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import cache
from typing import Any, Literal

import pg8000.dbapi
from pg8000.dbapi import DATE, TIMESTAMPTZ
from sqlalchemy import (
    ColumnElement,
    Dialect,
    Engine,
    ExceptionContext,
    FromClause,
    NullPool,
    Text,
    cast,
    column,
    create_engine,
    event,
    func,
    literal,
    make_url,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.types import TypeEngine

from nunchi import secrets
from nunchi.settings import get_settings, required

Pause = Callable[
    [], bool
]  # between two parts of long work: commits, and says whether there is time for another
Condition = Callable[[Any], ColumnElement[bool]]  # what a query must meet, by a value that is given
# of a bulk insert: from 16 KB of text on, RDS Proxy keeps a connection for one client (tests/integration/test_heard.py)
ROWS_A_STATEMENT = 50
WRONG_LOGIN = {"28000", "28P01"}  # SQLSTATE
# beginnings of SQLSTATEs: no connection, no resources (connections, memory, disk), shut down or starting, a standby,
# a database that is closed to connections
AWAY = ("08", "53", "57P", "25006", "55000")
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
# pg8000's own readers ask strptime, which was half the time of a page of rows
READERS: Mapping[int, Callable[[str], Any]] = {DATE: date.fromisoformat, TIMESTAMPTZ: datetime.fromisoformat}


@cache
def get_engine() -> Engine:
    """The engine on `DATABASE_URL`; user and password come from `DATABASE_SECRET_ARN` where that is set."""
    return make_engine(timeout_s=get_settings().database_timeout_s)


def make_engine(*, timeout_s: float, pooled: bool = True) -> Engine:
    """An engine as `get_engine` gives it: `timeout_s` is that of a connection and of one statement.

    One that is not pooled opens a connection each time, for who must not take that of a request.
    """
    settings = get_settings()
    url = make_url(required("database_url", settings.database_url))
    pool: dict[str, Any] = (
        {"pool_size": settings.database_pool_size, "max_overflow": 0, "pool_pre_ping": True}
        if pooled
        else {"poolclass": NullPool}
    )
    engine = create_engine(
        url,
        insertmanyvalues_page_size=ROWS_A_STATEMENT,
        hide_parameters=True,  # they may be crawled text, which is no log line
        connect_args={"ssl_context": _tls(url.host), "timeout": timeout_s},
        **pool,
    )
    event.listen(engine, "do_connect", _log_in)
    event.listen(engine, "connect", _read_quickly)
    event.listen(engine, "handle_error", _drop_connection)
    return engine


def _tls(host: str | None) -> ssl.SSLContext | Literal[False]:
    """Trusts the system's authorities, as RDS Proxy's is; or those of a file alone: RDS itself has its own."""
    # pg8000 builds an SSL context on every connect (20 ms) unless it is given one, or told to use none
    if host in LOOPBACK:
        return False
    return ssl.create_default_context(cafile=get_settings().database_ca_file or None)


def _log_in(
    dialect: Dialect, _record: object, args: tuple[Any, ...], parameters: dict[str, Any]
) -> DBAPIConnection | None:
    """Gives each new connection the login of the moment: RDS rotates it, and a warm function lives longer.

    The kept login may be that of before: one that is refused is read anew, once.
    """
    arn = get_settings().database_secret_arn
    if not arn:
        return None
    try:
        return _connect(dialect, args, parameters, secrets.get_json(arn))
    except pg8000.dbapi.DatabaseError as exc:
        if not _is_refused(exc):
            raise
        return _connect(dialect, args, parameters, secrets.get_json(arn, anew=True))


def _connect(
    dialect: Dialect, args: tuple[Any, ...], parameters: Mapping[str, Any], login: Mapping[str, str]
) -> DBAPIConnection:
    return dialect.connect(*args, **{**parameters, "user": login["username"], "password": login["password"]})


def _is_refused(exc: pg8000.dbapi.DatabaseError) -> bool:
    """Whether the server, or a proxy before it, took the login for a wrong one."""
    return _state(exc) in WRONG_LOGIN


def _state(exc: BaseException | None) -> str:
    """The SQLSTATE of an error that the server sent, or ""."""
    said = exc.args[0] if exc is not None and exc.args else None
    return str(said.get("C", "")) if isinstance(said, dict) else ""


def is_away(exc: DBAPIError) -> bool:
    """Whether the server could not take the statement now, and may take it later; else the statement is to blame."""
    return isinstance(exc, OperationalError | InterfaceError) or _state(exc.orig).startswith(AWAY)


def _read_quickly(connection: pg8000.dbapi.Connection, _record: object) -> None:
    for kind, read in READERS.items():
        connection.register_in_adapter(kind, read)


def _drop_connection(context: ExceptionContext) -> None:
    """A value that pg8000 could not write leaves half a statement on the wire: that connection is done with."""
    if not isinstance(context.original_exception, pg8000.dbapi.Error):
        context.is_disconnect = True
        context.invalidate_pool_on_disconnect = False


@contextmanager
def session() -> Iterator[Session]:
    """A session whose transaction commits when the block ends, and rolls back when it raises."""
    with Session(get_engine(), expire_on_commit=False) as opened, opened.begin():
        yield opened


def never() -> bool:
    """The pause of work in one transaction: none, and all the time there is."""
    return True


@contextmanager
def long_session() -> Iterator[Session]:
    """A session for work of many transactions: whoever opens it commits each one; the last one on leaving."""
    with Session(get_engine(), expire_on_commit=False) as opened:
        yield opened
        opened.commit()


def recordset(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, TypeEngine[Any]]) -> FromClause:
    """Rows as a table of a query, in their order, whatever their number: all of them are one parameter.

    `columns` gives the names and types of what is read of each row.
    """
    written = json.dumps(rows, default=str, ensure_ascii=False)
    sent = func.json_to_recordset(cast(literal(written, Text), JSON))
    typed = sent.table_valued(*(column(name, kind) for name, kind in columns.items()))
    return typed.render_derived("given", with_types=True)


def conditions(wanted: object, said: Mapping[str, Condition]) -> list[ColumnElement[bool]]:
    """What a query must meet: what `said` says, by its name, of each attribute of `wanted` that is given."""
    given = {name: getattr(wanted, name) for name in said}
    return [said[name](value) for name, value in given.items() if value is not None]


def beyond(
    order: Sequence[InstrumentedAttribute[Any] | ColumnElement[Any]],
    place: Sequence[Any] | None,
    *,
    going: Literal["up", "down"] = "down",
) -> ColumnElement[bool]:
    """Whether a row comes after a place in an order whose columns all go the same way; None is before every row.

    One comparison of rows, so that an index on the columns finds the page wherever it is.
    """
    if place is None:
        return true()
    here = tuple_(*(literal(one, column.type) for one, column in zip(place, order, strict=True)))
    return tuple_(*order) < here if going == "down" else tuple_(*order) > here
