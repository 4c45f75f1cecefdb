"""Keys that have no figure any more, and the names under which the same figures appear instead."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import polars as pl

from schemas.figure_kinds import COUNTERS, figure_kind
from tasks.alerts.rules.model.episode import Values, values_by_cell
from tasks.alerts.rules.reading.rule_input import RuleInput

OF_VERSIONS: Final = 4
KINDS: Final = ("counter", "other", "flow", "promise")
Figures = dict[str, float]
"""Figures by column."""
Name = tuple[Any, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class GoneKey:
    """Figures of one key that a vintage has no more.

    `figures`: what they were, by column, counters first. `is_whole`: whether the key has no figure
    left. `values`: of each column of `figures`. `appears_as`: the key that has the same figures now
    and none before; None without one. `unsettled`: columns that were there in too few versions.
    """

    key: Mapping[str, Any]
    seq: int
    figures: Mapping[str, float]
    is_whole: bool
    values: Mapping[str, Values]
    appears_as: Mapping[str, Any] | None
    unsettled: frozenset[str] = frozenset()

    @property
    def column(self) -> str:
        """The column that a finding about the key is about."""
        return next(iter(self.figures))


def gone_keys(changes: pl.DataFrame, grain: Sequence[str], *, least: float) -> Iterator[GoneKey]:
    """Yield the keys whose figures are gone, by vintage and key.

    `changes`: seq, the grain, column, before, after, is_baseline, each compared with the last one
    known. `least`: a figure that was there in fewer of the last four versions is unsettled, but for
    one that was in all versions so far, and these are two or more.
    """
    cell, after, before = [*grain, "column"], pl.col("after"), pl.col("before")
    lost = changes.filter(after.is_null() & before.is_not_null() & (pl.col("seq") > 0))
    is_new = before.is_null() & after.is_not_null() & ~pl.col("is_baseline")
    new = changes.filter(is_new).join(lost, on="seq", how="semi")
    values = values_by_cell(changes.join(lost, on=list(grain), how="semi"), cell)
    columns: dict[Name, list[str]] = {}
    for *name, column in values:
        columns.setdefault(tuple(name), []).append(column)
    successors: dict[int, list[tuple[Name, Figures]]] = {}
    for (seq, name), own in _figures(new, grain, "after").items():
        if any(own.values()):
            successors.setdefault(seq, []).append((name, own))
    for (seq, name), own in _figures(lost, grain, "before").items():
        ordered = dict(sorted(own.items(), key=lambda one: _order(one[0])))
        remaining = (values[*name, column] for column in columns[name] if column not in own)
        enough = min(least, max(seq, 2))
        yield GoneKey(
            key=dict(zip(grain, name, strict=True)),
            seq=seq,
            figures=ordered,
            is_whole=all(known_at(one, seq) is None for one in remaining),
            values={column: values[*name, column] for column in ordered},
            appears_as=next(
                (
                    dict(zip(grain, other, strict=True))
                    for other, figures in successors.get(seq, [])
                    if figures == own and (len(grain) == 1 or other[0] == name[0])
                ),
                None,
            ),
            unsettled=frozenset(
                column for column in own if versions_known(values[*name, column], seq) < enough
            ),
        )


def losing_countries(rule_input: RuleInput) -> RuleInput | None:
    """Return the input of the countries that lose a figure, or are new when others lose one.

    None when there are none.
    """
    cells = rule_input.cells
    later = cells.filter(pl.col("seq") > 0)
    lost = later.filter(pl.col("after").is_null())
    new = later.filter(pl.col("before").is_null() & pl.col("after").is_not_null())
    countries = pl.concat([lost, new.join(lost, on="seq", how="semi")]).select("iso3").unique()
    if lost.is_empty():
        return None
    return replace(rule_input, cells=cells.join(countries, on="iso3", how="semi"))


def versions_known(values: Values, seq: int) -> int:
    """Return in how many of the four vintages before `seq` a figure was known.

    >>> versions_known([(0, 5.0), (3, None)], 3), versions_known([(2, 5.0), (3, None)], 3)
    (3, 1)
    """
    return sum(known_at(values, at) is not None for at in range(max(seq - OF_VERSIONS, 0), seq))


def known_at(values: Values, seq: int) -> float | None:
    """Return the figure that a vintage shows."""
    return next((value for at, value in reversed(values) if at is None or at <= seq), None)


def _figures(
    rows: pl.DataFrame, grain: Sequence[str], side: str
) -> dict[tuple[int, Name], Figures]:
    """Return the figures of rows by seq and key, sorted by them."""
    found: dict[tuple[int, Name], Figures] = {}
    ordered = rows.sort("seq", *grain, "column").select("seq", *grain, "column", side)
    for seq, *name, column, value in ordered.iter_rows():
        found.setdefault((seq, tuple(name)), {})[column] = value
    return found


def _order(column: str) -> tuple[int, int, str]:
    place = COUNTERS.index(column) if column in COUNTERS else 0
    return KINDS.index(figure_kind(column)), place, column
