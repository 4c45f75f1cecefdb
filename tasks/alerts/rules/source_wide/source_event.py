"""R17: one event of a source: many countries, a jump of rows, a thin day, or a held vintage.

A loss of rows is high, unless the series are only thinner; a gain is low. The next vintage reverts
a jump when the number is back within 2 %, else confirms it. `grouping` finds what many countries,
or rows, have in common.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from statistics import median
from typing import Any, Final

from schemas.figure_wording import noun
from schemas.rule_settings import Thresholds
from schemas.wording import ARROW, country, figure, is_share, part_name, percent
from tasks.acceptance.thinning import thinning
from tasks.alerts.rules.model.episode import Episode, Family, Step, relative_change, verdict
from tasks.alerts.rules.model.promise_parameters import BACK_PARAMETER
from tasks.alerts.rules.model.rule import Parameter, Rule, SourceContext
from tasks.alerts.rules.reading.rule_input import RuleInput, Timeline, day_column, figures_at
from tasks.alerts.rules.source_wide.held_vintage import held_vintages
from tasks.alerts.rules.source_wide.thin_days import thin_days

COUNTRIES: Final = 8
SHARE: Final = 0.05
LEAST_COUNTRIES: Final = 3
ROWS_CHANGE: Final = 0.35
LEAST_ROWS: Final = 20
Record = Mapping[str, Any]
"""
key, before, after, rel_change, column, rows [of a series that are alike], critical; of a relation
also beside: column and value of the figure that it is too large beside, and join: the word between
them.
"""
WORST: Final = 3
"""Countries that are named."""


def row_jumps(source: SourceContext, thresholds: Thresholds) -> Iterator[Episode]:
    """Yield one episode for each vintage whose rows are 35 % fewer or more than before.

    A table with days may have more of them.
    """
    least, rows_change = thresholds["least_rows"], thresholds["rows_change"]
    for dataset in source.datasets:
        timeline = dataset.timeline
        for seq, (before, after) in enumerate(pairwise(timeline.rows), start=1):
            change = abs(relative_change(before, after) or 0)
            grows = after > before and day_column(timeline.key) is not None
            is_judged = before >= least and not timeline.is_part[seq] and not grows
            if is_judged and change >= rows_change:
                yield _jump(dataset.rule_input, timeline, seq, thresholds["back_within"])


def _jump(rule_input: RuleInput, timeline: Timeline, seq: int, back_within: float) -> Episode:
    before, after = timeline.rows[seq - 1], timeline.rows[seq]
    known, now = (figures_at(rule_input, one) for one in (seq - 1, seq))
    thinner = thinning(known, now, timeline.key) if after < before else None
    opened = Step(
        seq=seq,
        since=seq - 1,
        severity="high" if after < before and not thinner else "low",
        before=before,
        after=after,
        sentence=(
            f"{timeline.shown_by} showed {figure(after)} rows in {timeline.dataset} on "
            f"{timeline.day(seq)}; {figure(before)} in the version before "
            f"({percent(after / before - 1)})."
            f"{f' {thinner.sentence()}' if thinner else ''}"
        ),
        evidence={"family": "rows", **({"thinner": True} if thinner else {})},
    )
    steps = [opened]
    if seq < timeline.last:
        now = timeline.rows[seq + 1]
        text = f"the version of {timeline.day(seq + 1)} has {figure(now)}."
        undone = abs(now - before) <= back_within * before
        steps.append(verdict(opened, undone=undone, after=now, text=text))
    values = list(enumerate(timeline.rows))
    return Episode(timeline=timeline, key={}, column=None, steps=steps, values=values, about="rows")


def group_sentence(
    timeline: Timeline, records: Sequence[Record], *, family: Family, seq: int, compared: int
) -> str:
    """Return the sentence about all countries together.

    `records`: worst first. `compared`: how many countries, or rows, had a figure. The largest three
    and every critical one are named; critical ones are not in the span.
    """
    column = records[0]["column"]
    shown = family.sentence.format(
        noun=noun(column),
        fewer="lower" if is_share(column) else "fewer",
        count=f"{_count(records, family):,}",
        compared=f"{compared:,}",
        on=timeline.day(seq),
    )
    critical = [record for record in records if record["critical"]]
    others = [record for record in records if not record["critical"]]
    changes = [record["rel_change"] for record in others if record["rel_change"] is not None]
    text = f"{timeline.shown_by} showed {shown}"
    if any(change > -1 for change in changes) and family.counts == "country":
        aside = ", without the critical ones" if critical else ""
        span = f"{percent(min(changes))} to {percent(max(changes))}"
        text += f": {percent(median(changes))} in the median ({span}{aside})"
    text += f". Largest: {', '.join(map(_named, others[:WORST]))}." if others else "."
    if critical:
        text += f" Critical, with alerts of their own: {', '.join(map(_named, critical))}."
    return text


def group_evidence(
    records: Sequence[Record], *, family: Family, rules: Collection[str], compared: int
) -> dict[str, Any]:
    """Return the evidence of a group; `records`: worst first, `rules`: of its findings."""
    changes = [record["rel_change"] for record in records if record["rel_change"] is not None]
    return {
        "family": family.name,
        "rules": sorted(rules),
        "count": _count(records, family),
        "compared": compared,
        "median": median(changes) if changes else None,
        "min": min(changes, default=None),
        "max": max(changes, default=None),
        "worst": [_named(record) for record in records[:WORST]],
        "critical": [_named(record) for record in records if record["critical"]],
        "children": list(records),
    }


def _count(records: Sequence[Record], family: Family) -> int:
    """Return how many countries, or rows, the records are about."""
    return sum(record["rows"] for record in records) if family.counts == "row" else len(records)


def _named(record: Record) -> str:
    name = " ".join(filter(None, (country(record["key"]["iso3"]), part_name(record["key"]))))
    before, after = (figure(record[side], record["column"]) for side in ("before", "after"))
    if "beside" in record:
        return f"{name} {after} {record['join']} {figure(record['beside']['value'])}"
    change = record["rel_change"]
    step = f" ({percent(change)})" if change is not None and record["after"] else ""
    return f"{name} {before} {ARROW} {after}{step}"


R17: Final = Rule(
    id="R17",
    title="many countries at once",
    grain="source",
    severities=("info", "low", "medium", "high"),
    judge=lambda source, thresholds: [
        *row_jumps(source, thresholds),
        *held_vintages(source),
        *thin_days(source, thresholds),
    ],
    parameters={
        "countries": Parameter(COUNTRIES, "as many countries at once are one event"),
        "share_of_countries": Parameter(
            SHARE, "so is this share of the countries compared", "share"
        ),
        "least_countries": Parameter(LEAST_COUNTRIES, "but never fewer countries than this"),
        "rows_change": Parameter(ROWS_CHANGE, "least change of the number of rows", "share"),
        "least_rows": Parameter(
            LEAST_ROWS, "tables with fewer rows, or new days of fewer countries, are not judged"
        ),
        "of_countries": Parameter(
            0.8, "a new day of less than this share of the fewest countries is thin", "share"
        ),
        "new_days": Parameter(8, "versions with new days before whose fewest countries count"),
        "back_within": BACK_PARAMETER,
    },
)
