"""R8: reports that stop, and figures that stay the same while versions go on.

One alert for a whole table; the countries that fall silent in one version are one alert, too. It
resolves when a newer report, or another figure, is there.
"""

from collections.abc import Iterator, Sequence
from itertools import chain, groupby
from typing import Final, NamedTuple

import polars as pl

from schemas.figure_wording import noun, whom
from schemas.rule_settings import Thresholds
from schemas.wording import day_only, figure, joined, listed
from tasks.alerts.rules.model.episode import Episode, Row, Step, whole
from tasks.alerts.rules.model.rule import Parameter, Rule, SourceContext
from tasks.alerts.rules.model.together import NAMED
from tasks.alerts.rules.reading.report_days import DAY, silent_spells
from tasks.alerts.rules.reading.rule_input import Timeline
from tasks.alerts.rules.stalls.silent_tables import silent_tables, unchanged_tables
from tasks.alerts.rules.stalls.unchanged import carried_counters, unchanged_counters


class _Quiet(NamedTuple):
    """A country, or a row, that stopped.

    `columns`: of its figures. `newest`: the day of its last report as text; of a figure that stays
    the same, of the vintage `last` that showed it first. `value`: of that figure, else None.
    `opened`: seq of the vintage in which it is too long. `until`: of its end, None without one.
    """

    key: Row
    columns: Sequence[str]
    newest: str
    last: int
    value: float | None
    opened: int
    until: int | None


def silences(source: SourceContext, thresholds: Thresholds) -> Iterator[Episode]:
    """Yield the episodes of R8: of whole tables, then of countries."""
    yield from unchanged_tables(source, thresholds)
    for dataset in source.country_datasets():
        timeline, rule_input = dataset.timeline, dataset.rule_input
        if DAY not in timeline.key:
            frozen = _quiet(unchanged_counters(dataset, thresholds), timeline)
            yield from _together(timeline, frozen, "frozen", thresholds)
            continue
        spells = silent_spells(rule_input, thresholds)
        yield from silent_tables(timeline, spells)
        found = (_quiet(rows, timeline) for grain, rows in spells.items() if "iso3" in grain)
        yield from _together(timeline, list(chain(*found)), "silence", thresholds)
        carried = _quiet(carried_counters(dataset, thresholds), timeline)
        yield from _together(timeline, carried, "frozen", thresholds)


def _quiet(rows: pl.DataFrame, timeline: Timeline) -> list[_Quiet]:
    """Return what stopped; figures of one row that stop in the same version are one."""
    found: dict[tuple[object, ...], _Quiet] = {}
    entity = [name for name in timeline.key if name != DAY]
    for row in rows.sort("opened", *entity).iter_rows(named=True):
        one = _Quiet(
            key={name: row[name] for name in entity},
            columns=[row["column"]] if "column" in row else [],
            newest=day_only(row.get(DAY) or timeline.as_of[int(row["seq"])]),
            last=row["seq"],
            value=row.get("after"),
            opened=row["opened"],
            until=row["until"],
        )
        mark = (one.opened, *one.key.values())
        if known := found.get(mark):
            columns = sorted([*known.columns, *one.columns])
            ends = known.until and one.until and max(known.until, one.until)
            one = known._replace(columns=columns, until=ends)
        found[mark] = one
    return list(found.values())


def _together(
    timeline: Timeline, stopped: Sequence[_Quiet], about: str, thresholds: Thresholds
) -> Iterator[Episode]:
    """Yield one episode for the countries that stop in the same version, or for each of a few."""
    ordered = sorted(stopped, key=lambda one: (one.opened, one.key["iso3"]))
    for _, same in groupby(ordered, key=lambda one: one.opened):
        quiet = list(same)
        by_country = [list(rows) for _, rows in groupby(quiet, key=lambda one: one.key["iso3"])]
        is_wide = len(by_country) >= thresholds["countries"]
        for rows in [quiet] if is_wide else by_country:
            key = {} if is_wide else {"iso3": rows[0].key["iso3"]}
            many = is_wide or len(rows) > 1
            yield _many(timeline, rows, key, about) if many else _single(timeline, rows[0], about)


def _single(timeline: Timeline, quiet: _Quiet, about: str) -> Episode:
    column, on = quiet.columns[0] if len(quiet.columns) == 1 else None, timeline.day(quiet.opened)
    if quiet.value is None:
        text = f"no {_figures([quiet])} of {whom(quiet.key)} newer than {quiet.newest} on {on}"
    elif column is None:
        text = f"the same {_figures([quiet])} of {whom(quiet.key)} on {on} as on {quiet.newest}"
    else:
        shown = f"{figure(quiet.value)} {_figures([quiet])} of {whom(quiet.key)}"
        text = f"{shown} on {on}, the same since {quiet.newest}"
    opened = _opened(timeline, [quiet], f"{text}; others go on.")
    steps = [opened]
    if quiet.until is not None:
        text = "has other figures" if quiet.value is not None else "has newer ones"
        ended = f"The version of {timeline.day(quiet.until)} {text}."
        steps.append(opened.then("resolved", quiet.until, ended))
    return Episode(
        timeline=timeline,
        key=quiet.key,
        column=column,
        steps=steps,
        values=[] if quiet.value is None or column is None else [(quiet.last, quiet.value)],
        about=about,
    )


def _many(timeline: Timeline, quiet: Sequence[_Quiet], key: Row, about: str) -> Episode:
    ordered = sorted(quiet, key=lambda one: (-(one.value or 0), *one.key.values()))
    places = len({one.key["iso3"] for one in quiet})
    where = f"{len(quiet):,} rows" if key else f"{places} countries"
    on = timeline.day(quiet[0].opened)
    names = [f"{whom(one.key)} since {one.newest}" for one in ordered]
    what = "no newer" if quiet[0].value is None else "the same"
    text = (
        f"{what} {_figures(quiet)} of {where} on {on} for longer than is usual for "
        f"them: {listed(names, NAMED)}; others go on."
    )
    opened = _opened(timeline, ordered, text)
    steps = [opened]
    ends = sorted(one.until for one in quiet if one.until is not None)
    if len(ends) * 2 > len(quiet):
        until = ends[len(quiet) // 2]
        back = sum(end <= until for end in ends)
        ended = f"{back:,} of {len(quiet):,} go on by the version of {timeline.day(until)}."
        steps.append(opened.then("resolved", until, ended))
    return Episode(timeline=timeline, key=key, column=None, steps=steps, about=about)


def _opened(timeline: Timeline, quiet: Sequence[_Quiet], text: str) -> Step:
    value = quiet[0].value if len(quiet) == 1 and len(quiet[0].columns) == 1 else None
    children = [
        {
            "key": dict(one.key),
            "columns": list(one.columns),
            "newest": one.newest,
            "last_vintage": timeline.id[one.last],
            "value": whole(one.value),
        }
        for one in quiet
    ]
    return Step(
        seq=quiet[0].opened,
        since=min(one.last for one in quiet),
        severity="low",
        before=value,
        after=value,
        sentence=f"{timeline.shown_by} showed {text}",
        confidence="confirmed",
        evidence={"children": children},
    )


def _figures(quiet: Sequence[_Quiet]) -> str:
    columns = sorted({column for one in quiet for column in one.columns})
    nouns = [noun(column) for column in columns]
    return joined(nouns) if nouns else "figures"


R8: Final = Rule(
    id="R8",
    title="silence",
    grain="row",
    severities=("low", "medium"),
    judge=silences,
    parameters={
        "least_silence": Parameter(21, "days without a newer report that are always allowed"),
        "gaps": Parameter(3, "so many times the median gap of the last reports are allowed"),
        "least_reports": Parameter(8, "reports, or changes, that set the rhythm"),
        "least_weeks": Parameter(6, "weeks without a change that are always allowed"),
        "times_longest": Parameter(
            2, "so many times the longest earlier run, and a week, are allowed"
        ),
        "least_count": Parameter(1_000, "smaller counters may stay the same"),
        "least_versions": Parameter(3, "versions that show a whole table unchanged"),
        "countries": Parameter(3, "as many countries that stop in one version are one alert"),
    },
)
