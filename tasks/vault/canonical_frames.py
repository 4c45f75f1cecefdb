"""Canonical frames: the rows of one table at one vintage, with a stable hash.

Canonical: the six types below, NaN is null, -0.0 is 0.0, rows sorted by a key that is unique and
never null. Equal frames have the same hash on every machine and with every version of polars.
"""

import json
import math
import sys
from array import array
from collections.abc import Iterator, Sequence
from typing import Any, Final

import polars as pl
import xxhash

from schemas.errors import Permanent

Schema = tuple[tuple[str, str], ...]
"""Column names with type names, in order."""

PLAIN: Final = (pl.String(), pl.Int64(), pl.Float64())
"""Types of which polars holds the values as they are hashed."""
SHORT: Final = 20_000
"""Rows for which plain Python is faster than importing numpy; a tenth: faster than using it."""
TYPES: dict[str, pl.DataType] = {
    "Boolean": pl.Boolean(),
    "Date": pl.Date(),
    "Datetime": pl.Datetime("us", "UTC"),
    "Float64": pl.Float64(),
    "Int64": pl.Int64(),
    "String": pl.String(),
}
"""The types a state may have, by the name under which commits record them."""


class UnsoundTable(Permanent):
    """A table that cannot be a state: its key has nulls or is not unique."""

    def __init__(self, key: Sequence[str], seen: str) -> None:
        super().__init__(key, seen)
        self.key, self.seen = key, seen

    def __str__(self) -> str:
        """Return the sentence for the person on call."""
        return (
            f"The key ({', '.join(self.key)}) has {self.seen}; expected one row per key, no null. "
            f"Put such rows into quarantine before the table is committed."
        )


def canonical(frame: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    """Return the frame in canonical form.

    Raises UnsoundTable when a key is null or not unique.

    >>> canonical(pl.DataFrame({"k": ["b", "a"], "x": [-0.0, float("nan")]}), ["k"]).rows()
    [('a', None), ('b', 0.0)]
    """
    frame = _with_plain_zeros(frame.select(_typed(frame, name) for name in frame.columns))
    nulls = sum(frame[name].null_count() for name in key)
    if nulls:
        raise UnsoundTable(key, f"{nulls} nulls")
    if _rises(frame, key):
        return frame
    frame = frame.sort(key)
    if not _rises(frame, key):
        doubles = frame.height - frame.select(key).n_unique()
        raise UnsoundTable(key, f"{doubles} duplicates")
    return frame


def _rises(frame: pl.DataFrame, key: Sequence[str]) -> bool:
    """Return whether every row has a greater key than the one before: sorted and unique."""
    same, rises = pl.lit(value=True), pl.lit(value=False)
    for name in key:
        column, before = pl.col(name), pl.col(name).shift(1)
        rises |= same & (column > before)
        same &= column == before
    return frame.height < 2 or bool(frame.select(rises.slice(1).all()).item())  # noqa: PLR2004


def _typed(frame: pl.DataFrame, name: str) -> pl.Expr:
    column, dtype = pl.col(name), frame.schema[name]
    if dtype.is_float():
        return column.cast(pl.Float64)
    if dtype.is_integer():
        return column.cast(pl.Int64)
    if isinstance(dtype, pl.Datetime):
        column = column if dtype.time_zone else column.dt.replace_time_zone("UTC")
        return column.dt.convert_time_zone("UTC").dt.cast_time_unit("us")
    return column if type(dtype).__name__ in TYPES else column.cast(pl.String)


def _with_plain_zeros(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with null for NaN and 0.0 for -0.0; columns without them are not copied."""
    floats = [name for name, dtype in frame.schema.items() if dtype == pl.Float64]
    found = frame.select(
        (pl.col(name).is_nan() | (1 / pl.col(name) == -math.inf)).any() for name in floats
    )
    odd = [pl.col(name).fill_nan(None) for name in floats if found[name].item()]
    return frame.with_columns(
        pl.when(column == 0).then(0.0).otherwise(column).name.keep() for column in odd
    )


def schema_of(frame: pl.DataFrame) -> Schema:
    """Return names and type names of a canonical frame.

    >>> schema_of(pl.DataFrame({"k": ["a"], "x": [1]}))
    (('k', 'String'), ('x', 'Int64'))
    """
    return tuple((name, type(dtype).__name__) for name, dtype in frame.schema.items())


def cast_to(frame: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """Return the columns of `schema` in its order and types.

    What does not fit is null, and so is a column that the frame does not have: a figure that was
    never published is in no segment.
    """
    there = frame.schema
    if schema_of(frame) == schema:
        return frame
    return frame.select(
        pl.col(name)
        if there.get(name) == TYPES[kind]
        else (pl.col(name) if name in there else pl.lit(None).alias(name)).cast(
            TYPES[kind], strict=False
        )
        for name, kind in schema
    )


def state_hash(frame: pl.DataFrame) -> str:
    """Return the stable 128-bit hash (hex) of a canonical frame.

    XXH3-128 over: the schema and the row count as JSON; then for each column its null mask (one
    byte a row) and its values: numbers, days and microseconds as little-endian 64-bit, nulls as 0;
    strings as their lengths in bytes (64-bit), then the bytes. It distinguishes states; the
    sha256 in an object's name proves its bytes.

    >>> state_hash(pl.DataFrame({"k": ["a"], "x": [1]}))
    'ec49cb0f7923869fae2057a17fa4352f'
    """
    digest = xxhash.xxh3_128()
    digest.update(json.dumps([schema_of(frame), frame.height], separators=(",", ":")).encode())
    is_short = frame.height < (SHORT if "numpy" not in sys.modules else SHORT // 10)
    for column in frame.iter_columns():
        for part in _short_parts(column) if is_short else _long_parts(column):
            digest.update(part)
    return digest.hexdigest()


def _short_parts(column: pl.Series) -> Iterator[Any]:
    """Yield what the hash takes of a column: null mask, then values.

    Plain Python is faster than the steps of polars here, and needs no numpy, whose import costs a
    reading command more than everything else that it does.

    >>> column = pl.Series([1, None], dtype=pl.Int64)
    >>> parts = [*_short_parts(column)], [*_long_parts(column)]
    >>> [*map(bytes, parts[0])] == [*map(bytes, parts[1])]
    True
    """
    is_plain = column.dtype in PLAIN
    values = (column if is_plain else column.to_physical()).to_list()
    yield bytes([value is None for value in values])
    if column.dtype == pl.String:
        texts = [(text or "").encode() for text in values]
        yield array("q", map(len, texts))
        yield b"".join(texts)
    else:
        kind, none = ("d", 0.0) if column.dtype == pl.Float64 else ("q", 0)
        yield array(kind, [none if value is None else value for value in values])


def _long_parts(column: pl.Series) -> Iterator[Any]:
    """Yield what `_short_parts` does, of a column with many values."""
    yield column.is_null().to_numpy() if column.null_count() else bytes(len(column))
    if column.dtype == pl.String:
        yield _flat(column.str.len_bytes(), "<i8")
        yield (column.drop_nulls().str.join("").item() or "").encode()
    else:
        yield _flat(column.to_physical(), "<f8" if column.dtype == pl.Float64 else "<i8")


def _flat(numbers: pl.Series, dtype: str) -> Any:
    """Return the numbers of a column, nulls as 0, as one buffer of 64-bit values."""
    import numpy as np  # noqa: PLC0415 (as above)

    numbers = numbers.fill_null(0) if numbers.null_count() else numbers
    return np.ascontiguousarray(numbers.to_numpy(), dtype=dtype)
