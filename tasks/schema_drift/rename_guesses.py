"""
Renames: which new column may be one that is gone, guessed by what both hold.

Promises: a proposal for people, never applied. Only columns of one kind are compared, by the rows
with the same key where there is one, else as sets of values; the first rows and a few columns only,
so that a guess costs a fraction of a second.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from schemas.source import ROW
from tasks.schema_drift.column_kinds import columns_of
from tasks.schema_drift.column_similarity import NEAR, as_figures, as_sets, as_texts

ROWS = 5_000
"""Rows of either table that are looked at."""
COLUMNS = 24
"""Columns that are gone, and new ones, that are looked at."""
LEAST = 0.5
"""Share of values that must agree before a rename is proposed."""
BEFORE, NOW = "before:", "now:"


@dataclass(frozen=True, kw_only=True, slots=True)
class Guess:
    """
    A column that is gone, and the new one that may be it.

    `share` (0 to 1): of `count` rows with the same `key`, or, without one, of `count` distinct
    values, those that agree. `factor`: by which the figures of the gone one are to be multiplied; 1
    in the same unit.
    """

    gone: str
    new: str
    share: float
    count: int
    key: tuple[str, ...] = ()
    is_number: bool = False
    factor: float = 1.0

    def sentence(self) -> str:
        """
        Return the guess as people read it.

        >>> Guess(gone="sum", new="total", share=0.99, count=182, key=("iso3",)).sentence()
        "Perhaps 'sum' is called 'total' now: the same in 99 % of 182 rows with the same iso3."
        """
        same = f"the same{f' within {NEAR * 100:.0f} %' if self.is_number and self.key else ''}"
        if self.factor != 1:
            by = (
                f"times {self.factor:,g}" if self.factor > 1 else f"divided by {1 / self.factor:,g}"
            )
            same = f"{same} when {by}, so its unit is another:"
        where = f"rows with the same {', '.join(self.key)}" if self.key else "values"
        told = f"{same} in {self.share * 100:.0f} % of {self.count:,} {where}"
        return f"Perhaps '{self.gone}' is called '{self.new}' now: {told}."


def guesses(
    before: pl.DataFrame, now: pl.DataFrame, *, gone: Sequence[str], key: Sequence[str] = ()
) -> list[Guess]:
    """
    Return the likeliest new column for each of those that are gone, where one is likely at all.

    Args:
        before: A parser's table in the snapshot before, all strings.
        now: The same table now.
        gone: Columns of `before` that `now` lacks, the most important ones first.
        key: The publisher's columns that name a row, if they do in both.

    Returns:
        Best first; each new column is proposed once.
    """
    old, new = (
        frame.drop(ROW, strict=False).head(ROWS).select(pl.all().cast(pl.String).str.strip_chars())
        for frame in (before, now)
    )
    fresh = [name for name in new.columns if name not in old.columns][:COLUMNS]
    lost = [name for name in gone if name in old.columns][:COLUMNS]
    was = dict(columns_of(old.select(lost)))
    has = dict(columns_of(new.select(fresh)))
    pairs = [(a, b) for a in lost for b in fresh if was[a] == has[b] != "blank"]
    if not pairs:
        return []
    old, new = _with_figures(old, was), _with_figures(new, has)
    named = _key(old, new, key)
    sides = _side_by_side(old, new, named)
    found = [
        _guess(old[a], new[b], is_number=was[a] == "number")
        if sides is None
        else _keyed(sides, a, b, key=named, is_number=was[a] == "number")
        for a, b in pairs
    ]
    likely = [one for one in found if one.count and one.share >= LEAST]
    return _each_once(sorted(likely, key=lambda one: (-one.share, -one.count)))


def _key(old: pl.DataFrame, new: pl.DataFrame, declared: Sequence[str]) -> list[str]:
    """Return columns that name the rows of both tables; none where there are none."""
    both = [name for name in old.columns if name in new.columns]
    named = [name for name in declared if name in both]
    for names in ([named] if named else []) + [[name] for name in both]:
        if all(_is_key(frame, names) for frame in (old, new)):
            return names
    return []


def _is_key(frame: pl.DataFrame, names: Sequence[str]) -> bool:
    part = frame.select(names)
    return part.n_unique() == part.height > 1 and not any(
        part[name].null_count() or (part[name] == "").any() for name in names
    )


def _side_by_side(old: pl.DataFrame, new: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame | None:
    """Return the rows that both have; None without a key or such rows."""
    if not key:
        return None
    rows = old.rename({name: f"{BEFORE}{name}" for name in old.columns if name not in key}).join(
        new.rename({name: f"{NOW}{name}" for name in new.columns if name not in key}),
        on=list(key),
    )
    return None if rows.is_empty() else rows


def _guess(a: pl.Series, b: pl.Series, *, is_number: bool) -> Guess:
    """Return how far two columns agree as sets of values."""
    share, count = as_sets(a, b)
    return Guess(gone=a.name, new=b.name, share=share, count=count, is_number=is_number)


def _keyed(
    sides: pl.DataFrame, gone: str, new: str, *, key: Sequence[str], is_number: bool
) -> Guess:
    """Return how far two columns agree row by row."""
    a, b = sides[f"{BEFORE}{gone}"], sides[f"{NOW}{new}"]
    share, count, factor = as_figures(a, b) if is_number else (*as_texts(a, b), 1.0)
    return Guess(
        gone=gone,
        new=new,
        share=share,
        count=count,
        key=tuple(key),
        is_number=is_number,
        factor=factor,
    )


def _with_figures(frame: pl.DataFrame, kinds: Mapping[str, str]) -> pl.DataFrame:
    """Return a table with those columns that hold numbers as figures, null where there is none."""
    return frame.with_columns(
        pl.col(name).str.replace_all(r"[^\d.eE+-]", "").cast(pl.Float64, strict=False)
        for name, kind in kinds.items()
        if kind == "number"
    )


def _each_once(found: Iterable[Guess]) -> list[Guess]:
    taken: set[str] = set()
    kept: list[Guess] = []
    for one in found:
        if not {one.gone, one.new} & taken:
            taken |= {one.gone, one.new}
            kept.append(one)
    return kept
