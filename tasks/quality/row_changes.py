"""Row changes: how many rows and figures of one vintage are gone or revised in the next.

Promises: exact; the work is proportional to the changed rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from schemas.product_list import PUBLISHED
from tasks.vault.manifest import Vintage

INSTANT: Final = pl.Datetime("us", "UTC")
AFTER: Final = "__after"
BEGAN: Final = "__began"
ENDED: Final = "__ended"


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """A table at one vintage, with the columns of that vintage.

    `position`: of the vintage in the window. `covered_rows`: the rows of the days that it covers;
    all rows when it covers the whole table.
    """

    vintage: Vintage
    position: int
    rows: pl.DataFrame
    covered_rows: pl.DataFrame
    key: tuple[str, ...]

    def has(self, *columns: str) -> bool:
        """Return whether every one of some columns has a figure."""
        return all(name in self.rows.columns and self.rows[name].count() for name in columns)


@dataclass(frozen=True, kw_only=True, slots=True)
class RowChanges:
    """Changes of the figures of the previous vintage; without one, nothing is known.

    `keys_gone`: the share (0 to 1) of its keys that have no row any more. `withdrawn`, `revised`:
    the shares of its figures that are blank or gone, or have another value. `changes`: (after -
    before) / |before| of the revised numbers, without those that were 0, and without `_new` figures
    of a table without days, which are about another time.
    """

    keys_gone: float | None = None
    withdrawn: float | None = None
    revised: float | None = None
    changes: pl.Series = field(default_factory=pl.Series)


def numbered(versions: pl.DataFrame, vintages: Sequence[Vintage]) -> pl.DataFrame:
    """Return the row versions that are valid at any of some vintages.

    BEGAN and ENDED [positions in `vintages`] replace valid_from and valid_to: a version is valid
    from BEGAN on and before ENDED.
    """
    at = pl.Series([vintage.as_of for vintage in vintages], dtype=INSTANT)
    began, ended = (at.search_sorted(versions[name]) for name in ("valid_from", "valid_to"))
    is_open = versions["valid_to"].is_null()
    valid = versions.drop("valid_from", "valid_to").with_columns(
        began.cast(pl.UInt16).alias(BEGAN),
        pl.when(is_open).then(len(at)).otherwise(ended).cast(pl.UInt16).alias(ENDED),
    )
    return valid.filter(pl.col(BEGAN) < pl.col(ENDED))


def rows_at(versions: pl.DataFrame, position: int) -> pl.DataFrame:
    """Return the rows of the numbered versions that are valid at a vintage."""
    return versions.filter(pl.col(BEGAN) <= position, pl.col(ENDED) > position).drop(BEGAN, ENDED)


def row_changes(
    versions: pl.DataFrame, before: State, now: State, *, skip: pl.DataFrame | None
) -> RowChanges:
    """Return the changes from one vintage to the next.

    `versions`: numbered versions of all rows. `skip`: keys that are not compared.
    """
    present = set(now.rows.columns) - {*now.key, PUBLISHED}
    figures = [name for name in before.rows.columns if name in present]
    old = versions.filter(pl.col(ENDED) == now.position).select(*now.key, *figures)
    if skip is not None:
        old = old.join(skip, on=now.key, how="anti")
    new = versions.filter(pl.col(BEGAN) == now.position).select(
        *now.key, *(pl.col(name).alias(name + AFTER) for name in figures), __there=True
    )
    both = old.join(new, on=now.key, how="left")
    revised = {name: pl.col(name) != pl.col(name + AFTER) for name in figures}
    blank = (pl.col(name).is_not_null() & pl.col(name + AFTER).is_null() for name in figures)
    count = sum(before.rows[name].count() for name in figures)
    return RowChanges(
        keys_gone=_share(both["__there"].null_count(), before.rows.height),
        withdrawn=_share(_times(both, blank), count),
        revised=_share(_times(both, revised.values()), count),
        changes=_changes(both, revised, now.key),
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _times(rows: pl.DataFrame, conditions: Iterable[pl.Expr]) -> int:
    """Return how often the conditions hold, summed over all rows."""
    counts = rows.select(one.sum().alias(str(n)) for n, one in enumerate(conditions))
    return sum(counts.row(0)) if counts.width else 0


def _changes(rows: pl.DataFrame, revised: Mapping[str, pl.Expr], key: Sequence[str]) -> pl.Series:
    """Return the relative changes of the numbers that are about the same time in both vintages."""
    has_days = any(rows.schema[name] == pl.Date for name in key)
    parts = [
        rows.lazy()
        .filter(was & (pl.col(name) != 0))
        .select(((pl.col(name + AFTER) - pl.col(name)) / pl.col(name).abs()).alias("change"))
        for name, was in revised.items()
        if rows.schema[name].is_numeric() and (has_days or not name.endswith("_new"))
    ]
    empty = pl.LazyFrame(schema={"change": pl.Float64})
    return pl.concat([empty, *parts]).collect()["change"]
