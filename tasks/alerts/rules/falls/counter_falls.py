"""R7 in tables without days: a counter is lower than in the version before.

A row's own finding stands
beside its country's only when it is worse; else it is a part in the country's evidence. A fall
opens unconfirmed; the next vintage confirms or reverts it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import polars as pl

from schemas.rule_settings import Thresholds
from tasks.alerts.rules.model.episode import ByCell, Episode, Family, Row, Step, values_by_cell
from tasks.alerts.rules.model.fall_life import life_until
from tasks.alerts.rules.model.fall_wording import (
    fall_statement,
    gone_text,
    least_back,
    part_evidence,
    steady_text,
)
from tasks.alerts.rules.model.families import FALL_WITHIN
from tasks.alerts.rules.model.promises import PLACE, STEADY_TOTAL, Place
from tasks.alerts.rules.model.reversals import reversal
from tasks.alerts.rules.model.rule import DatasetContext
from tasks.alerts.rules.model.severity import at_most, rank, severity_of_fall
from tasks.alerts.rules.reading.figure_changes import country_totals
from tasks.alerts.rules.reading.rule_input import Timeline

CORRECTED: Final = Family(
    name="corrected",
    sentence="{noun} back from a rise for {count} of {compared} countries on {on}",
    is_fall=True,
)
"""Falls that only undo a recent rise."""


def total_falls(dataset: DatasetContext, thresholds: Thresholds) -> Iterator[Episode]:
    """Yield the episodes of R7 in a table without days, at both grains."""
    timeline, rows = dataset.timeline, _near(dataset.counter_rows)
    if rows.is_empty():
        return
    totals = country_totals(rows, timeline.key)
    found, cell = fallen(totals, ["iso3"], thresholds), ["iso3", "column"]
    parts: dict[Place, list[Row]] = {}
    near = rows.join(found, on=PLACE, how="semi").filter(pl.col("before").is_not_null())
    for row in near.sort(pl.col("after").fill_null(0) - pl.col("before")).iter_rows(named=True):
        parts.setdefault(_place(row), []).append(row)
    values = values_by_cell(totals.join(found, on=cell, how="semi"), cell)
    worst: dict[Place, int] = {}
    for case in found.iter_rows(named=True):
        episode = _episode(timeline, case, cell, values, parts, thresholds)
        worst[_place(case)] = rank(episode.steps[0].severity)
        yield episode
    if list(timeline.key) == ["iso3"]:
        return
    cell = [*timeline.key, "column"]
    single = with_country_change(
        fallen(rows, timeline.key, thresholds), totals, within=thresholds["steady_total_within"]
    )
    values = values_by_cell(rows.join(single, on=cell, how="semi"), cell)
    for case in single.iter_rows(named=True):
        episode = _episode(timeline, case, cell, values, {}, thresholds)
        if rank(episode.steps[0].severity) > worst.get(_place(case), -1):
            yield episode


def _near(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the changes of the figures that ever fell, were gone, or came back, or are new."""
    before, after = pl.col("before"), pl.col("after")
    is_new = before.is_null() & ~pl.col("is_baseline")
    moved = rows.filter((after < before) | after.is_null() | is_new)
    if moved.is_empty():
        return moved
    cell = ["iso3", "column"]
    return rows.join(moved.select(cell).unique(), on=cell, how="semi", maintain_order="left")


def fallen(changes: pl.DataFrame, grain: Sequence[str], thresholds: Thresholds) -> pl.DataFrame:
    """Return the changes to a figure that is lower than the last one known.

    `changes`: as `figure_changes` returns them. A figure that comes back after a blank is compared
    with the one before it.

    Returns:
        seq, the grain, column, before, after, since [seq of the last vintage that showed
        `before`], sorted by seq.
    """
    cell = [*grain, "column"]
    before, after, seq = pl.col("before"), pl.col("after"), pl.col("seq")
    is_lower = is_fall(thresholds)
    columns = ["seq", *cell, "before", "after", "since"]
    direct = changes.filter(is_lower).with_columns((seq - 1).alias("since"))
    is_back = before.is_null() & after.is_not_null() & ~pl.col("is_baseline")
    back = changes.join(changes.filter(is_back), on=cell, how="semi").sort("seq")
    across = (
        back.with_columns(
            pl.when(is_back).then(before.shift(1).over(cell)).alias("before"),
            (seq.shift(1).over(cell) - 1).alias("since"),
        )
        .filter(is_lower)
        .select(columns)
    )
    return pl.concat([direct.select(columns), across]).sort("seq", *cell)


def is_fall(thresholds: Thresholds) -> pl.Expr:
    """Return whether `after` is lower than `before` by enough; figures below zero are for R11."""
    before, after = pl.col("before"), pl.col("after")
    lost = before - after
    is_enough = (lost >= thresholds["least_count"]) & (lost >= before * thresholds["least_fall"])
    return is_enough & (after >= 0)


def with_country_change(
    cases: pl.DataFrame, totals: pl.DataFrame, *, within: float
) -> pl.DataFrame:
    """Return single rows' changes with `total`: the change of the country's, null unless steady."""
    relative = (pl.col("after") - pl.col("before")) / pl.col("before")
    known = totals.select(*PLACE, relative.alias("moved"), pl.lit(1).alias("is_moved"))
    total = pl.when(pl.col("is_moved").is_null()).then(0.0).otherwise(pl.col("moved"))
    return (
        cases.join(known, on=PLACE, how="left", maintain_order="left")
        .with_columns(pl.when(total.abs() < within).then(total).alias("total"))
        .drop("moved", "is_moved")
    )


def _place(row: Row) -> Place:
    return row["iso3"], row["column"], row["seq"]


def _episode(
    timeline: Timeline,
    case: Row,
    cell: Sequence[str],
    by_cell: ByCell,
    parts: Mapping[Place, Sequence[Row]],
    thresholds: Thresholds,
) -> Episode:
    """Return the episode of one fall; `case`: a row of `fallen`, a single row's with `total`."""
    key = {name: case[name] for name in cell if name != "column"}
    column, seq, before, after = (case[name] for name in ("column", "seq", "before", "after"))
    values = by_cell[tuple(case[name] for name in cell)]
    own, total, back = (
        parts.get(_place(case), ()),
        case.get("total"),
        reversal(values, seq, timeline.as_of),
    )
    iso3, is_part = str(key["iso3"]), len(key) > 1
    found = severity_of_fall(before, after, column=column, iso3=iso3, product=is_part)
    severity = found or "low"
    text = (
        fall_statement(timeline, case, key)
        + steady_text(total, thresholds)
        + gone_text(timeline, own)
    )
    evidence, family = part_evidence(timeline, own), None
    if total is not None:
        severity, family = at_most(severity, "medium"), FALL_WITHIN
        evidence[STEADY_TOTAL] = total
    if back:
        severity, family = at_most(severity, "low"), CORRECTED
        evidence |= back.evidence(timeline)
        text += f". {back.text(timeline, column)}"
    opened = Step(
        seq=seq,
        since=case["since"],
        severity=severity,
        before=before,
        after=after,
        sentence=f"{text}.",
        evidence=evidence,
        family=family,
    )
    least = least_back(before, thresholds)
    steps = [opened, *life_until(timeline, opened, column, values, lambda value: value >= least)]
    return Episode(timeline=timeline, key=key, column=column, steps=steps, values=values)
