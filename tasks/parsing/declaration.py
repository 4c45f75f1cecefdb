"""A declaration is checked against our tables before anything is read by it."""

from collections.abc import Iterator
from typing import Final
from zoneinfo import ZoneInfo

from schemas.columns import Across, Columns
from schemas.errors import WrongUse
from schemas.source import Source
from schemas.tables import TABLES, dtypes_of, key_of

FIELDS: Final = 5
"""Of a cron: minute, hour, day, month, weekday."""


def require_whole_declaration(source: Source) -> None:
    """Raise WrongUse where a source declares what is no table, column, cron or zone, or no key."""
    schedule = source.schedule
    if len(schedule.cron.split()) != FIELDS:
        raise _wrong(source, f"the cron '{schedule.cron}'", "five fields, such as 57 7 * * 1")
    try:
        ZoneInfo(schedule.timezone)
    except (KeyError, ValueError):
        expected = "an IANA name, such as Africa/Accra"
        raise _wrong(source, f"the timezone '{schedule.timezone}'", expected) from None
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
