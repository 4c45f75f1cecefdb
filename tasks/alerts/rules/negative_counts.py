"""
R11, its one part: a count below zero that can be read. The other is `tasks.alerts.rules.relations`.

Promises: the figure stays published; it is told once, when it enters, and resolves when it is gone
or no longer below zero. A negative figure that is revised to another one is no second finding.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from schemas.alerts import Finding
from schemas.wording import Key, amount, day, figure, is_share, statement
from tasks.alerts.rules.evidence import Series, series_of, with_life
from tasks.alerts.rules.grains import moves
from tasks.alerts.rules.rule_input import RuleInput
from tasks.alerts.rules.timeline import Step, Timeline

Row = Mapping[str, Any]


def negative_findings(timeline: Timeline, rule_input: RuleInput) -> list[Finding]:
    """Return one finding for each count that fell, or came, below zero."""
    below = rule_input.cells.filter(pl.col("after") < 0).select(*rule_input.key, "column").unique()
    if below.is_empty():
        return []
    cell = [*rule_input.key, "column"]
    counts = [name for name in below["column"].unique() if not is_share(name)]
    after, before = pl.col("after"), pl.col("before")
    near = rule_input.cells.join(below, on=cell, how="semi")
    told = moves(replace(rule_input, cells=near), counts).sort([*cell, "seq"])
    sound = pl.when(after.is_null() | (after >= 0)).then(pl.col("seq"))
    ends = told.select(*cell, pl.col("seq").alias("ended"), after.alias("ended_at"))
    entries = (
        told.with_columns(sound.alias("ended"))
        .with_columns(pl.col("ended").shift(-1).backward_fill().over(cell))
        .filter((after < 0) & (before.is_null() | (before >= 0)))
        .join(ends, on=[*cell, "ended"], how="left")
    )
    rows = entries.sort("seq", *cell).to_dicts()
    series = series_of(told, cell, rows)
    return [_finding(timeline, row, series[tuple(row[name] for name in cell)]) for row in rows]


def _finding(timeline: Timeline, row: Row, series: Series) -> Finding:
    key = {name: row[name] for name in timeline.key}
    column, seq, after = row["column"], int(row["seq"]), row["after"]
    shown = _shown(timeline, row, key)
    opened = Step(
        kind="opened",
        seq=seq,
        since=seq - 1 if seq else None,
        severity="medium",
        before=row["before"],
        after=after,
        sentence=f"{shown}. A count cannot be below zero; it is published as the source shows it.",
        confidence="confirmed",
    )
    steps = [opened]
    if row["ended"] is not None:
        ended, now = int(row["ended"]), row["ended_at"]
        said = f"The version of {day(timeline.as_ofs[ended])} shows {figure(now)}."
        steps.append(
            replace(
                opened,
                kind="resolved",
                seq=ended,
                since=seq,
                before=after,
                after=now,
                sentence=f"{opened.sentence} {said}",
            )
        )
    blank = Finding(rule="R11", dataset=timeline.dataset, key=key, column=column, events=())
    return with_life(timeline, blank, steps, series=series)


def _shown(timeline: Timeline, row: Row, key: Key) -> str:
    """Return what was shown, beside the version before where there is one."""
    column, before, after = row["column"], row["before"], row["after"]
    on = timeline.as_ofs[int(row["seq"])]
    if row["is_baseline"]:
        return f"{timeline.shown_by} showed {amount(column, key, after)} on {day(on)}"
    return statement(timeline.shown_by, column, key=key, before=before, after=after, on=on)
