"""Row checks: which rows of a frame break which checks, by pandera.

Promises: eager frames, all faults of a row, each with the number of its row; a million bad rows
cost a few bytes each. A frame that has the declared types, and whose rows keep every check, is one
expression; pandera judges the others. It copies what fails for its report and keeps it; so each
check reports one case, and the rows are taken from its yes and no, piece by piece.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandera.polars as pa
import polars as pl
from pandera.api.polars.types import PolarsData
from pandera.constants import CHECK_OUTPUT_KEY
from pandera.errors import SchemaErrors

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
    """Return the positions of the rows that break each failing check, by its name.

    `checks`: the column that each is of, and what is true or null in a row that keeps it; it may
    look at other columns, too.
    """
    schema = pa.DataFrameSchema(
        {
            column: pa.Column(
                dtype,
                [_check(name, holds) for name, (of, holds) in checks.items() if of == column],
                nullable=True,
            )
            for column, dtype in dtypes.items()
            if column in frame.columns
        },
        strict=True,
    )
    try:
        schema.validate(frame, lazy=True)
    except SchemaErrors as errors:
        return dict(_positions(error, errors) for error in errors.schema_errors)
    return {}


def _check(name: str, holds: pl.Expr) -> pa.Check:
    def yes_and_no(data: PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(holds)

    return pa.Check(yes_and_no, name=name, n_failure_cases=1)


def _positions(error: Any, errors: SchemaErrors) -> tuple[str, pl.Series]:
    """Return the name of the failed check and the positions; raise any other error."""
    if not isinstance(error.check, pa.Check) or not isinstance(error.check_output, pl.DataFrame):
        raise errors
    return str(error.check.name), error.check_output[CHECK_OUTPUT_KEY].not_().arg_true()
