"""Checks whether a snapshot looks like a fault of its source: too small, too few keys, cut off.

Promises: pure. Only bodies that both snapshots have are compared, so that another way to fetch a
source is no fault. Rows are identified by their keys, so that new rows do not hide missing ones; a
quarantined row is not missing. A text is compared with texts of the same columns only: many
publishers end a file with a line break and some never do.
"""

from collections.abc import Mapping

import polars as pl

from schemas.records import Snapshot
from tasks.schema_drift.source_schema import SourceSchema

TOO_SMALL_TO_JUDGE = 10_000
"""Bytes; below these a few rows more or less are a large share."""
SHOWN = 3
"""Missing keys that a sentence names."""


def size_loss(before: Mapping[str, int], now: Mapping[str, int], least: int) -> str | None:
    """Return why a snapshot is held for its size, None where it is not.

    It is held when its bodies have less than `least` percent of the bytes that the same bodies had
    in the last good snapshot. Sizes by body name [bytes].
    """
    both = before.keys() & now.keys()
    size_before, size = sum(before[name] for name in both), sum(now[name] for name in both)
    if size_before < TOO_SMALL_TO_JUDGE or 100 * size >= least * size_before:
        return None
    return (
        f"{size:,} of {size_before:,} bytes came ({100 * size / size_before:.1f} %); "
        f"less than {least} % looks like a fault of the source."
    )


def sizes_of(snapshot: Snapshot) -> dict[str, int]:
    """Return the size of each body [bytes]."""
    return {body.name: body.size for body in snapshot.bodies}


def key_loss(
    known: pl.DataFrame,
    now: pl.DataFrame,
    quarantined: pl.DataFrame,
    *,
    smallest: int,
    most_lost: int,
) -> str | None:
    """Return why a table of a snapshot is held for its missing keys, None where it is not.

    `known`: keys of the last good vintage that the snapshot covers; with fewer than `smallest`
    nothing is held. `now`: keys that the snapshot has. `quarantined`: keys of its quarantined rows,
    null where they could not be read; each of these may be any of the missing ones. `most_lost`:
    percent of the known keys; as many missing ones or more are held.
    """
    least = max(most_lost * known.height, 1)  # percent of the known keys, and at least one key
    if known.height < max(smallest, 1):
        return None
    gone = known.filter(~known.hash_rows().is_in(now.select(known.columns).hash_rows().implode()))
    if 100 * gone.height < least:
        return None
    readable = quarantined.drop_nulls()
    gone = gone.join(readable, on=known.columns, how="anti", maintain_order="left")
    missing = gone.height - (quarantined.height - readable.height)
    if 100 * missing < least:
        return None
    named = ", ".join(" ".join(map(str, row)) for row in gone.head(SHOWN).rows())
    return (
        f"{missing:,} of {known.height:,} rows are gone ({100 * missing / known.height:.1f} %): "
        f"{named}{' …' if gone.height > SHOWN else ''}; "
        f"a loss of {most_lost} % or more looks like a fault."
    )


def unended_texts(
    now: SourceSchema | None, before: SourceSchema | None
) -> tuple[list[str], list[str]]:
    """Return sentences about texts without a line break at their end: reasons to hold, and notes.

    A text that had one before was cut off, which is a reason. A note, where that is unknown: also
    where the tables have other columns and so may come from elsewhere.
    """
    reasons: list[str] = []
    notes: list[str] = []
    known: Mapping[str, bool] = {}
    if now and before and before.column_names() == now.column_names():
        known = before.ended
    for name in [name for name, ended in now.ended.items() if not ended] if now else ():
        if name not in known:
            notes.append(
                f"'{name}' does not end with a line break, and nothing is known of how such a "
                f"table ended before: look whether its last row was cut off."
            )
        elif known[name]:
            reasons.append(
                f"'{name}' does not end with a line break, and did in the last good snapshot: it "
                f"was cut off, maybe inside of a figure."
            )
    return reasons, notes
