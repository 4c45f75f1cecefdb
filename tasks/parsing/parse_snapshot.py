"""Parse a snapshot: the publisher's tables of strings in, sound and quarantined rows out.

Promises: a pure function of the tables, the source and the time of retrieval.
"""

import sys
from collections.abc import Iterable, Mapping
from datetime import datetime

import polars as pl

from schemas.columns import distance
from schemas.contract_errors import SourceChanged
from schemas.errors import BadBody
from schemas.records import utc
from schemas.source import Budget, Source
from schemas.tables import key_of
from tasks.parsing.known_errors import without_known_errors
from tasks.parsing.sums import with_sums
from tasks.parsing.transform import Canonical, transform_table
from tasks.parsing.validate import ParsedTable, validate_table

NO_LIMIT = Budget(rows=sys.maxsize)
"""Of a table that a waiver excuses."""
NEXT_STEP = (
    "Nothing was published and the last good vintage stands. "
    "Look at the kept body and compare it with the newest file in tests/fixtures/."
)


def parse_tables(
    source: Source, published: Mapping[str, pl.DataFrame], *, retrieved_at: datetime
) -> dict[str, ParsedTable]:
    """Return, for every table of a source, the sound and the quarantined rows of one snapshot.

    `published`: the tables of strings that the source's parser made of the bodies. A table that the
    snapshot lacks and may lack (`source.may_lack`) is not in the answer. Known errors of the
    publisher are those of the day of `retrieved_at`.

    Raises BadBody: no table has a sound row though the budget of bad ones is not exceeded;
    KnownErrorOver: a record of a known error no longer holds; SourceChanged: a column that the
    source declares is gone; where several tables lack one, it names the nearest of them.
    """
    raw = {
        table: published[table]
        for table in source.tables
        if table in published and not _lacks(source, table, published[table])
    }
    _require_tables(source, raw, published)
    on = utc(retrieved_at).date()
    budgets = {
        table: NO_LIMIT if table in source.unlimited else source.budget for table in source.tables
    }
    tables: dict[str, ParsedTable] = {}
    for table, canonical in _transformed(source, raw).items():
        rows = without_known_errors(canonical, table, source, on)
        tables[table] = validate_table(rows, table, budget=budgets[table])
    tables = with_sums(tables, source.sums, budgets=budgets)
    is_over = any(table.is_over_budget for table in tables.values())
    if not is_over and all(table.frame.is_empty() for table in tables.values()):
        raise BadBody(source.name, _why_empty(tables), "at least one sound row", NEXT_STEP)
    return tables


def snapshot_notes(
    source: Source, published: Mapping[str, pl.DataFrame], tables: Mapping[str, ParsedTable]
) -> list[str]:
    """Return sentences about what does not add up in a snapshot, and about rows that are left out.

    First the source's own remarks, then each table with more bad rows than its waived budget, then
    each table and reason for which `source.leave_out` left rows out.
    """
    over_budget = [
        f"{source.name}.{name}: {table.bad:,} of {table.rows:,} rows cannot be published, "
        f"more than the budget; the others are, as it is waived."
        for name, table in tables.items()
        if name in source.unlimited and source.budget.is_exceeded(table.bad, table.rows)
    ]
    left_out = [
        f"{source.name}.{name}: {count:,} of {table.rows:,} rows are left out: "
        f"{declared.reason} ({declared.column})."
        for name, table in tables.items()
        for declared, count in table.left_out_by.items()
        if count
    ]
    no_countries = [
        f"{source.name}.{name}: {sum(table.no_countries.values()):,} of {table.rows:,} rows are "
        f"left out as no countries: {_counted(table.no_countries)}."
        for name, table in tables.items()
        if table.no_countries
    ]
    remarks = source.remarks(published) if source.remarks else ()
    return [*remarks, *over_budget, *left_out, *no_countries]


def _counted(reasons: Mapping[str, int]) -> str:
    return "; ".join(f"{reason} ({count:,})" for reason, count in reasons.items())


def _lacks(source: Source, table: str, raw: pl.DataFrame) -> bool:
    """Return whether a snapshot has none of the figures of a table that it may lack."""
    if table not in source.may_lack:
        return False
    key = key_of(table)
    figures = [how for name, how in source.published_columns(table) if name not in key]
    return not any(name in raw.columns for how in figures for name in how.names)


def _transformed(source: Source, raw: Mapping[str, pl.DataFrame]) -> dict[str, Canonical]:
    """Return the canonical form of all tables. Raises SourceChanged for the nearest that fails."""
    tables: dict[str, Canonical] = {}
    faults: dict[str, SourceChanged] = {}
    for table, frame in raw.items():
        try:
            tables[table] = transform_table(frame, table, source)
        except SourceChanged as fault:
            faults[table] = fault
    if faults:
        raise faults[_nearest(source, faults, raw)]
    return tables


def _nearest(source: Source, tables: Iterable[str], raw: Mapping[str, pl.DataFrame]) -> str:
    """Return the table that lacks the least of the columns that it needs."""

    def lacks(table: str) -> tuple[float, int]:
        columns = raw[table].columns
        return distance(source.layout_of(table, columns), columns)

    return min(tables, key=lacks)


def _require_tables(
    source: Source, raw: Mapping[str, pl.DataFrame], published: Mapping[str, pl.DataFrame]
) -> None:
    """Refuse a snapshot without any table, or without one that it may not lack."""
    there = [table for table in source.tables if table in published]
    if there and not raw:
        nearest = _nearest(source, there, published)
        transform_table(published[nearest], nearest, source)
    absent = [table for table in source.tables if table not in raw]
    if len(absent) < len(source.tables):
        absent = [table for table in absent if table not in source.may_lack]
    if absent:
        others = f", but {', '.join(published)}" if published else ""
        seen = f"no table {', '.join(absent)} in the bodies{others}"
        raise BadBody(source.name, seen, f"tables {', '.join(source.tables)}", NEXT_STEP)


def _why_empty(tables: Mapping[str, ParsedTable]) -> str:
    """Return in words how many rows went to quarantine, and what ails the first of them."""
    reasons = [reason for table in tables.values() for reason in table.quarantined["reason"]]
    if not reasons:
        return "no row about a country"
    rows = sum(table.bad for table in tables.values())
    return f"no sound row among {rows:,}; the first has this fault: {reasons[0].rstrip('.')}"
