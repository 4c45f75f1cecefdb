"""The picture of an alert: the chart that shows its change best, with its figures as text.

Promises: reads the vault of the alert's source alone; no request, no clock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import altair as alt
import polars as pl

from schemas.alerts import Alert, Event, standing_events
from schemas.figure_wording import counted
from schemas.units import unit_of
from schemas.wording import day
from tasks.charts.alert_text import chart_text, figures_text, parts_text, words
from tasks.charts.chart_style import Drawing, finished
from tasks.charts.count_chart import count_chart
from tasks.charts.date_chart import LARGEST, before_and_after, revision_map, revision_text
from tasks.charts.figure_series import (
    accepted_vintages,
    as_judged,
    date_column,
    over_dates,
    over_versions,
    revised_dates,
)
from tasks.charts.group_chart import MOST, changes_in, group_chart
from tasks.charts.rendering import png
from tasks.charts.step_chart import Change, step_chart
from tasks.charts.version_chart import KEYS, version_chart, version_rows
from tasks.sources import source_named
from tasks.vault.backends.store import Store
from tasks.vault.manifest import Vintage
from tasks.vault.vault_reader import VaultReader

REVISED: Final = "R14"
"""The rule on revisions of the past, which a heat map shows best."""


def alert_chart(store: Store, alert: Alert, events: Sequence[Event]) -> bytes | None:
    """Return the picture of an alert as PNG; None where there is nothing to draw.

    `events`: of the alert, oldest first, as `Lake.events` returns them.
    """
    chart = chart_of_alert(VaultReader(store, _source(alert)), alert, events)
    return None if chart is None else png(chart)


def chart_of_alert(
    vault: VaultReader, alert: Alert, events: Sequence[Event]
) -> alt.VConcatChart | None:
    """Return the picture of an alert; None where there is nothing to draw.

    `vault`: of the source of the alert. `events`: of the alert, oldest first.
    """
    events = standing_events(events)
    stated = next((one for one in reversed(events) if one.as_of == alert.as_of), events[-1])
    drawn = _drawn(vault, alert, stated, events)
    if drawn is None:
        return None
    drawing, lines = drawn
    newest = max(one.as_of for one in vault.vintages(_table(alert)))
    source = source_named(vault.source)
    column = alert.column or _drawn_column(alert, stated)
    column = column or (
        "versions" if alert.rule in KEYS else counted(None, stated.evidence.get("unit"))
    )
    text = chart_text(alert, stated, lines, source=source, newest=newest, column=column)
    return finished(drawing, text)


def _drawn(
    vault: VaultReader, alert: Alert, stated: Event, events: Sequence[Event]
) -> tuple[Drawing, list[str]] | None:
    """Return the chart without texts, and the texts about its figures."""
    table, column = _table(alert), alert.column or _drawn_column(alert, stated)
    if changes := changes_in(stated.evidence):
        shown = f"The {MOST} largest: " if len(changes) > MOST else "All of them: "
        unit = unit_of(alert.column or changes[0]["column"])
        return group_chart(changes, unit=unit), [
            alert.sentence,
            f"{shown}the upper bar is the first figure, the lower the second.",
        ]
    if rows := version_rows(vault, alert, stated):
        return version_chart(rows, alert.as_of), [alert.sentence, KEYS[alert.rule]]
    if column is None:
        return count_chart(vault, alert, events)
    if date_column(vault, table) and (dated := _dated(vault, alert, stated, column)):
        return dated
    return _over_versions(vault, alert, stated, events, column)


def _over_versions(
    vault: VaultReader, alert: Alert, stated: Event, events: Sequence[Event], column: str
) -> tuple[Drawing, list[str]]:
    """Return the step chart of a figure; its change is marked where the versions show it."""
    table, unit = _table(alert), unit_of(column)
    series = over_versions(vault, table, alert.key, column)
    values: dict[datetime | None, float | None] = dict(series.iter_rows())
    shows = [
        values.get(at) == value
        for at, value in ((alert.previous_as_of, alert.before), (alert.as_of, alert.after))
    ]
    if other := stated.evidence.get("beside"):
        beside = words(other["column"]), over_versions(vault, table, alert.key, other["column"])
        chart = step_chart(series, column, unit=unit, change=_change(alert), beside=beside)
        return chart, [alert.sentence]
    if not shows[1] and alert.after is not None:
        return step_chart(as_judged(events), column, unit=unit), [alert.sentence]
    change = _change(alert)
    if not shows[0]:
        change = replace(change, before_at=None, before=None)
    chart = step_chart(series, column, unit=unit, change=change if alert.column else None)
    if not all(shows) or alert.before == alert.after or "tested" in stated.evidence:
        return chart, [alert.sentence]
    return chart, [figures_text(alert, column), *parts_text(alert, stated)]


def _drawn_column(alert: Alert, stated: Event) -> str | None:
    """Return the figure to draw of an alert on several: of a group, or of a silent country."""
    found: Sequence[Mapping[str, Any]] = stated.evidence.get("children", ())
    if not found:
        return None
    columns: Sequence[str] = found[0].get("columns", ()) if alert.key else ()
    return found[0].get("column") or next(iter(columns), None)


def _dated(
    vault: VaultReader, alert: Alert, stated: Event, column: str
) -> tuple[Drawing, list[str]] | None:
    """Return the chart over the days that figures are about; None where they are not its own."""
    table, evidence = _table(alert), stated.evidence
    known = {one.id: one for one in accepted_vintages(vault, table)}
    now = known.get(stated.id)
    if now is None or "tested" in evidence:
        return None
    after = over_dates(vault, table, alert.key, column, now)
    compared_with: Mapping[str, str] = evidence.get("compared_with") or {}
    then, other = known.get(compared_with.get("id", "")), evidence.get("beside")
    if after.is_empty() and then is None:
        return None
    if alert.rule == REVISED:
        revised = revised_dates(vault, table, alert.key, column)
        times = [one.as_of for one in known.values() if one.as_of <= now.as_of]
        revised = revised.filter(pl.col("as_of") <= now.as_of)
        if not revised.is_empty():
            return revision_map(revised, times), [alert.sentence]
    if other:
        names = (words(other["column"]), words(column))
        beside = over_dates(vault, table, alert.key, other["column"], now)
        chart = before_and_after(
            beside, after, column, unit=unit_of(column), names=names, mark=None
        )
        return chart, [alert.sentence]
    before = over_dates(vault, table, alert.key, column, then or now)
    names = (_version(then or now), _version(now))
    own = alert.key.get(date_column(vault, table) or "") or _own_day(stated)
    chart = before_and_after(
        before, after, column, unit=unit_of(column), names=names, mark=own or LARGEST
    )
    return chart, [alert.sentence, *([] if own else [revision_text(before, after, column)])]


def _own_day(stated: Event) -> str:
    """Return the day that a rule names as that of the newer figure; '' where it names none."""
    named: str | Mapping[str, str] = stated.evidence.get("observed_on") or ""
    return named if isinstance(named, str) else named.get("after", "")


def _change(alert: Alert) -> Change:
    return Change(
        before_at=alert.previous_as_of,
        before=alert.before,
        after_at=alert.as_of,
        after=alert.after,
        is_sure=alert.confidence == "confirmed",
    )


def _version(vintage: Vintage) -> str:
    return f"version of {day(vintage.as_of)}"


def _table(alert: Alert) -> str:
    return alert.dataset.partition(".")[2]


def _source(alert: Alert) -> str:
    return alert.dataset.partition(".")[0]
