"""The picture of an alert: the chart that shows its change best, with its figures as text.

Promises: reads the vault of the alert's source alone; no request, no clock.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import altair as alt
import polars as pl

from schemas.alerts import Alert, Event
from schemas.units import unit_of
from schemas.wording import day
from tasks.charts.alert_text import chart_text, figures_text, parts_text, words
from tasks.charts.chart_style import Drawing, finished
from tasks.charts.date_chart import before_and_after, revision_map, revision_text
from tasks.charts.figure_series import (
    accepted_vintages,
    date_column,
    over_dates,
    over_versions,
    revised_dates,
    row_counts,
)
from tasks.charts.group_chart import MOST, group_chart
from tasks.charts.rendering import png
from tasks.charts.step_chart import Change, step_chart
from tasks.sources import source_named
from tasks.vault.backends.store import Store
from tasks.vault.manifest import Vintage
from tasks.vault.vault_reader import VaultReader

REVISED: Final = "R14"
"""The rule on revisions of the past, which a heat map shows best."""


def alert_chart(store: Store, alert: Alert, events: Sequence[Event]) -> bytes | None:
    """Return the picture of an alert as PNG; None where it is about no figure.

    `events`: of the alert, oldest first, as `Lake.events` returns them.
    """
    chart = chart_of_alert(VaultReader(store, _source(alert)), alert, events)
    return None if chart is None else png(chart)


def chart_of_alert(
    vault: VaultReader, alert: Alert, events: Sequence[Event]
) -> alt.VConcatChart | None:
    """Return the picture of an alert; None where it is about no figure.

    `vault`: of the source of the alert. `events`: of the alert, oldest first.
    """
    stated = next((one for one in reversed(events) if one.as_of == alert.as_of), events[-1])
    drawn = _drawn(vault, alert, stated, events)
    if drawn is None:
        return None
    drawing, lines = drawn
    newest = max(one.as_of for one in vault.vintages(_table(alert)))
    source = source_named(vault.source)
    text = chart_text(alert, stated, lines, source=source, newest=newest)
    return finished(drawing, text)


def _drawn(
    vault: VaultReader, alert: Alert, stated: Event, events: Sequence[Event]
) -> tuple[Drawing, list[str]] | None:
    """Return the chart without texts, and the texts about its figures."""
    table, evidence = _table(alert), stated.evidence
    if children := evidence.get("children"):
        more = f" The {MOST} largest changes are drawn." if len(children) > MOST else ""
        unit = unit_of(alert.column or children[0]["column"])
        return group_chart(children, unit=unit), [f"{alert.sentence}{more}"]
    if alert.column is None:
        if alert.before is None or alert.after is None:
            return None
        return step_chart(row_counts(vault, table), "", unit="rows", change=_change(alert)), [
            figures_text(alert, "rows")
        ]
    if date_column(vault, table) and (dated := _dated(vault, alert, stated)):
        return dated
    series = over_versions(vault, table, alert.key, alert.column)
    if series.filter(pl.col("as_of") == alert.as_of)["value"].to_list() != [alert.after]:
        series = _as_judged(events)
    beside = None
    if other := evidence.get("beside"):
        series_beside = over_versions(vault, table, alert.key, other["column"])
        beside = words(other["column"]), series_beside
    chart = step_chart(
        series, alert.column, unit=unit_of(alert.column), change=_change(alert), beside=beside
    )
    if beside or "tested" in evidence:
        return chart, [alert.sentence]
    return chart, [figures_text(alert, alert.column), *parts_text(alert, stated)]


def _dated(vault: VaultReader, alert: Alert, stated: Event) -> tuple[Drawing, list[str]] | None:
    """Return the chart over the days that figures are about; None where they are not its own."""
    table, column, evidence = _table(alert), alert.column or "", stated.evidence
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
            beside, after, column, unit=unit_of(column), names=names, marks=False
        )
        return chart, [alert.sentence]
    before = over_dates(vault, table, alert.key, column, then or now)
    names = (_version(then or now), _version(now))
    chart = before_and_after(before, after, column, unit=unit_of(column), names=names)
    return chart, [alert.sentence, revision_text(before, after, column)]


def _as_judged(events: Sequence[Event]) -> pl.DataFrame:
    """Return the values that the events of an alert state, where the rule made the figure."""
    values: dict[datetime, float | None] = {}
    for event in events:
        for at, value in event.evidence.get("history", ()):
            if at is not None:
                values[datetime.fromisoformat(at)] = value
        values[event.as_of] = event.after
    types = {"as_of": pl.Datetime("us", "UTC"), "value": pl.Float64}
    return pl.DataFrame(sorted(values.items()), schema=types, orient="row")


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
