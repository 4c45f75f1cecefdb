"""
Read: the bytes of one snapshot in, what it says in each of its tables out.

Promises: the same bytes and the same source always say the same. Nothing is fetched, kept or
published here.
"""

from collections.abc import Mapping

import polars as pl

from schemas.errors import BadBody
from schemas.source import Bodies, Source
from tasks.transform import canonical
from tasks.validate import Reading, sort_out


def readings(source: Source, bodies: Bodies) -> dict[str, Reading]:
    """
    Return, for every table of `source`, the sound and the quarantined rows of one snapshot.

    Raises:
        BadBody: A body cannot be read, or no table has a sound row.
        SourceChanged: A column that the source declares is gone.
    """
    raw = source.parse(bodies)
    _require_tables(source, raw)
    read = {table: sort_out(canonical(raw[table], table, source), table) for table in source.tables}
    if all(reading.frame.is_empty() for reading in read.values()):
        raise BadBody(source.name, _why_empty(read), "at least one sound row", NEXT_STEP)
    return read


NEXT_STEP = (
    "Nothing was published and the last good vintage stands. "
    "Look at the kept body and compare it with the newest file in tests/fixtures/."
)


def _require_tables(source: Source, raw: Mapping[str, pl.DataFrame]) -> None:
    """Refuse a snapshot in which a whole table is absent."""
    absent = [table for table in source.tables if table not in raw]
    if absent:
        seen = f"no table {', '.join(absent)} in the bodies"
        raise BadBody(source.name, seen, f"tables {', '.join(source.tables)}", NEXT_STEP)


def _why_empty(read: Mapping[str, Reading]) -> str:
    """Return in words how many rows went to quarantine, and what ails the first of them."""
    reasons = [reason for reading in read.values() for reason in reading.quarantined["reason"]]
    if not reasons:
        return "no row about a country"
    rows = sum(reading.quarantined["row"].n_unique() for reading in read.values())
    return f"no sound row among {rows:,}; the first has this fault: {reasons[0].rstrip('.')}"
