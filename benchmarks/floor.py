"""The floor of bytes: what the changed rows come to when nothing but their values is kept.

Each column by itself, at zstd-19, in whichever of three spellings is smallest. It does not say
which version a row belongs to and cannot be read in parts: no log gets there.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import polars as pl
import zstandard
from numpy.typing import NDArray

LEVEL = 19
DECIMALS = 6


def floor_bytes(changed: Sequence[pl.DataFrame], key: Sequence[str]) -> int:
    """Return the bytes of all rows that were ever new or changed, the first version's among them.

    Each different row counts once; sorted by key, the versions of one key behind each other.
    """
    rows = pl.concat(changed, how="diagonal_relaxed").unique(maintain_order=True)
    rows = rows.sort(key, maintain_order=True)
    with ThreadPoolExecutor() as pool:
        return sum(pool.map(_smallest, rows.iter_columns()))


def _smallest(column: pl.Series) -> int:
    return min(len(_packed(spelling)) for spelling in _spellings(column))


def _packed(body: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=LEVEL).compress(body)


def _spellings(column: pl.Series) -> Iterator[bytes]:
    """Yield a column as text, as binary, and as differences between neighbours."""
    yield "\n".join(column.cast(pl.String).fill_null("").to_list()).encode()
    if column.dtype == pl.String:
        return
    nulls = np.packbits(column.is_null().to_numpy()).tobytes()
    numbers = column.drop_nulls().to_physical().to_numpy()
    yield nulls + numbers.tobytes()
    whole = _whole_numbers(numbers)
    if whole is not None:
        yield nulls + np.diff(whole, prepend=0).tobytes()


def _whole_numbers(numbers: NDArray[np.generic]) -> NDArray[np.int64] | None:
    """Return the numbers times a power of ten when that makes whole numbers of them all."""
    if numbers.dtype.kind in "iu":
        return numbers.astype(np.int64)
    if numbers.dtype.kind != "f" or not np.isfinite(numbers).all():
        return None
    for decimals in range(DECIMALS + 1):
        scaled = np.round(numbers.astype(np.float64) * 10**decimals)
        if np.abs(scaled).max(initial=0) < 2**53 and np.array_equal(scaled / 10**decimals, numbers):
            return scaled.astype(np.int64)
    return None
