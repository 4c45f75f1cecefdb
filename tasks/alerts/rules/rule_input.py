"""What a rule gets to see: every change of one dataset, vintage by vintage."""

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleInput:
    """
    The vintages of one dataset and every cell that changed in them.

    vintages: one row per vintage, in the order of as_of: seq [0, 1, …], id, as_of [instant UTC],
        rows [count], is_part [bool: it spoke for a part of the table only], held [bool], sha256 [of
        the manifest, hex], source_url [where the bytes are from].
    cells: one row per changed cell: seq, the key columns, column [name of the figure], before and
        after [Float64, the column's own unit; null = absent or not published], sorted by seq. The
        first vintage's own figures are there with before null. Figures that are not numbers are
        left out. Keys that a vintage left in quarantine, columns it did not have, and countries
        outside the scope known until then are not compared: what is first said of such a country
        is there as a beginning, with is_baseline true, like the whole first vintage. is_baseline
        [bool]: the figure is a beginning, not a change: it counts for totals and peaks, and for
        rules that judge a figure as it stands.
    """

    dataset: str
    key: tuple[str, ...]
    vintages: pl.DataFrame
    cells: pl.DataFrame
