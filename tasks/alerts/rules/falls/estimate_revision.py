"""R14 for tables by year: estimates for years past are others than in the version before.

Who estimates all years again each time revises nearly every series; what counts is the size of the
change, and that a country falls below a line that it had reached. The lines of 90 % and 80 % are
the goals for national and district coverage of the Global Vaccine Action Plan 2011-2020 (WHO,
2013, table 2), the former of the Immunization Agenda 2030, too.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import polars as pl

from schemas.figure_wording import noun, whom
from schemas.rule_settings import Thresholds
from schemas.wording import ARROW, figure, is_share, joined, percent
from tasks.alerts.rules.model.episode import Episode, Family, Row, Step
from tasks.alerts.rules.model.rule import DatasetContext
from tasks.alerts.rules.reading.rule_input import Timeline

YEAR: Final = "year"
"""The key column with the year that a figure is about."""
ESTIMATED: Final = Family(
    name="estimate_revision",
    sentence="other {noun} of years past for {count} of {compared} countries on {on}",
)


def estimate_revisions(dataset: DatasetContext, thresholds: Thresholds) -> Iterator[Episode]:
    """Yield one episode for each series and vintage whose years past changed enough."""
    entity = [name for name in dataset.timeline.key if name != YEAR]
    known = pl.col("before").is_not_null() & pl.col("after").is_not_null()
    revised = dataset.rule_input.cells.filter(known & ~pl.col("is_baseline"))
    is_percent = pl.col("column").str.ends_with("_share")
    change = (pl.col("after") - pl.col("before")).abs()
    is_counted = change >= thresholds["least_count"]
    relative = pl.when(is_counted & (pl.col("before") != 0)).then(change / pl.col("before").abs())
    least = pl.when(is_percent).then(thresholds["least_points"])
    sized = revised.with_columns(
        pl.when(is_percent).then(change).otherwise(relative).fill_null(0).alias("size")
    )
    for rows in sized.sort("seq", *entity, "column", YEAR).partition_by(
        "seq", *entity, "column", maintain_order=True
    ):
        worst = rows.sort("size", descending=True, maintain_order=True)
        row = worst.with_columns(least.otherwise(thresholds["least_change"]).alias("least")).row(
            0, named=True
        )
        if row["size"] >= row["least"]:
            key = {name: row[name] for name in entity}
            yield _episode(dataset.timeline, key, row, rows, thresholds)


def _episode(
    timeline: Timeline,
    key: Mapping[str, Any],
    worst: Row,
    years: pl.DataFrame,
    thresholds: Thresholds,
) -> Episode:
    seq, column, before, after = (worst[name] for name in ("seq", "column", "before", "after"))
    below = _below(years, thresholds) if is_share(column) else {}
    listed = years[YEAR].to_list()
    span = f"{len(listed)} years from {listed[0]} to {listed[-1]}"
    if is_share(column):
        size = f"{abs(after - before) * 100:.1f} points {'lower' if after < before else 'higher'}"
        is_large = worst["size"] >= thresholds["medium_points"]
    else:
        size = percent(after / before - 1)
        is_large = worst["size"] >= thresholds["medium_change"]
    fallen = "".join(
        f" For {joined([str(year) for year in at])} it fell below {line * 100:g} %."
        for line, at in below.items()
    )
    opened = Step(
        seq=seq,
        since=timeline.before(seq),
        severity="medium" if is_large or below else "low",
        before=before,
        after=after,
        sentence=(
            f"{timeline.shown_by} showed other {noun(column)} in {whom(key)} for "
            f"{span if len(listed) > 1 else listed[0]} on {timeline.day(seq)} than in the version "
            f"before. Largest: {figure(before, column)} {ARROW} {figure(after, column)} for "
            f"{worst[YEAR]} ({size}).{fallen}"
        ),
        confidence="confirmed",
        family=ESTIMATED,
        evidence={
            YEAR: worst[YEAR],
            "years": {"count": len(listed), "first": listed[0], "last": listed[-1]},
            "fell_below": {f"{line:g}": at for line, at in below.items()},
        },
    )
    return Episode(timeline=timeline, key=key, column=column, steps=[opened])


def _below(years: pl.DataFrame, thresholds: Thresholds) -> dict[float, list[int]]:
    """Return the years in which a share fell below a line that it had reached, by line."""
    found: dict[float, list[int]] = {}
    for line in (thresholds["upper_line"], thresholds["lower_line"]):
        fell = years.filter((pl.col("before") >= line) & (pl.col("after") < line))
        if fell.height:
            found[line] = fell[YEAR].to_list()
    return found
