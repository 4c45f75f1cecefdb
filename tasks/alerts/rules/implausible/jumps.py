"""R19: a counter that grows by far more than ever in its own history; for the digest alone.

A report after a silence that adds no more than the same days added before is a catch-up.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import polars as pl

from schemas.figure_wording import noun
from schemas.rule_settings import Thresholds
from schemas.wording import day_only, figure, percent
from tasks.alerts.rules.model.episode import Episode, Row, Step
from tasks.alerts.rules.model.parameter import Parameter
from tasks.alerts.rules.model.rule import Rule, SourceContext
from tasks.alerts.rules.model.together import NAMED, countries, name_of, together
from tasks.alerts.rules.reading.increments import NUMBER, entity_of, with_next
from tasks.alerts.rules.reading.rule_input import Timeline
from tasks.alerts.rules.reading.series_view import SERIES
from tasks.alerts.rules.reading.usual_increments import with_most_before

ABOUT: Final = "jump"


def jumps(source: SourceContext, thresholds: Thresholds) -> Iterator[Episode]:
    """Yield the episodes of R19; the counters of a country that jump together are one."""
    for dataset in source.country_datasets():
        timeline, entity = dataset.timeline, entity_of(dataset.timeline.key)
        found = [
            _episode(timeline, row, entity)
            for row in _jumps(dataset.increments, entity, thresholds).iter_rows(named=True)
        ]
        for is_catch_up in (False, True):
            same = [one for one in found if one.steps[0].evidence["catch_up"] == is_catch_up]
            yield from together(
                same,
                least=thresholds["countries"],
                about="catch-up" if is_catch_up else ABOUT,
                sentence=_of_many,
            )


def _jumps(rows: pl.DataFrame, entity: Sequence[str], thresholds: Thresholds) -> pl.DataFrame:
    """Return the increments that are jumps: the largest of each entity and vintage."""
    count, number = int(thresholds["reports"]), pl.col(NUMBER)
    change, before = pl.col("change"), pl.col("before")

    is_large = (change >= thresholds["least_count"]) & (change > before * thresholds["least_share"])
    concerned = rows.filter("is_news", is_large)[SERIES].unique()
    rows = rows.filter(pl.col(SERIES).is_in(concerned.implode()))

    if rows.is_empty():
        return rows
    sizes = {"most": change, "most_daily": change / pl.col("days")}
    after_fall = (number > 1) & (change.shift(1) < 0)
    is_jump = is_large & (number > count) & (change > pl.col("most") * thresholds["times"])
    allowed = pl.col("most_daily") * pl.col("days") * thresholds["times_daily"]
    found = (
        with_most_before(rows, sizes, cell=[SERIES], count=count)
        .with_columns(after_fall.alias("after_fall"))
        .filter("is_news", ~pl.col("after_fall"), is_jump)
        .with_columns((change <= allowed).alias("catch_up"))
    )
    return (
        with_next(found, rows, on="seq")
        .sort("seq", *entity, change / before, descending=[False] * (len(entity) + 1) + [True])
        .group_by("seq", *entity, maintain_order=True)
        .agg(pl.all().first(), pl.col("column").alias("columns"))
    )


def _episode(timeline: Timeline, row: Row, entity: Sequence[str]) -> Episode:
    column, before, after = row["column"], row["before"], row["after"]
    key = {name: row[name] for name in entity}
    child = Episode(timeline=timeline, key=key, column=column, steps=(), about=ABOUT)
    shown = (
        f"{timeline.shown_by} showed {figure(after)} {noun(column)} of {name_of(child)} by "
        f"{day_only(row['day'])}: {figure(row['change'])} more ({percent(after / before - 1)})"
    )
    silence = f"after {row['days']} days without another figure"
    rest = f" {silence}, not much faster than before" if row["catch_up"] else ""
    opened = Step(
        seq=row["seq"],
        since=timeline.before(row["seq"]),
        severity="info" if row["catch_up"] else "low",
        before=before,
        after=after,
        sentence=f"{shown}{rest}; at most {figure(row['most'])} in one report before.",
        confidence="confirmed",
        evidence={
            "columns": row["columns"],
            "days": row["days"],
            "most_before": row["most"],
            "catch_up": row["catch_up"],
        },
    )
    steps = [opened]
    if row["next_seq"] is not None:
        now, last = row["next_after"], row["next_seq"]
        is_back = now < (before + after) / 2
        text = f"The version of {timeline.day(last)} shows {figure(now)}."
        steps.append(opened.then("reverted" if is_back else "resolved", last, text, after=now))
    return Episode(
        timeline=timeline,
        key=key,
        column=column,
        steps=steps,
        values=[(None, before), (row["seq"], after)],
        about=ABOUT,
    )


def _of_many(children: Sequence[Episode]) -> str:
    timeline, firsts = children[0].timeline, [child.steps[0] for child in children]
    silence = " after a silence" if firsts[0].evidence["catch_up"] else ""
    names = [
        f"{name_of(child)} {figure(first.before)} to {figure(first.after)}"
        for child, first in zip(children[:NAMED], firsts, strict=False)
    ]
    return (
        f"{timeline.shown_by} showed figures of {countries(children)} countries on "
        f"{timeline.day(firsts[0].seq)} that grew by far more than ever in one report{silence}. "
        f"Largest: {', '.join(names)}."
    )


R19: Final = Rule(
    id="R19",
    title="a jump",
    grain="row",
    severities=("info", "low"),
    judge=jumps,
    parameters={
        "times": Parameter(4, "more than so many times the most of the reports before"),
        "reports": Parameter(12, "so many reports before are compared"),
        "least_share": Parameter(0.1, "and more than this of the figure", "share"),
        "least_count": Parameter(1_000, "least increase in doses, people or tests"),
        "times_daily": Parameter(2, "a catch-up adds at most so many times the most of a day"),
        "countries": Parameter(3, "as many countries that jump in one version are one alert"),
    },
)
