"""Last known figures: an addition after a withdrawal names the figure that was withdrawn.

3,000, then none, then 2,000 is a withdrawal and an addition; the addition names the 3,000, so that
the fall is there to be read.
"""

from collections.abc import Sequence

import polars as pl

LAST_KNOWN, LAST_KNOWN_UNTIL = "last_known", "last_known_until"
_INSTANT = pl.Datetime("us", "UTC")


def with_last_known(
    changes: pl.DataFrame, key: Sequence[str], earlier: pl.DataFrame | None
) -> pl.DataFrame:
    """Return the changes with last_known and last_known_until, in their order.

    Args:
        changes: One row per changed cell, sorted by as_of: as_of, the key columns, column, before,
            kind and others.
        key: The key columns; never null.
        earlier: The same columns of the vintages before; None without any.

    Returns:
        The rows and: last_known [Float64: of an addition, the figure before it was withdrawn; null
        where it never was, or was no number, and for other kinds], last_known_until [instant UTC
        of the vintage that withdrew it; null as before].
    """
    cell = [*key, "column"]
    wanted = [*cell, "as_of", "before", "kind"]
    parts = [part.select(wanted) for part in (earlier, changes) if part is not None]
    withdrawn = (
        pl.concat(parts)
        .filter(pl.col("kind") == "withdrawn")
        .select(
            *cell,
            "as_of",
            pl.col("before").alias(LAST_KNOWN),
            pl.col("as_of").alias(LAST_KNOWN_UNTIL),
        )
    )
    added = changes.filter(pl.col("kind") == "added").select(*cell, "as_of")
    if added.is_empty() or withdrawn.is_empty():
        return changes.with_columns(
            pl.lit(None, pl.Float64).alias(LAST_KNOWN),
            pl.lit(None, _INSTANT).alias(LAST_KNOWN_UNTIL),
        )
    known = added.join_asof(
        withdrawn.sort("as_of"),
        on="as_of",
        by=cell,
        allow_exact_matches=False,
        check_sortedness=False,  # of `changes`, within each cell
    )
    return changes.join(known, on=[*cell, "as_of"], how="left", maintain_order="left")
