"""
Validate: the sound rows of a table apart from those that cannot be published, each with its reason.

Promises: no row is lost and none is repaired; a row with one bad cell waits in quarantine whole. A
figure that can be read but is implausible is sound: the alert rules judge it, not this verb.
"""

from dataclasses import dataclass
from typing import cast

import polars as pl
from pandera.errors import SchemaErrors

from schemas.tables import TABLES, key_of
from tasks.transform import ROW, Canonical

PANDERA_UNIQUE = "multiple_fields_uniqueness"
PANDERA_NULL = "not_nullable"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """
    What one table of one snapshot says.

    frame: the sound rows, canonical columns only.
    quarantined: one row per problem: row (in the publisher's table, the first is 1), column (the
        publisher's name, or ours where it prints none), rule, value (the cell as published; null
        where the publisher prints none), reason (a sentence), then the key columns (null where
        they could not be read). A row with two problems is there twice.
    notes: sentences about what does not add up in the snapshot, for its outcome.
    """

    frame: pl.DataFrame
    quarantined: pl.DataFrame
    notes: tuple[str, ...] = ()


def sort_out(table: Canonical, name: str) -> Reading:
    """
    Return the sound rows of the canonical `table` called `name`, and the others with reasons.

    A row is bad when a cell of it is unreadable (readable, known_country), when it has slipped or
    holds a known error of the publisher (row_shape, known_error), when its key is not
    complete (key_not_null) or is another row's too (unique_key; all rows of that key are bad, other
    bad rows included), or when it breaks a check of its table (named as in pandera).
    """
    problems = pl.concat([table.unreadable, _broken(table, name)]).sort(ROW, "column", "rule")
    key = key_of(name)
    keys = table.frame.select(ROW, *key)
    return Reading(
        frame=table.frame.join(problems, on=ROW, how="anti", maintain_order="left").drop(ROW),
        quarantined=problems.join(keys, on=ROW, how="left", maintain_order="left").select(
            _origin(table).alias("row"),
            pl.col("column").replace(table.published | _key_name(table, name)),
            "rule",
            "value",
            "reason",
            *key,
        ),
    )


def gate(rows_before: int, rows_now: int, smallest: int, *, most_lost: int = 35) -> str | None:
    """
    Return why a snapshot of a table is to be held back, or None when it may be shown.

    It is held when `most_lost` percent or more of the rows of the last good vintage are gone and
    that vintage had at least `smallest` rows. Counts are of sound rows, of which both speak.

    >>> gate(200, 130, 20)
    '70 of 200 rows are gone (35.0 %); a loss of 35 % or more looks like a fault of the source.'
    >>> gate(200, 131, 20), gate(10, 0, 20)
    (None, None)
    """
    lost = rows_before - rows_now
    if rows_before < max(smallest, 1) or 100 * lost < most_lost * rows_before:
        return None
    return (
        f"{lost:,} of {rows_before:,} rows are gone ({100 * lost / rows_before:.1f} %); "
        f"a loss of {most_lost} % or more looks like a fault of the source."
    )


def _origin(table: Canonical) -> pl.Expr:
    """Return the row in the publisher's table of each row in the parser's."""
    row = pl.col(ROW).cast(pl.Int64)
    return row if table.origin is None else pl.lit(table.origin).gather(row - 1)


def _broken(table: Canonical, name: str) -> pl.DataFrame:
    """Return what the table's own rules find, as rows like those of `Canonical.unreadable`."""
    try:
        TABLES[name].validate(table.frame.drop(ROW), lazy=True)
    except SchemaErrors as errors:
        cases = cast("pl.DataFrame", errors.failure_cases)
        if cases["index"].has_nulls():  # a wrong column or type is our own fault, not a row's
            raise
        rows = table.frame[ROW].gather(cases["index"])
        single = cases.select(rows, "column", "check").filter(pl.col("check") != PANDERA_UNIQUE)
        return pl.concat(
            [
                _cell_problems(table, name, single),
                _duplicates(table, name),
            ]
        )
    return table.unreadable.clear()


def _cell_problems(table: Canonical, name: str, cases: pl.DataFrame) -> pl.DataFrame:
    """
    Return the failed checks of single cells; `cases` is _row, column and check.

    A null that comes from an unreadable cell is no second problem.
    """
    texts = table.cells.join(cases, on=ROW, how="semi").unpivot(
        list(table.published), index=ROW, variable_name="column", value_name="value"
    )
    is_null = pl.col("check") == PANDERA_NULL
    is_key = pl.col("column").is_in(key_of(name))
    blank = pl.format("The column {} is blank and no row can do without it.", "column")
    breaks = pl.format("'{}' breaks the rule {}.", pl.col("value").fill_null(""), "check")
    return (
        cases.join(table.unreadable, on=[ROW, "column"], how="anti")
        .join(texts, on=[ROW, "column"], how="left")
        .select(
            ROW,
            "column",
            pl.when(is_null & is_key).then(pl.lit("key_not_null")).otherwise("check").alias("rule"),
            "value",
            pl.when(is_null).then(blank).otherwise(breaks).alias("reason"),
        )
    )


def _duplicates(table: Canonical, name: str) -> pl.DataFrame:
    """Return every row whose key is complete and is another row's too."""
    key = key_of(name)
    printed = _printed(table, name)
    value = pl.concat_str(printed, separator=", ") if printed else pl.lit(None, pl.String)
    texts = table.cells.select(ROW, value.alias("value"))
    shown = pl.concat_str(key, separator=", ")
    sentence = "{} rows have the key {}; which of them holds is unknown, so none is published."
    return (
        table.frame.drop_nulls(key)
        .with_columns(pl.len().over(key).alias("_rows"))
        .filter(pl.col("_rows") > 1)
        .join(texts, on=ROW, how="left")
        .select(
            ROW,
            pl.lit(", ".join(printed or key)).alias("column"),
            pl.lit("unique_key").alias("rule"),
            "value",
            pl.format(sentence, "_rows", shown).alias("reason"),
        )
    )


def _printed(table: Canonical, name: str) -> list[str]:
    """Return those key columns that the publisher prints."""
    return [column for column in key_of(name) if column in table.published]


def _key_name(table: Canonical, name: str) -> dict[str, str]:
    """Return how the publisher calls the whole key, by how `_duplicates` does."""
    printed = _printed(table, name)
    return {", ".join(printed): ", ".join(table.published[column] for column in printed)}
