"""What each series of a tree shows from version to version, and alerts about versions of it."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from benchmarks.alert_evaluation.matching import ALERTS
from benchmarks.alert_evaluation.trees import Tree, key_text

Levels = Mapping[tuple[str, str], np.ndarray]
"""Figures by (key as JSON, name of the figure): one number per version, NaN where none is shown."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The figures of each country's total and of each series, the newest day of each version.

    `country_of`: the key of the country of each series.
    """

    countries: Levels
    series: Levels
    country_of: Mapping[str, str]


def shown(tree: Tree) -> Shown:
    """Return what each version shows newest, as totals of countries and as series."""
    newest = [
        frame.sort(tree.day).group_by(tree.entity).last() if tree.day else frame
        for frame in tree.frames
    ]
    country_of = {
        key_text(row): key_text({"iso3": row["iso3"]})
        for frame in newest
        for row in frame.select(tree.entity).iter_rows(named=True)
    }
    return Shown(_levels(tree, newest, ("iso3",)), _levels(tree, newest, tree.entity), country_of)


def alerts_at(tree: Tree, rule: str, flagged: Iterable[tuple[str, str, int]]) -> pl.DataFrame:
    """Return alerts of severity high, one for each (key, figure, version)."""
    rows = [
        {
            "fingerprint": hashlib.sha256(f"{rule}|{key}|{figure}|{at}".encode()).hexdigest(),
            "rule": rule,
            "severity": "high",
            "key": key,
            "column": figure,
            "as_of": tree.instants[at],
            "kind": "opened",
            "group": None,
        }
        for key, figure, at in flagged
    ]
    return pl.DataFrame(rows, schema=ALERTS)


def _levels(tree: Tree, newest: list[pl.DataFrame], by: tuple[str, ...]) -> Levels:
    found: dict[tuple[str, str], np.ndarray] = {}
    for at, frame in enumerate(newest):
        sums = (
            pl.when(pl.col(name).count() > 0).then(pl.col(name).sum()).alias(name)
            for name in tree.figures
        )
        for row in frame.group_by(by).agg(sums).iter_rows(named=True):
            key = key_text({name: row[name] for name in by})
            for figure in tree.figures:
                level = found.setdefault((key, figure), np.full(len(newest), np.nan))
                level[at] = np.nan if row[figure] is None else row[figure]
    return found
