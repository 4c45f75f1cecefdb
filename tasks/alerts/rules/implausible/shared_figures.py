"""R10, first part: the same long figure in two countries at once."""

from collections.abc import Sequence
from itertools import combinations
from operator import itemgetter
from typing import NamedTuple

import polars as pl

from schemas.figure_kinds import COUNTERS
from schemas.rule_settings import Thresholds
from tasks.alerts.rules.model.episode import Row
from tasks.alerts.rules.model.rule import DatasetContext
from tasks.alerts.rules.reading.increments import RECENT
from tasks.alerts.rules.reading.rule_input import RuleInput, day_column
from tasks.alerts.rules.reading.series_view import SERIES


class Shared(NamedTuple):
    """A figure that two countries show at once.

    `key`: of the row that showed it later; `other`: of the one before. `seq`: from when on both
    show it; `until`: of the first vintage in which they do not, None while they do.
    """

    column: str
    value: float
    key: Row
    other: Row
    seq: int
    until: int | None


def shared_figures(dataset: DatasetContext, thresholds: Thresholds) -> list[Shared]:
    """Return the counters that two countries begin to share, once for each pair and column.

    Short figures, those that end in 0, old days, and what the first vintage shows are none.
    """
    key, after = list(dataset.rule_input.key), pl.col("after")
    day, least = day_column(key), 10 ** (thresholds["digits"] - 1)
    is_long = (after >= least) & (after % 10 != 0)
    known = _recent_counters(dataset.rule_input, day) if day else _with_until(dataset.counter_rows)
    figures = known.select(after.filter(is_long)).to_series()
    repeated = figures.filter(~figures.is_first_distinct()).unique()
    same = ["column", "after", *([day] if day else [])]
    near = known.filter(after.is_in(repeated.implode()))
    twice = near.group_by(same).agg(pl.col("iso3").n_unique().alias("n")).filter(pl.col("n") > 1)
    if twice.is_empty():
        return []
    if day:  # the changes of all days are many, and seldom wanted
        rows = near.join(twice, on=same, how="semi").select(*key, "column").unique()
        near = _with_until(
            dataset.counter_rows.join(rows, on=rows.columns, how="semi", maintain_order="left")
        )
    found = near.join(twice, on=same, how="semi").sort("seq", *key)
    groups: dict[tuple[object, ...], list[Row]] = {}
    for row in found.iter_rows(named=True):
        groups.setdefault(itemgetter(*same)(row), []).append(row)
    pairs = [one for group in groups.values() for one in _pairs(group, key)]
    first: dict[tuple[str, ...], Shared] = {}
    for one in sorted(pairs, key=lambda pair: pair.seq):
        first.setdefault((one.column, *sorted((one.key["iso3"], one.other["iso3"]))), one)
    return [one for one in first.values() if one.seq > 0]


def _recent_counters(rule_input: RuleInput, day: str) -> pl.DataFrame:
    """Return the cells of counters that are news, and those of the first vintage."""
    as_of = rule_input.vintages.sort("seq")["as_of"].dt.date()
    age = pl.lit(as_of).gather("seq") - pl.col(day)
    is_recent = (age.dt.total_days() <= RECENT) | (pl.col("seq") == 0)
    return rule_input.cells.filter(pl.col("column").is_in(COUNTERS), is_recent)


def _with_until(changes: pl.DataFrame) -> pl.DataFrame:
    """Return the changes with the seq of the next one of the same figure; null without one."""
    is_same = pl.col(SERIES) == pl.col(SERIES).shift(-1)
    return changes.with_columns(pl.when(is_same).then(pl.col("seq").shift(-1)).alias("until"))


def _pairs(rows: Sequence[Row], key: Sequence[str]) -> list[Shared]:
    found: list[Shared] = []
    for one, other in combinations(sorted(rows, key=lambda row: -row["seq"]), 2):
        begin = int(one["seq"])
        end = min((row["until"] for row in (one, other) if row["until"]), default=None)
        if one["iso3"] != other["iso3"] and (end is None or begin < end):
            keys = tuple({name: row[name] for name in key} for row in (one, other))
            found.append(Shared(one["column"], one["after"], keys[0], keys[1], begin, end))
    return found
