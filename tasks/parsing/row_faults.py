"""Row faults: what is wrong with the rows of a snapshot, as one row per fault with a sentence.

Promises: a fault quotes the cell as the publisher wrote it and names the rule with its version; a
list of examples shows every rule that was broken.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import polars as pl

from schemas.checks import Check, shown
from schemas.columns import ROW
from schemas.tables import dtypes_of, key_of
from schemas.validation_rules import VALIDATION_RULES
from tasks.parsing.column_reading import UNREADABLE
from tasks.parsing.row_checks import BrokenCheck
from tasks.parsing.side_by_side import CELL
from tasks.parsing.transform import Canonical

VERSIONS: Final = {name: rule.version for name, rule in VALIDATION_RULES.items()}


def unreadable_faults(table: Canonical, broken: Iterable[BrokenCheck]) -> Iterator[BrokenCheck]:
    """Yield the broken checks; a key cell that is unreadable is not also reported as blank."""
    for check, at in broken:
        unreadable = table.unreadable.filter(column=check.column)[ROW]
        is_known = table.frame[ROW].gather(at).is_in(unreadable.implode())
        blank = at.filter(~is_known) if check.rule.name == "key_not_null" else at
        if len(blank):
            yield check, blank


def cell_faults(table: Canonical, check: Check, at: pl.Series) -> pl.DataFrame:
    """Return the faults of one check in the rows at these positions as rows of UNREADABLE."""
    is_printed = check.column in table.published
    quoted = table.cells[check.column].gather(at) if is_printed else pl.lit(None, pl.String)
    looked_at = {ROW, *check.reason.meta.root_names()}
    return table.frame.select(looked_at)[at].select(
        ROW,
        pl.lit(check.column).alias("column"),
        pl.lit(check.rule.name).alias("rule"),
        quoted.alias("value"),
        check.reason.alias("reason"),
    )


def duplicate_faults(
    table: Canonical, name: str, at: pl.Series, *, most: int | None = None
) -> pl.DataFrame:
    """Return the rows with a duplicate key as rows of UNREADABLE, at most `most` of them."""
    key = key_of(name)
    printed = printed_key(table, name)
    value = pl.concat_str(printed, separator=", ") if printed else pl.lit(None, pl.String)
    double = table.frame.select(ROW, *key)[at].with_columns(pl.len().over(key).alias("_rows"))
    cells = table.cells[at].with_columns(value.alias("value")).select("value")
    sentence = "{} rows have the key {}; which of them holds is unknown, so none is published."
    found = pl.concat([double, cells], how="horizontal")
    return (found if most is None else found.head(most)).select(
        ROW,
        pl.lit(", ".join(printed or key)).alias("column"),
        pl.lit("unique_key").alias("rule"),
        "value",
        pl.format(sentence, "_rows", _shown_key(name)).alias("reason"),
    )


def _shown_key(name: str) -> pl.Expr:
    dtypes = dtypes_of(name)
    parts = [shown(part) if dtypes[part] == pl.String else pl.col(part) for part in key_of(name)]
    return pl.concat_str(parts, separator=", ")


def printed_key(table: Canonical, name: str) -> list[str]:
    """Return the key columns that the publisher prints."""
    return [column for column in key_of(name) if column in table.published]


def _published_name(table: Canonical, names: Mapping[str, str]) -> pl.Expr:
    """Return the publisher's name of the column at fault; of a cell side by side its own."""
    name = pl.col("column").replace(names)
    if not table.named_by:
        return name
    return pl.when(name == CELL).then(table.named_by).otherwise(name).alias("column")


def fault_table(table: Canonical, name: str, faults: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return faults (rows of UNREADABLE) under the publisher's names, sorted by row.

    Columns: row [in the publisher's table], column [as the publisher calls it], rule, rule_version,
    value, reason, the key columns.
    """
    key = key_of(name)
    printed = printed_key(table, name)
    whole_key = {", ".join(printed): ", ".join(table.published[column] for column in printed)}
    there = [one for one in faults if one.height] or [pl.DataFrame(schema=UNREADABLE)]
    found = pl.concat(there).rechunk()
    if not (found[ROW] > found[ROW].shift(1)).all():  # a million rows are copied for a reason only
        found = found.sort(ROW, "column", "rule")
    at, row = table.frame[ROW].search_sorted(found[ROW]), pl.col(ROW).cast(pl.Int64)
    return pl.concat([found, table.frame.select(key)[at]], how="horizontal").select(
        (row if table.origin is None else pl.lit(table.origin).gather(row - 1)).alias("row"),
        _published_name(table, table.published | whole_key),
        "rule",
        pl.col("rule").replace_strict(VERSIONS, return_dtype=pl.Int64).alias("rule_version"),
        "value",
        "reason",
        *key,
    )


def no_faults(table: Canonical, name: str) -> pl.DataFrame:
    """Return what `fault_table` returns of a table without a fault."""
    dtypes = dict.fromkeys(("column", "rule", "rule_version", "value", "reason"), pl.String())
    keys = {column: table.frame.schema[column] for column in key_of(name)}
    return pl.DataFrame(schema={"row": pl.Int64(), **dtypes, "rule_version": pl.Int64(), **keys})
