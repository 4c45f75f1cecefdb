"""R13, second part: a known row is gone, and may be one of the rows that wait in quarantine.

Such a row is no withdrawal yet, so no other rule sees it: an unknown name of one country would hide
the removal of another. It ends when the row is there again, or counts as withdrawn.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import polars as pl

from schemas.alerts import Severity
from schemas.figure_kinds import figure_kind
from schemas.figure_wording import subject
from schemas.wording import figure
from tasks.alerts.rules.model.episode import Episode, Family, Row, Step
from tasks.alerts.rules.model.rule import DatasetContext, Rule, SourceContext
from tasks.alerts.rules.model.severity import at_most, severity_of_fall
from tasks.alerts.rules.reading.rule_input import RuleInput, day_column

Found = tuple[Rule, Episode]
"""An episode and the rule that found it."""
CAP: Final[Severity] = "medium"
"""The row may only be misspelt."""
UNPARSABLE: Final = Family(
    name="unparsable",
    sentence="no row that can be read with {noun} for {count} of {compared} countries on {on}",
)
"""Many names at once that nobody knows."""


def unparsable_rows(source: SourceContext) -> Iterator[Episode]:
    """Yield one episode for each known row, or series, that may be among those in quarantine."""
    for dataset in source.country_datasets():
        hidden = dataset.rule_input.hidden
        if hidden is not None:
            for row in _lost_figures(dataset.rule_input, hidden).iter_rows(named=True):
                yield from _episode(dataset, row)


def _lost_figures(rule_input: RuleInput, hidden: pl.DataFrame) -> pl.DataFrame:
    """Return the figures of the hidden rows in the version before.

    Returns:
        The key columns without the day, seq, until, is_back [of all rows of a series], column,
        value [the greatest, above 0], sorted by seq and key.
    """
    key = list(rule_input.key)
    entity = [name for name in key if name != day_column(key)]
    judged = [
        name
        for name in rule_input.cells["column"].unique()
        if figure_kind(name) in {"promise", "counter"}
    ]
    known = (
        rule_input.cells.filter(pl.col("column").is_in(judged))
        .rename({"seq": "shown"})
        .join(hidden.select(*key, "seq"), on=key)
        .filter(pl.col("shown") < pl.col("seq"))
        .sort("shown")
        .group_by("seq", *key, "column")
        .agg(pl.col("after").last().alias("value"))
        .filter(pl.col("value") > 0)
    )
    figures = known.group_by("seq", *entity, "column").agg(pl.col("value").max())
    spells = hidden.group_by("seq", *entity).agg(
        pl.when(pl.col("until").null_count() == 0).then(pl.col("until").max()),
        pl.col("is_back").all(),
    )
    return figures.join(spells, on=["seq", *entity]).sort("seq", *entity, "column")


def _episode(dataset: DatasetContext, row: Row) -> Iterator[Episode]:
    """Yield the episode of a figure without a row, if its withdrawal would be reported."""
    timeline, seq, column, before = dataset.timeline, int(row["seq"]), row["column"], row["value"]
    key = {name: row[name] for name in timeline.key if name in row}
    severity = severity_of_fall(before, None, column=column, iso3=str(key["iso3"]), product=True)
    if seq == 0 or severity is None:
        return
    opened = Step(
        seq=seq,
        since=seq - 1,
        severity=at_most(severity, CAP),
        before=before,
        after=before,
        sentence=(
            f"{timeline.shown_by} had no row that can be read for {subject(column, key)} on "
            f"{timeline.day(seq)}; {figure(before, column)} in the version before. One of the rows "
            f"in quarantine may be it, so it does not count as withdrawn."
        ),
        evidence={"quarantine": timeline.id[seq]},
        family=UNPARSABLE,
    )
    steps = [opened]
    if row["until"] is not None:
        until = int(row["until"])
        shown = "has it again" if row["is_back"] else "has it no more: it counts as withdrawn"
        text = f"The version of {timeline.day(until)} {shown}."
        after = before if row["is_back"] else None
        steps.append(opened.then("resolved", until, text, after=after, confidence="confirmed"))
    values = [(seq - 1, before)]
    yield Episode(
        timeline=timeline, key=key, column=column, steps=steps, values=values, about="unparsable"
    )


def with_last_reading(source: SourceContext, found: Sequence[Found]) -> Iterator[Found]:
    """Yield the findings; a withdrawal of a row that was hidden names the version that had it."""
    seen: dict[tuple[str, int], list[Row]] = {}
    for dataset in source.country_datasets():
        hidden = dataset.rule_input.hidden
        for row in () if hidden is None else hidden.filter(~pl.col("is_back")).to_dicts():
            seen.setdefault((dataset.timeline.dataset, row["until"]), []).append(row)
    for rule, episode in found:
        opened, dataset = episode.steps[0], episode.timeline.dataset
        near = seen.get((dataset, opened.seq), []) if opened.after is None else []
        last = [
            row["seq"] - 1
            for row in near
            if all(row.get(name) == value for name, value in episode.key.items())
        ]
        yield rule, (_read_last(episode, min(last)) if last else episode)


def _read_last(episode: Episode, seq: int) -> Episode:
    text = f"when it was read last, on {episode.timeline.day(seq)}"
    steps = [
        replace(step, since=seq, sentence=step.sentence.replace("in the version before", text, 1))
        for step in episode.steps
    ]
    return replace(episode, steps=steps)
