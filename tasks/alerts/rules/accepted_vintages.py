"""
Sound: the line of vintages by which the rules on figures judge.

Promises: pure. A vintage that is held back is none of it, neither as what happened nor as what was
before or came next: what it changed is told with the next sound vintage, as far as it stands there.
So what only a fault of the source made, and the next sound vintage unmade, is not told at all; and
a vintage that is released is judged like every other one.
"""

import polars as pl

from tasks.alerts.rules.rule_input import RuleInput


def sound(rule_input: RuleInput) -> RuleInput:
    """Return the panel without the vintages that are held back; `seq` counts the others anew."""
    held = rule_input.vintages.sort("seq")["held"]
    if not held.any():
        return rule_input
    after = (~held).cum_sum().cast(pl.Int64) - (~held).cast(pl.Int64)
    kept = rule_input.vintages.sort("seq").filter(~held)
    numbered = rule_input.cells.with_columns(after.gather(rule_input.cells["seq"]).alias("seq"))
    told = numbered.filter(pl.col("seq") < kept.height)
    is_late = pl.col("seq").is_in(after.filter(held).unique().implode())
    return RuleInput(
        dataset=rule_input.dataset,
        key=rule_input.key,
        vintages=kept.with_columns(pl.int_range(pl.len()).alias("seq")),
        cells=pl.concat(
            [told.filter(~is_late), _as_one(told.filter(is_late), rule_input.key)]
        ).sort("seq", maintain_order=True),
    )


def _as_one(cells: pl.DataFrame, key: tuple[str, ...]) -> pl.DataFrame:
    """Return what several vintages changed as one change; all of it is a beginning in the first."""
    return (
        cells.group_by("seq", *key, "column", maintain_order=True)
        .agg(
            pl.col("before").first(),
            pl.col("after").last(),
            pl.col("is_baseline").first() | (pl.col("seq").first() == 0),
        )
        .select(cells.columns)
    )
