"""
Keys: whether so many rows are gone at once that it looks like a fault of the source.

Promises: rows are told apart by their keys, so that as many others in their place hide nothing; a
row that could not be read is not gone. A few that go are what the publisher says.
"""

from collections.abc import Sequence

import polars as pl

SHOWN = 3
"""Keys that are named."""


def key_loss(
    known: pl.DataFrame, now: pl.DataFrame, unread: pl.DataFrame, *, smallest: int, most_lost: int
) -> str | None:
    """
    Return why a snapshot of a table is to be held back, or None when it may be shown.

    It is held when `most_lost` percent or more of the known keys are gone and there were at least
    `smallest`.

    Args:
        known: Keys of the last good vintage of which the snapshot speaks.
        now: Keys that the snapshot has.
        unread: Keys of its rows in quarantine, null where they could not be read; each may be any
            one of those that are gone.
        smallest: So few known rows are not judged.
        most_lost: Percent of the known rows.

    >>> def keys(names: range) -> pl.DataFrame:
    ...     return pl.DataFrame({"iso3": [f"{name:03}" for name in names]})
    >>> none = keys(range(1)).clear()
    >>> key_loss(keys(range(200)), keys(range(70, 270)), none, smallest=20, most_lost=35)
    '70 of 200 rows are gone (35.0 %): 000, 001, 002 …; a loss of 35 % or more looks like a fault.'
    >>> key_loss(keys(range(200)), keys(range(69, 200)), none, smallest=20, most_lost=35)
    """
    if known.height < max(smallest, 1):
        return None
    gone = known.filter(~known.hash_rows().is_in(now.select(known.columns).hash_rows().implode()))
    if not _is_much(gone.height, known.height, most_lost):
        return None
    gone = gone.join(unread.drop_nulls(), on=known.columns, how="anti", maintain_order="left")
    broken = unread.height - unread.drop_nulls().height
    lost = max(0, gone.height - broken)
    if not _is_much(lost, known.height, most_lost):
        return None
    return (
        f"{lost:,} of {known.height:,} rows are gone ({100 * lost / known.height:.1f} %): "
        f"{_named(gone)}; a loss of {most_lost} % or more looks like a fault."
    )


def _is_much(lost: int, known: int, most_lost: int) -> bool:
    return lost > 0 and 100 * lost >= most_lost * known


def _named(gone: pl.DataFrame) -> str:
    """Return the first keys in words."""
    rows: Sequence[tuple[object, ...]] = gone.head(SHOWN).rows()
    named = ", ".join(" ".join(map(str, row)) for row in rows)
    return f"{named} …" if gone.height > SHOWN else named
