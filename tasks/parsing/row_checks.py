"""Row checks: which rows of a frame break which checks, by pandera.

Promises: eager frames, all faults of a row, each with the number of its row; a million bad rows
cost a few bytes each. A frame that has the declared types, and whose rows keep every check, is one
expression; pandera judges the others, piece by piece, and is imported for them alone.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from schemas.checks import Check

PIECE: Final = 2**19
"""Rows checked at a time; pandera's copies of them are freed before the next piece."""
EVERY: Final = "every check"
UNIQUE: Final = "unique_key"
BrokenCheck = tuple[Check, pl.Series]
"""A check and the positions, from 0 on, of the rows that break it."""
Dtypes = Mapping[str, pl.DataType]


def faults_of(frame: pl.DataFrame, checks: Sequence[Check], dtypes: Dtypes) -> list[BrokenCheck]:
    """Return the checks that rows of a frame break, in their order, with the rows.

    `dtypes`: the columns that a frame may have.

    Raises SchemaErrors: the frame has another column or type, which is our own fault and no row's.
    """
    found: dict[str, list[pl.Series]] = {}
    for start in range(0, max(frame.height, 1) if checks else 0, PIECE):
        piece = frame.slice(start, PIECE)
        whole = pl.all_horizontal(check.holds for check in checks)
        if _is_declared(piece, dtypes) and piece.select(whole.all()).item():
            continue
        bad = _broken(piece, {EVERY: (piece.columns[0], whole)}, dtypes).get(EVERY)
        if bad is None:
            continue
        each = {check.name: (check.column, check.holds) for check in checks}
        for name, at in _broken(piece[bad], each, dtypes).items():
            found.setdefault(name, []).append(bad.gather(at) + start)
    return [(check, pl.concat(found[check.name])) for check in checks if check.name in found]


def duplicates_of(frame: pl.DataFrame, key: Sequence[str], dtypes: Dtypes) -> pl.Series:
    """Return the positions of the rows whose key is complete but not unique."""
    near = _same_hash(frame, key)
    if near.is_empty():
        return near
    single = pl.struct(key).is_duplicated().not_() | pl.any_horizontal(pl.col(key).is_null())
    broken = _broken(frame.select(key)[near], {UNIQUE: (key[0], single)}, dtypes)
    return near.gather(broken.get(UNIQUE, near.clear()))


def _same_hash(frame: pl.DataFrame, key: Sequence[str]) -> pl.Series:
    """Return the positions of the rows whose key has the hash of another key."""
    hashes = frame.select(pl.struct(key).hash()).to_series()
    ordered = hashes.sort()  # half the time that is_duplicated takes
    if ordered.n_unique() == len(ordered):
        return pl.Series([], dtype=pl.UInt32)
    twice = ordered.filter(ordered == ordered.shift(1)).unique()
    return hashes.is_in(twice.implode()).arg_true()


def _is_declared(frame: pl.DataFrame, dtypes: Dtypes) -> bool:
    return all(dtypes.get(name) == dtype for name, dtype in frame.schema.items())


def _broken(
    frame: pl.DataFrame, checks: Mapping[str, tuple[str, pl.Expr]], dtypes: Dtypes
) -> dict[str, pl.Series]:
    """Return the positions of the rows that break each failing check; see `broken_rows`."""
    from tasks.parsing.broken_rows import broken_rows  # noqa: PLC0415 (pandera takes a second)

    return broken_rows(frame, checks, dtypes)
