"""
R11, its one part: a count below zero that can be read. The other is `tasks.rules.relations`.

Promises: the figure stays published; it is told once, when it enters, and resolves when it is gone
or no longer below zero. A negative figure that is revised to another one is no second finding.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from schemas.alerts import Finding
from tasks.rules.evidence import Series, series_of, with_life
from tasks.rules.grains import moves
from tasks.rules.panel import Panel
from tasks.rules.scene import Scene, Step
from tasks.rules.severity import is_share
from tasks.rules.words import Key, amount, day, figure, statement

Row = Mapping[str, Any]


def negative_findings(scene: Scene, panel: Panel) -> list[Finding]:
    """Return one finding for each count that fell, or came, below zero."""
    below = panel.cells.filter(pl.col("after") < 0).select(*panel.key, "column").unique()
    if below.is_empty():
        return []
    cell = [*panel.key, "column"]
    counts = [name for name in below["column"].unique() if not is_share(name)]
    after, before = pl.col("after"), pl.col("before")
    near = panel.cells.join(below, on=cell, how="semi")
    told = moves(replace(panel, cells=near), counts).sort([*cell, "seq"])
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
    return [_finding(scene, row, series[tuple(row[name] for name in cell)]) for row in rows]


def _finding(scene: Scene, row: Row, series: Series) -> Finding:
    key = {name: row[name] for name in scene.key}
    column, seq, after = row["column"], int(row["seq"]), row["after"]
    shown = _shown(scene, row, key)
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
        said = f"The version of {day(scene.as_ofs[ended])} shows {figure(now)}."
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
    blank = Finding(rule="R11", dataset=scene.dataset, key=key, column=column, events=())
    return with_life(scene, blank, steps, series=series)


def _shown(scene: Scene, row: Row, key: Key) -> str:
    """Return what was shown, beside the version before where there is one."""
    column, before, after = row["column"], row["before"], row["after"]
    on = scene.as_ofs[int(row["seq"])]
    if row["is_baseline"]:
        return f"{scene.shown_by} showed {amount(column, key, after)} on {day(on)}"
    return statement(scene.shown_by, column, key=key, before=before, after=after, on=on)
