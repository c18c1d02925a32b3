"""The listed names that texts are matched against, and which of the companies are forecast."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from nunchi.match.rules import Company, Listing
from nunchi.models.market import ListedName, Stock

_built: dict[tuple[int | None, ...], Listing] = {}  # one: it takes a tenth of a second to build


def listing(session: Session) -> Listing:
    """The names of the whole market: tracked stocks by their listed names, and all companies by their registered ones.

    Kept from call to call, and built anew when a row has changed.
    """
    version = tuple(session.execute(_version()).one())
    if version not in _built:
        _built.clear()
        _built[version] = Listing.build(_companies(session))
    return _built[version]


def tracked(session: Session, codes: Iterable[str]) -> list[str]:
    """Those of these codes whose stocks are forecast, in the order given."""
    wanted = list(codes)
    if not wanted:
        return []
    active = set(session.scalars(select(Stock.code).where(Stock.code.in_(wanted), Stock.active)))
    return [code for code in wanted if code in active]


def add_names(session: Session, names: Iterable[tuple[str, str]], *, known_at: datetime) -> int:
    """Keeps registered names of companies, each a code and a name; those of before stay. Returns how many are new."""
    rows = [{"code": code, "name": name, "known_at": known_at} for code, name in names]
    query = insert(ListedName).on_conflict_do_nothing().returning(ListedName.code)
    return len(list(session.scalars(query, rows))) if rows else 0


def _version() -> Select[int, int | None, int, int | None]:
    # four numbers in half a millisecond, where the rows themselves would take eight
    stock = Stock.code + "|" + Stock.name + "|" + Stock.market
    name = ListedName.code + "|" + ListedName.name
    sums = [func.bit_xor(func.hashtextextended(text, 0)) for text in (stock, name)]
    stocks, names = func.count(Stock.code), func.count(ListedName.code)
    scalars = (select(one).scalar_subquery() for one in (stocks, sums[0], names, sums[1]))
    return select(*scalars)


def _companies(session: Session) -> Iterator[Company]:
    registered = defaultdict[str, list[str]](list)
    newest_first = select(ListedName.code, ListedName.name).order_by(
        ListedName.known_at.desc(), ListedName.name
    )
    for code, name in session.execute(newest_first):
        registered[code].append(name)
    for code, name, market in session.execute(select(Stock.code, Stock.name, Stock.market)):
        yield Company(code, name, market, tuple(registered.pop(code, ())))
    for code, (name, *others) in registered.items():
        yield Company(code, name, "", tuple(others))
