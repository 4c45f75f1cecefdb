"""R11, first part: a count below zero. The second part is `tasks.alerts.rules.relations`.

Promises: one finding, when the count gets negative; it resolves when the figure is gone or no
longer below zero. A negative figure that is revised to another one is no second finding.
"""

from dataclasses import replace
from typing import Final

import polars as pl

from schemas.wording import Key, amount, figure, is_share, statement
from tasks.alerts.rules.episode import Episode, Family, Row, Step, Values, values_by_cell
from tasks.alerts.rules.figure_changes import figure_changes
from tasks.alerts.rules.rule_context import DatasetContext
from tasks.alerts.rules.timeline import Timeline

NEGATIVE: Final = Family(
    name="negative",
    sentence="{what} below zero in {count} of {compared} rows on {on}",
    counts="row",
)


def negative_counts(dataset: DatasetContext) -> list[Episode]:
    """Return one episode for each count that falls, or first appears, below zero."""
    timeline, rule_input = dataset.timeline, dataset.rule_input
    below = rule_input.cells.filter(pl.col("after") < 0).select(*rule_input.key, "column").unique()
    if below.is_empty():
        return []
    cell = [*rule_input.key, "column"]
    counts = [name for name in below["column"].unique() if not is_share(name)]
    after, before = pl.col("after"), pl.col("before")
    near = rule_input.cells.join(below, on=cell, how="semi")
    changes = figure_changes(replace(rule_input, cells=near), counts).sort([*cell, "seq"])
    ended = pl.when(after.is_null() | (after >= 0)).then(pl.col("seq"))
    ends = changes.select(*cell, pl.col("seq").alias("ended"), after.alias("ended_at"))
    entries = (
        changes.with_columns(ended.alias("ended"))
        .with_columns(pl.col("ended").shift(-1).backward_fill().over(cell))
        .filter((after < 0) & (before.is_null() | (before >= 0)))
        .join(ends, on=[*cell, "ended"], how="left")
    )
    rows = entries.sort("seq", *cell).to_dicts()
    values = values_by_cell(changes, cell, rows)
    return [_episode(timeline, row, values[tuple(row[name] for name in cell)]) for row in rows]


def _episode(timeline: Timeline, row: Row, values: Values) -> Episode:
    key = {name: row[name] for name in timeline.key}
    column, seq, after = row["column"], int(row["seq"]), row["after"]
    shown = _shown(timeline, row, key)
    opened = Step(
        kind="opened",
        seq=seq,
        since=timeline.before(seq),
        severity="medium",
        before=row["before"],
        after=after,
        sentence=f"{shown}. A count cannot be below zero; it is published as the source shows it.",
        confidence="confirmed",
        family=NEGATIVE,
    )
    steps = [opened]
    if row["ended"] is not None:
        ended, now = int(row["ended"]), row["ended_at"]
        text = f"The version of {timeline.day(ended)} shows {figure(now)}."
        steps.append(
            replace(
                opened,
                kind="resolved",
                seq=ended,
                since=seq,
                before=after,
                after=now,
                sentence=f"{opened.sentence} {text}",
            )
        )
    return Episode(timeline=timeline, key=key, column=column, steps=steps, values=values)


def _shown(timeline: Timeline, row: Row, key: Key) -> str:
    """Return the sentence about the figure, beside the version before where there is one."""
    column, before, after = row["column"], row["before"], row["after"]
    seq: int = row["seq"]
    if row["is_baseline"]:
        return f"{timeline.shown_by} showed {amount(column, key, after)} on {timeline.day(seq)}"
    on = timeline.as_ofs[seq]
    return statement(timeline.shown_by, column, key=key, before=before, after=after, on=on)
