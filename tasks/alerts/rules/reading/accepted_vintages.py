"""What rules see of a source without the vintages that are held back."""

import polars as pl

from tasks.alerts.rules.reading.rule_input import RuleInput


def accepted(rule_input: RuleInput) -> RuleInput:
    """Return the input without held vintages; `seq` numbers the others from 0.

    What a held vintage changed counts as a change of the next accepted one, as far as it persists;
    a fault that the next accepted vintage undoes leaves no trace.
    """
    vintages, key = rule_input.vintages.sort("seq"), rule_input.key
    held = vintages["held"]
    if not held.any():
        return rule_input
    renumbered = (~held).cum_sum().cast(pl.Int64) - (~held).cast(pl.Int64)
    remaining = vintages.filter(~held)
    cells = rule_input.cells.with_columns(
        renumbered.gather(rule_input.cells["seq"]).alias("seq")
    ).filter(pl.col("seq") < remaining.height)
    is_late = pl.col("seq").is_in(renumbered.filter(held).unique().implode())
    merged = (
        cells.filter(is_late)
        .group_by("seq", *key, "column", maintain_order=True)
        .agg(
            pl.col("before").first(),
            pl.col("after").last(),
            pl.col("is_baseline").first() | (pl.col("seq").first() == 0),
        )
        .select(cells.columns)
    )
    return RuleInput(
        dataset=rule_input.dataset,
        hidden=_accepted_hidden(rule_input.hidden, renumbered, remaining.height),
        key=key,
        vintages=remaining.with_columns(pl.int_range(pl.len()).alias("seq")),
        cells=pl.concat([cells.filter(~is_late), merged]).sort("seq", maintain_order=True),
    )


def _accepted_hidden(
    hidden: pl.DataFrame | None, renumbered: pl.Series, count: int
) -> pl.DataFrame | None:
    """Return the rows that are hidden in an accepted vintage, by the numbers of those."""
    if hidden is None:
        return None
    until = (
        pl.col("until")
        .cast(pl.Int64)
        .replace_strict(pl.int_range(len(renumbered), eager=True), renumbered, default=None)
    )
    later = pl.when(until < count).then(until)
    numbered = hidden.with_columns(
        renumbered.gather(hidden["seq"]).alias("seq"),
        later.alias("until"),
        pl.when(later.is_not_null()).then("is_back").alias("is_back"),
    )
    return numbered.filter(
        pl.col("seq") < count, pl.col("until").is_null() | (pl.col("until") > pl.col("seq"))
    )
