"""Falls and the gains that match them, within one country and between two."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import polars as pl

from schemas.rule_settings import Thresholds
from tasks.alerts.rules.model.episode import Row
from tasks.alerts.rules.model.promises import PLACE
from tasks.alerts.rules.reading.series_view import SERIES
from tasks.alerts.rules.reading.slip_tags import GROWTH

UNUSUAL = 3
"""A gain is unusual when it is so many times the largest of the increments before it."""
INCREMENTS = 8
FIGURES = ("before", "after", "base", "is_baseline", SERIES)
FEW = 8
"""Where as many countries fall at once, gains that match are chance."""
ROUND = 0.05
"""Share of the unit of a round number by which two of them are taken to be apart."""


class MatchingGain(NamedTuple):
    """A row that falls, one that gains as much, and whether they exchanged their figures."""

    fall: Row
    gain: Row
    is_exchange: bool


def within_countries(
    rows: pl.DataFrame, totals: pl.DataFrame, thresholds: Thresholds
) -> Iterator[MatchingGain]:
    """Yield the largest fall of a country's row, where the country's total does not fall.

    `rows`, `totals`: as `figure_changes` and `country_totals` return them.
    """
    before, moved = pl.col("before"), pl.col("moved")
    cell = [name for name in rows.columns if name not in ("seq", *FIGURES)]
    fallen = rows.filter(_is_fall(thresholds))
    if fallen.is_empty():
        return
    total = pl.when(before > 0).then((pl.col("after").fill_null(0) - before) / before)
    near = (
        _with_steps(rows.join(fallen, on=["iso3", "column"], how="semi"), cell)
        .join(fallen, on=PLACE, how="semi")
        .filter(~pl.col("is_baseline"))
        .join(totals.select(*PLACE, total.alias("total")), on=PLACE, how="left")
        .filter(pl.col("total").fill_null(0) > -thresholds["steady_total_within"])
        .sort(*PLACE, "moved", *cell)
    )
    for some in near.partition_by(PLACE, maintain_order=True):
        gains = some.filter(moved >= UNUSUAL * pl.col("usual"))
        fall = some.row(0, named=True)
        gain = gains.row(-1, named=True) if gains.height else fall
        if gain["moved"] >= -thresholds["least_gain"] * fall["moved"]:
            yield MatchingGain(fall, gain, _is_exchange(fall, gain))


def between_countries(
    totals: pl.DataFrame, grain: Sequence[str], thresholds: Thresholds
) -> Iterator[MatchingGain]:
    """Yield each country's fall that another country's unusual gain matches.

    The more countries gain at once, the nearer it must be: else it is chance.
    `totals`: seq, the grain [iso3 is a part of it], column, before, after, is_baseline.
    """
    cell, moved = [*grain, "column"], pl.col("moved")
    if totals.filter(_is_fall(thresholds)).is_empty():
        return
    known = _with_steps(totals, cell)
    is_unusual = (moved >= thresholds["least_doses"]) & (moved >= UNUSUAL * pl.col("usual"))
    gains = known.filter(is_unusual & ~pl.col("is_baseline"))
    falls = known.filter(_is_fall(thresholds))
    near = falls.join(gains, on=["column", "seq"], how="semi").sort("seq", *cell)
    by_place = gains.partition_by("column", "seq", as_dict=True)
    for place, some in near.partition_by("column", "seq", as_dict=True).items():
        if some.height >= FEW:
            continue
        for fall in some.iter_rows(named=True):
            apart = (moved + fall["moved"]).abs()
            beyond = (pl.col("beyond") + fall["beyond"]).abs()
            others = by_place[place].filter(pl.col("iso3") != fall["iso3"])
            own = others.with_columns(pl.min_horizontal(apart, beyond).alias("off"))
            gain = own.sort("off", *cell).row(0, named=True) if own.height else None
            if gain and _apart(fall, gain, own.height) <= thresholds["matching_within"]:
                yield MatchingGain(fall, gain, is_exchange=False)


def _apart(fall: Row, gain: Row, gains: int) -> float:
    """Return how far a gain is from a fall, as a share of it, times how many gains there are.

    A number with zeros at its end is often the same by chance: the further gains count as at least
    a part of its last digit that is none.
    """
    lost = -fall["moved"]
    off = gain["off"] / lost
    coarse = ROUND * max(_unit(lost), _unit(gain["moved"])) / lost
    return off + (gains - 1) * max(off, coarse)


def _unit(amount: float) -> int:
    """Return the largest power of ten that divides a whole amount.

    >>> _unit(3_000_000), _unit(3_002_400), _unit(72_045)
    (1000000, 100, 1)
    """
    digits = f"{amount:.0f}"
    return 10 ** (len(digits) - len(digits.rstrip("0")))


def _with_steps(changes: pl.DataFrame, cell: list[str]) -> pl.DataFrame:
    """Return the changes with `moved`, `beyond`: that without the increment before, and `usual`.

    `usual`: the largest of the increments before.
    """
    before, after = (pl.col(name).fill_null(0) for name in ("before", "after"))
    moved = pl.col("moved")
    usual = moved.shift(1).rolling_max(INCREMENTS, min_samples=1).over(cell)
    return (
        changes.sort(*cell, "seq")
        .with_columns((after - before).alias("moved"))
        .with_columns(pl.when(~pl.col("is_baseline")).then(moved).alias("moved"))
        .with_columns(
            usual.fill_null(0).clip(0).alias("usual"),
            (moved - moved.shift(1).over(cell).fill_null(0)).alias("beyond"),
        )
    )


def _is_fall(thresholds: Thresholds) -> pl.Expr:
    before, lost = pl.col("before"), pl.col("before") - pl.col("after").fill_null(0)
    least = thresholds["least_fall"]
    return (lost >= thresholds["least_doses"]) & (lost >= before * least)


def _is_exchange(one: Row, other: Row) -> bool:
    """Return whether each has about what the other had."""
    least, most = GROWTH
    pairs = ((one["before"], other["after"]), (other["before"], one["after"]))
    return all(then and now and least * then <= now <= most * then for then, now in pairs)
