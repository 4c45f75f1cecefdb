"""A declaration is checked against our tables before anything is read by it."""

from collections.abc import Iterator

from schemas.columns import Across, Columns
from schemas.errors import WrongUse
from schemas.source import Source
from schemas.tables import TABLES, dtypes_of, key_of


def require_whole_declaration(source: Source) -> None:
    """Raise WrongUse where a source declares a table or column that is none, or lacks a key."""
    for table in (*source.tables, *source.sums):
        if table not in TABLES:
            raise _wrong(source, f"the table '{table}'", f"tables of {', '.join(TABLES)}")
    for table in source.tables:
        for layout in source.layouts_of(table):
            for seen, expected in _faults(table, layout):
                raise _wrong(source, f"the table '{table}' with {seen}", expected)


def _faults(table: str, layout: Columns) -> Iterator[tuple[str, str]]:
    own, key = list(dtypes_of(table)), key_of(table)
    there = {*layout, *(how.into for how in layout.values() if isinstance(how, Across))}
    if others := [name for name in layout if name not in own]:
        yield f"the column {', '.join(others)}", f"columns of {', '.join(own)}"
    if lost := [name for name in key if name not in there]:
        yield f"no column {', '.join(lost)}", f"its whole key, {', '.join(key)}"


def _wrong(source: Source, seen: str, expected: str) -> WrongUse:
    return WrongUse(
        f"{source.name}: seen {seen} in its declaration; expected {expected}. "
        f"Change tasks/sources/{source.name}.py; docs/tables.md has all tables."
    )
