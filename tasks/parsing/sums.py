"""Sums: a table summed from the rows of a finer one of the same snapshot.

Promises: exact; a sum of which a row waits in quarantine waits with it, since it would be too
small. A row whose own key could not be read is in no sum, as it is in no row of the finer table.
"""

from collections.abc import Mapping

import polars as pl

from schemas.columns import SumOf
from schemas.product_list import PUBLISHED
from schemas.source import Budget
from schemas.tables import dtypes_of, key_of
from schemas.validation_rules import VALIDATION_RULES
from tasks.parsing.cell_values import LARGEST
from tasks.parsing.validate import ParsedTable

TOO_LARGE = "The sum of {} over the rows of {} is too large for a count."
PART = "{} It is a row of {}, so the sum over them is not published."


def summed_table(table: str, how: SumOf, finer: ParsedTable, *, budget: Budget) -> ParsedTable:
    """Return a table of the sums over the sound rows of a finer one, by its own key.

    Quarantined: one row for each fault of a row that belongs to a sum, with that row's number.
    """
    key = list(key_of(table))
    sums = {name: pl.col(of).cast(pl.Int128) for name, of in how.figures.items()}
    figures = [pl.when(one.count() > 0).then(one.sum()).alias(name) for name, one in sums.items()]
    words = [pl.col(name).first() for name in (PUBLISHED,) if name in finer.frame.columns]
    whole = finer.frame.group_by(key, maintain_order=True).agg(*figures, *words)
    is_large = pl.any_horizontal(pl.col(*sums).abs() > LARGEST).fill_null(value=False)
    faults = [_faults_of_parts(finer, key, how), _too_large(whole.filter(is_large), key, how)]
    quarantined = pl.concat(faults)
    bad = quarantined.select(key).unique()
    sound = whole.join(bad, on=key, how="anti", maintain_order="left")
    names = [name for name in dtypes_of(table) if name in sound.columns]
    dtypes = {name: dtype for name, dtype in dtypes_of(table).items() if name in names}
    return ParsedTable(
        frame=sound.select(pl.col(name).cast(dtype) for name, dtype in dtypes.items()),
        quarantined=quarantined,
        rows=sound.height + bad.height,
        left_out=0,
        bad=bad.height,
        is_over_budget=budget.is_exceeded(bad.height, sound.height + bad.height),
    )


def with_sums(
    tables: Mapping[str, ParsedTable], sums: Mapping[str, SumOf], *, budgets: Mapping[str, Budget]
) -> dict[str, ParsedTable]:
    """Return the tables of a snapshot and those that are summed from them and are not there."""
    made = {
        name: summed_table(name, how, tables[how.table], budget=budgets[name])
        for name, how in sums.items()
        if name not in tables and how.table in tables
    }
    return {**tables, **made}


def _faults_of_parts(finer: ParsedTable, key: list[str], how: SumOf) -> pl.DataFrame:
    faults = finer.quarantined.drop_nulls(key)
    others = [name for name in faults.columns if name in key or name not in key_of(how.table)]
    reason = pl.format(PART, "reason", pl.lit(how.table)).alias("reason")
    return faults.with_columns(reason).select(others)


def _too_large(sums: pl.DataFrame, key: list[str], how: SumOf) -> pl.DataFrame:
    figure = next(iter(how.figures))
    rule = VALIDATION_RULES["readable"]
    return sums.select(
        pl.lit(None, pl.Int64).alias("row"),
        pl.lit(figure).alias("column"),
        pl.lit(rule.name).alias("rule"),
        pl.lit(rule.version, pl.Int64).alias("rule_version"),
        pl.lit(None, pl.String).alias("value"),
        pl.lit(TOO_LARGE.format(figure, how.table)).alias("reason"),
        *key,
    )
