"""Guesses which new column is one that is gone, by the similarity of their cells.

Promises: pure; a proposal for people, never applied. Columns of the same kind are compared, by rows
with the same key where there is one, else as sets of values; the first rows and some columns only,
so that a guess takes a fraction of a second.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from schemas.columns import OURS
from tasks.schema_drift.source_schema import columns_of

MAX_ROWS: Final = 5_000
MAX_COLUMNS: Final = 24
"""Gone columns, and new ones, that are compared."""
MIN_SHARE: Final = 0.5
"""Share of values that must agree before a rename is proposed."""
NEAR: Final = 0.1
"""Figures of two snapshots agree when they differ by this share or less: they grow every day."""
FACTORS: Final = (1.0, 1000.0, 0.001, 1e6, 1e-6, 100.0, 0.01)
"""By what figures may be multiplied when their unit changes with their name."""
BEFORE, NOW = "before:", "now:"


@dataclass(frozen=True, kw_only=True, slots=True)
class RenameGuess:
    """A column that is gone, and the new column that it may be.

    `share` (0 to 1): of `count` rows with the same `key`, or, without one, of `count` distinct
    values, those that agree. `factor`: what the earlier figures are multiplied by to agree; 1 means
    the same unit.
    """

    gone: str
    new: str
    share: float
    count: int
    key: tuple[str, ...] = ()
    is_number: bool = False
    factor: float = 1.0

    def sentence(self) -> str:
        """Return the guess as a sentence.

        >>> RenameGuess(gone="sum", new="total", share=0.99, count=182, key=("iso3",)).sentence()
        "Perhaps 'sum' is called 'total' now: the same in 99 % of 182 rows with the same iso3."
        """
        same = f"the same{f' within {NEAR * 100:.0f} %' if self.is_number and self.key else ''}"
        if self.factor > 1:
            same = f"{same} when times {self.factor:,g}, so its unit is another:"
        elif self.factor < 1:
            same = f"{same} when divided by {1 / self.factor:,g}, so its unit is another:"
        where = f"rows with the same {', '.join(self.key)}" if self.key else "values"
        agreement = f"{same} in {self.share * 100:.0f} % of {self.count:,} {where}"
        return f"Perhaps '{self.gone}' is called '{self.new}' now: {agreement}."


def rename_guesses(
    before: pl.DataFrame, now: pl.DataFrame, *, gone: Sequence[str], key: Sequence[str] = ()
) -> list[RenameGuess]:
    """Return the likeliest new column for each column that is gone, where one is likely at all.

    Best first; each new column is proposed once. `before`, `now`: a parser's table in the earlier
    snapshot and now, all strings. `gone`: columns of `before` that `now` lacks, the most important
    ones first. `key`: the publisher's columns that may identify a row.
    """
    old, new = (
        frame.drop(OURS, strict=False)
        .head(MAX_ROWS)
        .select(pl.all().cast(pl.String).str.strip_chars())
        for frame in (before, now)
    )
    added = [name for name in new.columns if name not in old.columns][:MAX_COLUMNS]
    removed = [name for name in gone if name in old.columns][:MAX_COLUMNS]
    old_kinds = dict(columns_of(old.select(removed)))
    new_kinds = dict(columns_of(new.select(added)))
    pairs = [(a, b) for a in removed for b in added if old_kinds[a] == new_kinds[b] != "blank"]
    if not pairs:
        return []
    old, new = _with_figures(old, old_kinds), _with_figures(new, new_kinds)
    rows, common = _joined(old, new, key)
    guesses: list[RenameGuess] = []
    for a, b in pairs:
        is_number = old_kinds[a] == "number"
        if rows is None:
            share, count, factor = _set_similarity(old[a], new[b])
        else:
            similarity = _figure_similarity if is_number else _text_similarity
            share, count, factor = similarity(rows[f"{BEFORE}{a}"], rows[f"{NOW}{b}"])
        guess = RenameGuess(
            gone=a, new=b, share=share, count=count, key=common, is_number=is_number, factor=factor
        )
        guesses.append(guess)
    return _best(guesses)


def _set_similarity(a: pl.Series, b: pl.Series) -> tuple[float, int, float]:
    """Return the share (0 to 1) of distinct values that both have, their number, and factor 1."""
    one, other = (set(side.drop_nulls()) - {""} for side in (a, b))
    either = one | other
    return len(one & other) / max(len(either), 1), len(either), 1.0


def _text_similarity(a: pl.Series, b: pl.Series) -> tuple[float, int, float]:
    """Return the share of equal rows among those filled in either, their count, and factor 1."""
    one, other = a.fill_null(""), b.fill_null("")
    filled = (one != "") | (other != "")
    count = int(filled.sum())
    return (int((filled & (one == other)).sum()) / count if count else 0.0), count, 1.0


def _figure_similarity(a: pl.Series, b: pl.Series) -> tuple[float, int, float]:
    """Return the share of rows with near figures, the rows compared, and the factor of `a`."""
    zero = (a == 0) & (b == 0)  # every new programme begins with zeros
    compared = (a.is_not_null() | b.is_not_null()) & ~zero.fill_null(value=False)
    count = int(compared.sum())
    if not count:
        return 0.0, 0, 1.0
    a, b = a.filter(compared), b.filter(compared)
    ratio, factor = (b / a).median(), 1.0
    if isinstance(ratio, float) and 0 < ratio < math.inf:
        factor = min(FACTORS, key=lambda factor: abs(math.log10(ratio / factor)))
    distance = (a * factor - b).abs()
    is_near = (distance <= NEAR * (a * factor).abs()) | (distance <= NEAR * b.abs())
    return int(is_near.sum()) / count, count, factor


def _joined(
    old: pl.DataFrame, new: pl.DataFrame, declared: Sequence[str]
) -> tuple[pl.DataFrame | None, tuple[str, ...]]:
    """Return the rows of both tables with the same key, and that key; None without such rows."""
    both = [name for name in old.columns if name in new.columns]
    key = [name for name in declared if name in both]
    for names in ([key] if key else []) + [[name] for name in both]:
        if _is_key(old, names) and _is_key(new, names):
            earlier = old.select(*names, pl.exclude(names).name.prefix(BEFORE))
            rows = earlier.join(new.select(*names, pl.exclude(names).name.prefix(NOW)), on=names)
            return (None, ()) if rows.is_empty() else (rows, tuple(names))
    return None, ()


def _is_key(frame: pl.DataFrame, names: Sequence[str]) -> bool:
    part = frame.select(names)
    return part.n_unique() == part.height > 1 and not any(
        part[name].null_count() or (part[name] == "").any() for name in names
    )


def _with_figures(frame: pl.DataFrame, kinds: Mapping[str, str]) -> pl.DataFrame:
    """Return a table with its number columns as floats, null where a cell is no number."""
    return frame.with_columns(
        pl.col(name).str.replace_all(r"[^\d.eE+-]", "").cast(pl.Float64, strict=False)
        for name, kind in kinds.items()
        if kind == "number"
    )


def _best(guesses: Iterable[RenameGuess]) -> list[RenameGuess]:
    """Return the likely guesses, best first, without those of columns that a better one has."""
    best: list[RenameGuess] = []
    for guess in sorted(guesses, key=lambda one: (-one.share, -one.count)):
        is_taken = any(guess.gone == one.gone or guess.new == one.new for one in best)
        if guess.count and guess.share >= MIN_SHARE and not is_taken:
            best.append(guess)
    return best
