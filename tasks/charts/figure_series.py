"""The series that charts show: a figure over the versions, or over the days that it is about.

Promises: exact, from one commit of the vault; held versions are left out, as rules leave them out.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

import polars as pl

from schemas.alerts import Event
from tasks.vault.manifest import Vintage
from tasks.vault.queries import all_cells
from tasks.vault.states import state_of
from tasks.vault.vault_reader import VaultReader

Key = Mapping[str, str | date]
DATE_COLUMNS: Final = ("observed_on", "month", "reported_on", "deal_on")
"""Key columns with the day that a figure is about."""


def date_column(vault: VaultReader, table: str) -> str | None:
    """Return the key column with the day that figures of a table are about; None without one."""
    return next((name for name in vault.key(table) if name in DATE_COLUMNS), None)


def accepted_vintages(vault: VaultReader, table: str) -> list[Vintage]:
    """Return the vintages of a table that are not held, oldest first."""
    return [one for _, one, _ in vault.table_history(table).entries() if not one.held]


def row_counts(vault: VaultReader, table: str) -> pl.DataFrame:
    """Return how many rows each version that is not held has: as_of, value."""
    entries = vault.table_history(table).entries()
    rows = [(one.as_of, float(entry.rows)) for _, one, entry in entries if not one.held]
    types = {"as_of": pl.Datetime("us", "UTC"), "value": pl.Float64}
    return pl.DataFrame(rows, schema=types, orient="row")


def over_versions(vault: VaultReader, table: str, key: Key, column: str) -> pl.DataFrame:
    """Return a figure in every version that is not held: the sum over all rows with that key.

    Returns:
        as_of [instant], value [Float64, the column's own unit; null: no row has a figure].
    """
    vintages = vault.table_history(table).times()
    held = [one.held for _, one, _ in vault.table_history(table).entries()]
    changed = all_cells(vault, table, only_numbers=True)
    schema = {"seq": pl.Int64, "delta": pl.Float64, "count": pl.Int64}
    moved = pl.DataFrame(schema=schema)
    if changed is not None:
        after, before = pl.col("after"), pl.col("before")
        cell = [*vault.key(table), "column"]
        steps = changed.filter(_has(key), pl.col("column") == column).sort("seq")
        known = after.is_not_null().cast(pl.Int64) - before.is_not_null().cast(pl.Int64)
        moved = (
            steps.with_columns(after.shift(1).over(cell).alias("before"))
            .group_by("seq")
            .agg(
                (after.fill_null(0) - before.fill_null(0)).sum().alias("delta"),
                known.sum().alias("count"),
            )
        )
    level, count = (pl.col(name).fill_null(0).cum_sum() for name in ("delta", "count"))
    return (
        vintages.join(moved, on="seq", how="left", maintain_order="left")
        .with_columns(pl.when(count > 0).then(level).alias("value"))
        .filter(~pl.Series(held, dtype=pl.Boolean))
        .select("as_of", "value")
    )


def over_dates(
    vault: VaultReader, table: str, key: Key, column: str, vintage: Vintage
) -> pl.DataFrame:
    """Return a figure over the days that it is about, as one version knows it.

    Returns:
        on [day], value [Float64; the sum over the rows of that day]; sorted, only days with a
        figure.
    """
    dated = date_column(vault, table)
    state = state_of(vault, table, vintage)
    if dated is None or column not in state.columns:
        return pl.DataFrame(schema={"on": pl.Date, "value": pl.Float64})
    wanted = {name: value for name, value in key.items() if name != dated}
    return (
        state.filter(_has(wanted))
        .drop_nulls(column)
        .group_by(pl.col(dated).alias("on"))
        .agg(pl.col(column).sum().cast(pl.Float64).alias("value"))
        .sort("on")
    )


def revised_dates(vault: VaultReader, table: str, key: Key, column: str) -> pl.DataFrame:
    """Return every later change of a figure, by version and by the day that it is about.

    Returns:
        as_of [instant of the version], on [day], before, after [Float64; after null: gone],
        rel_change [share of before; -1 for what is gone]; what is new is not listed.
    """
    dated, changed = date_column(vault, table), all_cells(vault, table, only_numbers=True)
    schema = {"as_of": pl.Datetime("us", "UTC"), "on": pl.Date}
    figures = dict.fromkeys(("before", "after", "rel_change"), pl.Float64)
    if dated is None or changed is None:
        return pl.DataFrame(schema={**schema, **figures})
    wanted = {name: value for name, value in key.items() if name != dated}
    before, after = pl.col("before"), pl.col("after")
    return (
        changed.filter(_has(wanted), pl.col("column") == column, before != 0)
        .filter(before.ne_missing(after))
        .group_by("seq", pl.col(dated).alias("on"))
        .agg(before.sum(), pl.when(after.count() > 0).then(after.sum()).alias("after"))
        .join(vault.table_history(table).times(), on="seq", how="left")
        .with_columns(((after.fill_null(0) - before) / before.abs()).alias("rel_change"))
        .select(*schema, *figures)
        .sort("as_of", "on")
    )


def as_judged(events: Sequence[Event]) -> pl.DataFrame:
    """Return the values that the events of an alert state, where the rule made the figure."""
    values: dict[datetime, float | None] = {}
    for event in events:
        for at, value in event.evidence.get("history", ()):
            if at is not None:
                values[datetime.fromisoformat(at)] = value
        values[event.as_of] = event.after
    types = {"as_of": pl.Datetime("us", "UTC"), "value": pl.Float64}
    return pl.DataFrame(sorted(values.items()), schema=types, orient="row")


def _has(key: Key) -> pl.Expr:
    tests = [pl.col(name).cast(pl.String) == str(value) for name, value in key.items()]
    return pl.all_horizontal(tests) if tests else pl.lit(value=True)
