"""The entity relationship diagrams of docs/data.md, from the models, one for each area, in Mermaid."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Column, Table

from infra.checks.expand import ROOT
from nunchi.models import Base

PAGE = ROOT / "docs" / "data.md"
BEGIN, END = "<!-- entities: begin -->\n", "<!-- entities: end -->"


def areas() -> Mapping[str, list[Table]]:
    """Tables by the module of their models, both in alphabetical order."""
    found: dict[str, list[Table]] = {}
    for mapper in sorted(Base.registry.mappers, key=lambda each: str(each.local_table)):
        area = mapper.class_.__module__.rpartition(".")[2]
        if isinstance(mapper.local_table, Table) and mapper.local_table not in found.get(area, []):
            found.setdefault(area, []).append(mapper.local_table)
    return dict(sorted(found.items()))


def diagrams() -> str:
    """A section with a diagram for each area; tables of other areas appear by name where one refers to them."""
    return "\n".join(
        f"### {area}\n\n```mermaid\nerDiagram\n{_diagram(tables)}```\n" for area, tables in areas().items()
    )


def _diagram(tables: Iterable[Table]) -> str:
    lines = [line for table in tables for line in (*_links(table), *_entity(table))]
    return "".join(f"    {line}\n" for line in lines)


def _links(table: Table) -> Iterable[str]:
    for constraint in sorted(table.foreign_key_constraints, key=lambda each: str(each.name)):
        many = (
            "|o"
            if {column.name for column in constraint.columns} == set(table.primary_key.columns.keys())
            else "}o"
        )
        optional = any(column.nullable for column in constraint.columns)
        one = "o|" if optional else "||"
        names = ", ".join(column.name for column in constraint.columns)
        yield f'{table.name} {many}--{one} {constraint.referred_table.name} : "{names}"'


def _entity(table: Table) -> Iterable[str]:
    yield f"{table.name} {{"
    for column in table.columns:
        yield f"    {_type(column)} {column.name}{_keys(column)}"
    yield "}"


def _type(column: "Column[object]") -> str:
    name = type(column.type).__name__.lower()
    return {"array": "list", "jsonb": "json", "datetime": "timestamp"}.get(name, name)


def _keys(column: "Column[object]") -> str:
    kinds = [kind for kind, holds in (("PK", column.primary_key), ("FK", bool(column.foreign_keys))) if holds]
    return f" {', '.join(kinds)}" if kinds else ""


def written(page: str) -> str:
    """A page with the diagrams between its marks. Raises ValueError where it has none."""
    return page[: page.index(BEGIN) + len(BEGIN)] + diagrams() + page[page.index(END) :]
