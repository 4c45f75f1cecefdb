"""Country states: what a dataset shows of one figure for each country, version by version."""

from typing import Final

import polars as pl

from tasks.marts.lake_table import END, LakeTable

DAY = "observed_on"
FLOAT: Final = pl.Float64()
STATES = pl.Schema(
    {
        "iso3": pl.String(),
        "as_of": pl.Datetime("us", "UTC"),
        DAY: pl.Date(),
        "total": pl.Float64(),
        "is_listed": pl.Boolean(),
    }
)


def country_states(
    table: LakeTable, measure: str, *, with_days: bool = False, kind: pl.DataType = FLOAT
) -> pl.DataFrame:
    """Return how a country's total of a figure, or its presence, changes over the versions.

    `with_days`: and the day that it is about, where the same total of a newer day is shown. `kind`:
    of the totals; whole numbers for a figure of which a float does not hold all digits.

    Returns:
        iso3, as_of [instant of the version that shows it first], observed_on [the newest day with
        a figure in a table of days, else null], total [unit of the figure; null = no figure],
        is_listed [whether the country has a row]; sorted by iso3 and as_of. A row that could not be
        read counts as it was before.
    """
    of_rows = _newest_days if DAY in table.key else _sums
    names = ["iso3", measure, "valid_from", END, *([DAY] if DAY in table.key else [])]
    changed = _typed(of_rows(table.lasting.select(names), measure, kind), kind)
    if not table.is_history_whole:
        at = pl.lit(table.shown_as_of, STATES["as_of"])
        shown = table.latest.with_columns(
            at.alias("valid_from"), pl.lit(None, STATES["as_of"]).alias(END)
        )
        changed = pl.concat([changed, _typed(of_rows(shown.select(names), measure, kind), kind)])
    state = pl.struct("total", "is_listed", *([DAY] if with_days else []))
    return changed.sort("iso3", "as_of").filter(
        state.ne_missing(state.shift().over("iso3")).fill_null(value=True)
    )


def _typed(states: pl.DataFrame, kind: pl.DataType) -> pl.DataFrame:
    types = {**STATES, "total": kind}
    return states.select(pl.col(name).cast(own) for name, own in types.items())


def _sums(rows: pl.DataFrame, measure: str, kind: pl.DataType) -> pl.DataFrame:
    """Return the sums over the rows that stand, at each instant that changes one."""
    value = pl.col(measure).cast(kind).fill_null(0)
    count = pl.col(measure).is_not_null().cast(pl.Int64)
    begun = rows.select("iso3", as_of="valid_from", total=value, n=count, rows=pl.lit(1))
    ended = rows.filter(pl.col(END).is_not_null()).select(
        "iso3", as_of=END, total=0 - value, n=-count, rows=pl.lit(-1)
    )
    moved = pl.concat([begun, ended]).group_by("iso3", "as_of").sum().sort("iso3", "as_of")
    total = pl.col("total").round(9) if kind.is_float() else pl.col("total")
    run = {name: pl.col(name).cum_sum().over("iso3") for name in ("total", "n", "rows")}
    return moved.with_columns(**run).select(
        "iso3",
        "as_of",
        pl.lit(None, pl.Date).alias(DAY),
        pl.when(pl.col("n") > 0).then(total).alias("total"),
        (pl.col("rows") > 0).alias("is_listed"),
    )


def _newest_days(rows: pl.DataFrame, measure: str, kind: pl.DataType) -> pl.DataFrame:
    """Return the figure of the newest day that has one, at each instant that changes it."""
    del kind  # figures are as the table has them
    rows = rows.filter(pl.col(measure).is_not_null())
    last = pl.col(DAY).max().over("iso3", "valid_from")  # few of the many rows of a version
    newest = pl.col(DAY).cum_max().over("iso3")
    leading = rows.filter(pl.col(DAY) == last).sort("iso3", "valid_from", DAY)
    leading = leading.filter(pl.col(DAY) >= newest).rename({"valid_from": "as_of"})
    leading = leading.unique(["iso3", "as_of"], keep="last", maintain_order=True)
    ends = leading.filter(pl.col(END).is_not_null()).select("iso3", as_of=END)
    instants = pl.concat([leading.select("iso3", "as_of"), ends]).unique().sort("as_of")
    found = instants.join_asof(leading.sort("as_of"), on="as_of", by="iso3", check_sortedness=False)
    is_standing = pl.col(END).is_null() | (pl.col(END) > pl.col("as_of"))
    stand = found.filter(is_standing).select("iso3", "as_of", DAY, total=measure)
    fallen = found.filter(~is_standing).select("iso3", "as_of")
    parts = [stand.with_columns(is_listed=pl.lit(value=True))]
    if not fallen.is_empty():
        parts.append(_earlier_days(rows, fallen, measure).cast({"total": stand["total"].dtype}))
    return pl.concat(parts)


def _earlier_days(rows: pl.DataFrame, fallen: pl.DataFrame, measure: str) -> pl.DataFrame:
    """Return the newest day that still stands at instants at which the newest one went."""
    standing = fallen.join(rows, on="iso3").filter(
        pl.col("valid_from") <= pl.col("as_of"),
        pl.col(END).is_null() | (pl.col(END) > pl.col("as_of")),
    )
    last = standing.sort(DAY).unique(["iso3", "as_of"], keep="last")
    return fallen.join(last, on=["iso3", "as_of"], how="left").select(
        "iso3",
        "as_of",
        DAY,
        pl.col(measure).alias("total"),
        pl.col(DAY).is_not_null().alias("is_listed"),
    )
