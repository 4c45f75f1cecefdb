"""R14: figures for days long past are others than in the version before.

What sources do every week is learned from their earlier versions: a revision is reported when it is
larger than 99 % of those before it in the same column and of the same age.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import polars as pl

from schemas.figure_wording import noun, whom
from schemas.rule_settings import Thresholds
from schemas.wording import ARROW, figure, percent
from tasks.alerts.rules.falls.estimate_revision import YEAR, estimate_revisions
from tasks.alerts.rules.model.episode import Episode, Family, Row, Step
from tasks.alerts.rules.model.fall_wording import day_text
from tasks.alerts.rules.model.parameter import Parameter
from tasks.alerts.rules.model.rule import DatasetContext, Rule, SourceContext
from tasks.alerts.rules.reading.rule_input import Timeline, day_column
from tasks.alerts.rules.reading.series_view import SERIES, SeriesView

REVISED: Final = Family(
    name="back_revision",
    sentence="other {noun} of days long past for {count} of {compared} countries on {on}",
)
AGES: Final = (90, 180)
"""Days behind the newest figure where one age ends and the next begins."""
AGE: Final = "_age"


def back_revisions(source: SourceContext, thresholds: Thresholds) -> Iterator[Episode]:
    """Yield the episodes of R14."""
    for dataset in source.country_datasets():
        if day_column(dataset.timeline.key):
            yield from _episodes(dataset, thresholds)
        elif YEAR in dataset.timeline.key:
            yield from estimate_revisions(dataset, thresholds)


def _episodes(dataset: DatasetContext, thresholds: Thresholds) -> Iterator[Episode]:
    view = dataset.series
    if view.revised.is_empty():
        return
    for row in unusual(_by_age(view, thresholds), thresholds).iter_rows(named=True):
        yield _episode(dataset.timeline, row, view.entity, thresholds)


def _by_age(view: SeriesView, thresholds: Thresholds) -> pl.DataFrame:
    """Return the revisions of days long past, by series, vintage and age.

    Returns:
        seq, the entity, column, the series, its age, changed [days that changed], size [greatest
        relative change of at least `least_count`], worst_on, before and after [of that day],
        first_on, last_on, days [of the series with a figure], sorted by seq.
    """
    on, before, after = pl.col(view.day), pl.col("before"), pl.col("after")
    lag = (pl.col("newest_on") - on).dt.total_days()
    change = (after - before).abs()
    is_large = change >= thresholds["least_count"]
    at = ["seq", *view.entity, "column", SERIES, AGE]
    age = pl.sum_horizontal([(lag > end).cast(pl.Int8) for end in AGES])
    return (
        view.revised.with_columns(
            age.alias(AGE),
            pl.when(is_large & (before != 0)).then(change / before.abs()).alias("size"),
        )
        .filter(lag > thresholds["least_age"])
        .sort(pl.col("size").fill_null(0), on, descending=[True, False])
        .group_by(at, maintain_order=True)
        .agg(
            pl.len().alias("changed"),
            pl.col("size", "before", "after", "days").first(),
            on.first().alias("worst_on"),
            on.min().alias("first_on"),
            on.max().alias("last_on"),
        )
        .sort(at)
    )


def unusual(revisions: pl.DataFrame, thresholds: Thresholds) -> pl.DataFrame:
    """Return the revisions that are larger than what was usual before, one per series and vintage.

    `revisions`: as `_by_age` returns them. Usual is the 99th percentile of the sizes in earlier
    vintages of the same column and age, once there are enough.

    Returns:
        The largest of each series and vintage, with changed, first_on and last_on of all ages, and
        share [of the days of the series that changed], sorted by seq and series.
    """
    at = ["seq", SERIES]
    candidates = revisions.with_columns(
        pl.col("changed").sum().over(at).alias("changed"),
        pl.col("first_on").min().over(at),
        pl.col("last_on").max().over(at),
    ).with_columns((pl.col("changed") / pl.col("days")).alias("share"))
    candidates = candidates.filter(
        (pl.col("size") >= thresholds["least_change"])
        & (pl.col("share") >= thresholds["least_share"])
    )
    found = [
        rows.filter(pl.col("size") > _usual(revisions, rows.row(0, named=True), thresholds))
        for rows in candidates.partition_by("column", AGE, "seq", maintain_order=True)
    ]
    return (
        pl.concat([candidates.clear(), *found])
        .sort("size", descending=True)
        .unique(at, keep="first", maintain_order=True)
        .sort(at)
    )


def _usual(revisions: pl.DataFrame, row: Row, thresholds: Thresholds) -> float:
    """Return the 99th percentile of the sizes before a vintage; 0 where there are too few."""
    same = (pl.col("column") == row["column"]) & (pl.col(AGE) == row[AGE])
    before = revisions.filter(same & (pl.col("seq") < row["seq"]))["size"].fill_null(0)
    enough = before.len() >= thresholds["least_revisions"]
    return (before.quantile(thresholds["usual"], "higher") or 0.0) if enough else 0.0


def _episode(
    timeline: Timeline, worst: Row, entity: Sequence[str], thresholds: Thresholds
) -> Episode:
    key = {name: worst[name] for name in entity}
    seq, column, share = worst["seq"], worst["column"], worst["share"]
    first, last, changed = worst["first_on"], worst["last_on"], worst["changed"]
    days = (
        f"{changed:,} days from {day_text(first)} to {day_text(last)}"
        if changed > 1
        else day_text(first)
    )
    before, after = worst["before"], worst["after"]
    is_wide = share >= thresholds["medium_share"] and worst["size"] >= thresholds["medium_change"]
    opened = Step(
        seq=seq,
        since=timeline.before(seq),
        severity="medium" if is_wide else "low",
        before=before,
        after=after,
        sentence=(
            f"{timeline.shown_by} showed other {noun(column)} in {whom(key)} for "
            f"{days} on {timeline.day(seq)} than in the version before "
            f"({share * 100:.1f} % of its days). Largest: {figure(before)} {ARROW} {figure(after)} "
            f"for {day_text(worst['worst_on'])} ({percent(after / before - 1)})."
        ),
        confidence="confirmed",
        evidence={
            "observed_on": str(worst["worst_on"]),
            "days": {"count": changed, "first": str(first), "last": str(last)},
            "share_of_days": share,
        },
    )
    return Episode(timeline=timeline, key=key, column=column, steps=[opened])


R14: Final = Rule(
    id="R14",
    title="the past is changed",
    grain="country",
    family=REVISED,
    severities=("low", "medium"),
    judge=back_revisions,
    parameters={
        "least_age": Parameter(28, "days behind the newest figure that are long past"),
        "least_share": Parameter(0.01, "least share of the series' days that changed", "share"),
        "least_change": Parameter(0.05, "least relative change of one day", "share"),
        "least_count": Parameter(1_000, "and least change in doses, people or tests"),
        "usual": Parameter(0.99, "share of the earlier revisions that are smaller", "share"),
        "least_revisions": Parameter(20, "earlier revisions of the same age to learn from"),
        "medium_share": Parameter(0.1, "medium from this share of the days on", "share"),
        "medium_change": Parameter(0.2, "and from this change of one day on", "share"),
        "least_points": Parameter(0.02, "by year: least change of a share", "share"),
        "medium_points": Parameter(0.1, "by year: medium from this change of a share on", "share"),
        "upper_line": Parameter(0.9, "by year: medium where a share falls below it", "share"),
        "lower_line": Parameter(0.8, "by year: and below this", "share"),
    },
)
