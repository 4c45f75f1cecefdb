"""R10: figures that repeat too well; for the digest alone.

The same increment again and again, counters that are nearly always multiples of 1,000, and the
same long figure in two countries.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Final

import polars as pl

from schemas.figure_wording import noun
from schemas.rule_settings import Thresholds
from schemas.wording import figure
from tasks.alerts.rules.implausible.shared_figures import Shared, shared_figures
from tasks.alerts.rules.model.episode import Episode, Row, Step
from tasks.alerts.rules.model.parameter import Parameter
from tasks.alerts.rules.model.rule import Rule, SourceContext
from tasks.alerts.rules.model.together import NAMED, countries, name_of, together
from tasks.alerts.rules.reading.increments import NUMBER, entity_of, with_next
from tasks.alerts.rules.reading.rule_input import Timeline

THOUSAND: Final = 1_000
KINDS: Final[Mapping[str, str]] = {
    "increments": "counters that grew by the same figure again and again",
    "thousands": "counters that are nearly always multiples of 1,000",
    "shared": "a figure that another country has, too",
}
"""What repeats, and the words for many rows of it."""


def repeated_figures(source: SourceContext, thresholds: Thresholds) -> Iterator[Episode]:
    """Yield the episodes of R10; those of many countries in one version are one."""
    for dataset in source.country_datasets():
        timeline, reports = dataset.timeline, dataset.increments
        shared = shared_figures(dataset, thresholds)
        found = {
            "increments": list(_same_increments(timeline, reports, thresholds)),
            "thousands": list(_thousands(timeline, reports, thresholds)),
            "shared": [_shared(timeline, one) for one in shared],
        }
        for about, episodes in found.items():
            sentence = partial(_of_many, about)
            yield from together(
                episodes, least=thresholds["countries"], about=about, sentence=sentence
            )


def _same_increments(
    timeline: Timeline, reports: pl.DataFrame, thresholds: Thresholds
) -> Iterator[Episode]:
    """Yield an episode for each series that adds the same again and again."""
    change, count = pl.col("change"), int(thresholds["repeats"])
    same = [change == change.shift(back) for back in range(1, count)]
    large = change.abs() >= thresholds["least_count"]
    wrong = pl.all_horizontal(*same, large, pl.col(NUMBER) >= count)
    for row in _entries(reports, wrong).iter_rows(named=True):
        text = f"exactly {figure(row['change'])} more in each of the last {count} reports"
        yield _series(timeline, row, text, about="increments")


def _thousands(
    timeline: Timeline, reports: pl.DataFrame, thresholds: Thresholds
) -> Iterator[Episode]:
    """Yield an episode for each series that begins to be nearly always a multiple of 1,000."""
    count, after = int(thresholds["reports"]), pl.col("after")
    is_round = (after % THOUSAND == 0) & (after >= 10 * THOUSAND)
    share = is_round.cast(pl.Float64).rolling_mean(count)
    wrong = (share >= thresholds["least_share"]) & (pl.col(NUMBER) >= count)
    for row in _entries(reports, wrong).iter_rows(named=True):
        least = f"{thresholds['least_share'] * 100:g} %"
        text = f"multiples of 1,000 in at least {least} of the last {count} reports"
        yield _series(timeline, row, text, about="thousands")


def _entries(reports: pl.DataFrame, wrong: pl.Expr) -> pl.DataFrame:
    """Return the reports in which something begins, and is not over in the same vintage.

    Returns:
        The rows with next_seq and next_after [of the report in which it is over; null without one].
    """
    is_wrong = pl.col("is_wrong")
    began = (pl.col(NUMBER) > 0) & is_wrong.shift(1)
    judged = reports.with_columns(wrong.fill_null(value=False).alias("is_wrong"))
    found = judged.filter(is_wrong & ~began.fill_null(value=False), "is_news")
    if found.is_empty():
        return found
    return (
        with_next(found, judged.filter(~is_wrong), on=NUMBER)
        .filter(pl.col("next_seq").ne_missing(pl.col("seq")))
        .sort("seq")
    )


def _series(timeline: Timeline, row: Row, text: str, *, about: str) -> Episode:
    key = {name: row[name] for name in entity_of(timeline.key)}
    child = Episode(timeline=timeline, key=key, column=row["column"], steps=(), about=about)
    seq, what = int(row["seq"]), noun(row["column"])
    opened = Step(
        seq=seq,
        since=timeline.before(seq),
        severity="low",
        before=row["before"],
        after=row["after"],
        sentence=(
            f"{timeline.shown_by} showed {figure(row['after'])} {what} of {name_of(child)} on "
            f"{timeline.day(seq)}: {text}."
        ),
        confidence="confirmed",
    )
    end = row["next_seq"], row["next_after"]
    return _with_end(child, opened, end)


def _shared(timeline: Timeline, shared: Shared) -> Episode:
    other = Episode(timeline=timeline, key=shared.other, column=shared.column, steps=())
    child = Episode(
        timeline=timeline, key=shared.key, column=shared.column, steps=(), about="shared"
    )
    opened = Step(
        seq=shared.seq,
        since=timeline.before(shared.seq),
        severity="low",
        before=None,
        after=shared.value,
        sentence=(
            f"{timeline.shown_by} showed the same {figure(shared.value)} {noun(shared.column)} "
            f"for {name_of(child)} and {name_of(other)} on {timeline.day(shared.seq)}."
        ),
        confidence="confirmed",
        evidence={"other": {name: str(value) for name, value in shared.other.items()}},
    )
    return _with_end(child, opened, (shared.until, None))


def _with_end(child: Episode, opened: Step, end: tuple[int | None, float | None]) -> Episode:
    seq, after = end
    steps = [opened]
    if seq is not None:
        text = f"No longer in the version of {child.timeline.day(seq)}."
        steps.append(opened.then("resolved", seq, text, after=after))
    return Episode(
        timeline=child.timeline,
        key=child.key,
        column=child.column,
        steps=steps,
        values=[(opened.seq, opened.after)],
        about=child.about,
    )


def _of_many(about: str, children: Sequence[Episode]) -> str:
    timeline, names = children[0].timeline, [name_of(child) for child in children[:NAMED]]
    return (
        f"{timeline.shown_by} showed {KINDS[about]}, in {countries(children)} countries on "
        f"{timeline.day(children[0].steps[0].seq)}: {', '.join(names)} among them."
    )


R10: Final = Rule(
    id="R10",
    title="figures that repeat",
    grain="row",
    severities=("low",),
    judge=repeated_figures,
    parameters={
        "repeats": Parameter(3, "so many equal increments one after the other"),
        "least_count": Parameter(1_000, "smaller increments repeat by chance"),
        "reports": Parameter(12, "reports among which multiples of 1,000 are counted"),
        "least_share": Parameter(0.8, "least share of multiples of 1,000", "share"),
        "digits": Parameter(7, "digits of a figure in two countries, the last of them not 0"),
        "countries": Parameter(3, "as many countries that begin in one version are one alert"),
    },
)
