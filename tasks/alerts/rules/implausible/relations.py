"""R11, second part: two figures that cannot be beside each other, as more positives than tests.

One finding, when a row begins to break a relation; it resolves when the relation holds again.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

import polars as pl

from schemas.figure_wording import noun, whom
from schemas.rule_settings import Thresholds
from schemas.validation_rules import ROUNDING, SUPPLY, Relation, relations_of
from schemas.wording import Key, figure
from tasks.alerts.rules.model.episode import (
    Episode,
    Family,
    Row,
    Step,
    Values,
    spells,
    values_by_cell,
    whole,
)
from tasks.alerts.rules.model.rule import DatasetContext
from tasks.alerts.rules.model.severity import at_most, severity_of_fall
from tasks.alerts.rules.reading.figure_changes import figure_changes
from tasks.alerts.rules.reading.rule_input import Timeline

FACTORS: Final = {1.0: "more_than", ROUNDING: "more_doses_than", SUPPLY: "more_supply_than"}
"""The threshold of R11 for the factor of a relation."""


def broken_relations(dataset: DatasetContext, thresholds: Thresholds) -> list[Episode]:
    """Return one episode for each time that a row begins to break a relation of its table.

    `thresholds`: of R11; each replaces the factor of the relations that it is about.
    """
    table = dataset.rule_input.dataset.partition(".")[2]
    columns = dataset.columns
    return [
        episode
        for declared in relations_of(table)
        for relation in [replace(declared, factor=thresholds[FACTORS[declared.factor]])]
        if relation.less in columns and not columns.isdisjoint(relation.more)
        for episode in _episodes(dataset, relation, columns)
    ]


def _episodes(
    dataset: DatasetContext, relation: Relation, columns: Collection[str]
) -> list[Episode]:
    rule_input = dataset.rule_input
    more = [name for name in relation.more if name in columns]
    near = _suspects(rule_input.cells, rule_input.key, relation, more)
    if near.is_empty():
        return []
    changes = figure_changes(replace(rule_input, cells=near), [relation.less, *more])
    states = _states(changes, rule_input.key, relation, more)
    values = values_by_cell(changes.filter(pl.col("column") == relation.less), rule_input.key)
    return [
        relation_episode(dataset.timeline, entry, end, relation, key, values[tuple(key.values())])
        for entry, end in spells(states, rule_input.key, "is_broken")
        for key in [{name: entry[name] for name in rule_input.key}]
    ]


def _suspects(
    cells: pl.DataFrame, key: Sequence[str], relation: Relation, more: Sequence[str]
) -> pl.DataFrame:
    """Return the cells of the rows whose figures can ever have broken the relation."""
    is_less, after = pl.col("column") == relation.less, pl.col("after")
    most = after.filter(is_less).max()
    least = after.filter(~is_less & (after >= 0)).min()
    near = cells.filter(pl.col("column").is_in([relation.less, *more]))
    suspects = near.group_by(key).agg((most > least * relation.factor).alias("is_suspect"))
    return near.join(suspects.filter("is_suspect"), on=list(key), how="semi")


def _states(
    changes: pl.DataFrame, key: Sequence[str], relation: Relation, more: Sequence[str]
) -> pl.DataFrame:
    """Return both figures of every row at each vintage that changed one of them.

    Returns:
        The key columns, seq, less, before [less in the state before], more [the greatest of the
        figures beside it], which [its column], is_broken, sorted by key and seq.
    """
    after, none = pl.col("after"), float("nan")
    names = (relation.less, *more)
    seen = [after.filter(pl.col("column") == n).first().alias(n) for n in names]
    less, beside = pl.col("less"), pl.col("more")
    broken = (less > beside * relation.factor) & (beside >= 0)
    is_greatest = [pl.when(pl.col(name) == beside).then(pl.lit(name)) for name in more]
    return (
        changes.with_columns(after.fill_null(none))
        .group_by(*key, "seq")
        .agg(seen)
        .sort(*key, "seq")
        .with_columns(pl.col(names).forward_fill().over(key).fill_nan(None))
        .with_columns(pl.col(relation.less).alias("less"), pl.max_horizontal(more).alias("more"))
        .with_columns(
            less.shift(1).over(key).alias("before"),
            pl.coalesce(is_greatest).alias("which"),
            broken.fill_null(value=False).alias("is_broken"),
        )
    )


def relation_episode(
    timeline: Timeline,
    entry: Row,
    end: Row | None,
    relation: Relation,
    key: Mapping[str, str | date],
    values: Values,
) -> Episode:
    """Return the episode of two figures from where they break a relation to where they do not.

    `entry`, `end`: seq, less, before [less in the state before], more, which [its column].
    `values`: of the smaller figure.
    """
    seq, less, more = int(entry["seq"]), entry["less"], entry["more"]
    severity = severity_of_fall(less, more, column=relation.less, iso3=str(key["iso3"])) or "low"
    opened = Step(
        seq=seq,
        since=timeline.before(seq),
        severity=at_most(severity, "medium"),
        before=entry["before"],
        after=less,
        sentence=_sentence(timeline, entry, key, relation),
        confidence="confirmed",
        evidence={"join": relation.join, "at_most": relation.factor, **_beside(entry)},
        family=Family(
            name=relation.rule,
            sentence="more {noun} than there can be in {count} of {compared} rows on {on}",
            counts="row",
        ),
    )
    steps = [opened]
    if end:
        now, last = end["less"], int(end["seq"])
        shown = f"{figure(now)} {relation.join} {figure(end['more'])}"
        text = f"The version of {timeline.day(last)} shows {shown}."
        what = {"before": less, "after": now, "evidence": {**opened.evidence, **_beside(end)}}
        steps.append(opened.then("resolved", last, text, since=seq, **what))
    return Episode(
        timeline=timeline,
        key=key,
        column=relation.less,
        steps=steps,
        values=values,
        about=relation.rule,
    )


def _beside(row: Row) -> dict[str, Any]:
    return {"beside": {"column": row["which"], "value": whole(row["more"])}}


def _sentence(timeline: Timeline, row: Row, key: Key, relation: Relation) -> str:
    less = f"{figure(row['less'])} {noun(relation.less)}"
    more = f"{figure(row['more'])} {noun(row['which'])}"
    if row["which"] == "people":
        more = f"a population of {figure(row['more'])} (the UN's estimate for 2020)"
    on = timeline.day(row["seq"])
    expected = (
        "There cannot be more of the first"
        if relation.factor == 1
        else f"The first is expected to be at most {relation.factor:g} times the second"
    )
    return (
        f"{timeline.shown_by} showed {less} {relation.join} {more} for {whom(key)} on {on}. "
        f"{expected}; both are published as the source shows them."
    )
