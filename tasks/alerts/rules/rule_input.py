"""What a rule sees of one dataset: its vintages and every changed figure."""

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleInput:
    """The vintages of one dataset and every cell that changed in them.

    vintages: one row per vintage, in the order of as_of: seq [0, 1, …], id, as_of [instant UTC],
        rows [count], is_part [bool: it covers a part of the table only], held [bool], sha256 [of
        the manifest, hex], source_url [where the bytes are from].
    cells: one row per changed cell, sorted by seq: seq, the key columns, column [name of the
        figure], before and after [Float64, the column's own unit; null = absent or not published],
        is_baseline [bool: the figure is a beginning, not a change; it counts for totals, peaks and
        rules that judge a figure by itself]. Baselines, with before null, are the first vintage and
        the first figures of countries that come into scope later. Left out: figures that are not
        numbers, quarantined keys, and columns that a vintage does not have.
    """

    dataset: str
    key: tuple[str, ...]
    vintages: pl.DataFrame
    cells: pl.DataFrame


def accepted(rule_input: RuleInput) -> RuleInput:
    """Return the input without held vintages; `seq` numbers the others from 0.

    What a held vintage changed counts as a change of the next accepted one, as far as it persists;
    a fault that the next accepted vintage undoes leaves no trace.
    """
    vintages = rule_input.vintages.sort("seq")
    held = vintages["held"]
    if not held.any():
        return rule_input
    renumbered = (~held).cum_sum().cast(pl.Int64) - (~held).cast(pl.Int64)
    remaining = vintages.filter(~held)
    cells = rule_input.cells.with_columns(
        renumbered.gather(rule_input.cells["seq"]).alias("seq")
    ).filter(pl.col("seq") < remaining.height)
    is_late = pl.col("seq").is_in(renumbered.filter(held).unique().implode())
    merged = _merged(cells.filter(is_late), rule_input.key)
    return RuleInput(
        dataset=rule_input.dataset,
        key=rule_input.key,
        vintages=remaining.with_columns(pl.int_range(pl.len()).alias("seq")),
        cells=pl.concat([cells.filter(~is_late), merged]).sort("seq", maintain_order=True),
    )


def _merged(cells: pl.DataFrame, key: tuple[str, ...]) -> pl.DataFrame:
    """Return the changes of several vintages as one; all of the first vintage is a baseline."""
    return (
        cells.group_by("seq", *key, "column", maintain_order=True)
        .agg(
            pl.col("before").first(),
            pl.col("after").last(),
            pl.col("is_baseline").first() | (pl.col("seq").first() == 0),
        )
        .select(cells.columns)
    )
