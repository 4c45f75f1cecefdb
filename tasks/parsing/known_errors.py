"""Known errors: figures that their publisher got wrong are kept out by record, never by a filter.

Promises: a record touches exactly one figure, in the snapshots of its time, and says why; once the
publisher has put that figure right, or the record has not been looked at for too long, the next
snapshot is refused with a sentence instead of being altered in silence.
"""

from dataclasses import replace
from datetime import date

import polars as pl

from schemas.columns import ROW
from schemas.contract_errors import KnownErrorOver
from schemas.source import KnownError, Source
from tasks.parsing.column_reading import UNREADABLE
from tasks.parsing.transform import Canonical

RULE = "known_error"


def without_known_errors(table: Canonical, name: str, source: Source, on: date) -> Canonical:
    """Return the table `name` of a snapshot of the day `on`, its known errors marked as unreadable.

    A snapshot before `since`, or from `fixed_on` on, is left as it is. Where a source's snapshots
    are slices, one that does not have the row is left as it is, too.

    Raises KnownErrorOver: the snapshot is newer than the record's `expires`, or no longer has the
    figure that the record expects.
    """
    for error in source.known_errors:
        is_in_force = error.since <= on and (error.fixed_on is None or on < error.fixed_on)
        if error.table == name and is_in_force:
            table = _marked(table, error, source, on)
    return table


def _marked(table: Canonical, error: KnownError, source: Source, on: date) -> Canonical:
    where = f"{source.name}.{error.table}"
    what = f"{error.column} of {', '.join(error.key.values())}"
    if error.fixed_on is None and on > error.expires:
        raise KnownErrorOver(
            where,
            f"a snapshot of {on:%Y-%m-%d}",
            f"none after {error.expires:%Y-%m-%d} without another look at {what}",
            f"Look whether the error still stands, then renew `expires` or set `fixed_on` "
            f"in tasks/sources/{source.name}.py.",
        )
    is_row = [pl.col(column).cast(pl.String) == value for column, value in error.key.items()]
    rows = table.frame.filter(*is_row)
    if rows.is_empty() and source.covers is not None:
        return table
    wrong = rows[error.column].to_list() if error.column in rows.columns else [None] * rows.height
    if not wrong or any(figure != error.expect for figure in wrong):
        shown = ", ".join(f"{figure}" for figure in wrong) or "no such row"
        raise KnownErrorOver(
            where,
            f"{what}: {shown} on {on:%Y-%m-%d}",
            f"{error.expect}",
            f"The publisher has put it right or changed it: set `fixed_on` of the record in "
            f"tasks/sources/{source.name}.py, or remove it.",
        )
    return replace(table, unreadable=pl.concat([table.unreadable, _problems(table, rows, error)]))


def _problems(table: Canonical, rows: pl.DataFrame, error: KnownError) -> pl.DataFrame:
    """Return one row per row of the figure, as those of `Canonical.unreadable`."""
    reason = f"Known error, reported on {error.reported_on:%Y-%m-%d}: {error.reason}"
    marked = table.cells.join(rows.select(ROW), on=ROW, how="semi").select(
        ROW,
        pl.lit(error.column).alias("column"),
        pl.lit(RULE).alias("rule"),
        pl.col(error.column).alias("value"),
        pl.lit(reason).alias("reason"),
    )
    return marked.select(pl.col(name).cast(dtype) for name, dtype in UNREADABLE.items())
