"""The texts in the picture of an alert: figures, versions, state, and where they are from."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from schemas.alerts import Alert, Event
from schemas.figure_wording import subject
from schemas.source import Source
from schemas.wording import ARROW, UNSPECIFIED, day, figure, part_name
from tasks.charts.chart_style import ChartText, newer_figure

SHORT: Final = 12
"""Digits of a fingerprint, as lists show them."""
PARTS: Final = 3
"""Rows behind a country's change that are named."""


def chart_text(
    alert: Alert,
    stated: Event,
    lines: Sequence[str],
    *,
    source: Source,
    newest: datetime,
    column: str,
) -> ChartText:
    """Return the texts of a chart.

    `stated`: the event that the chart shows. `lines`: about its figures. `newest`: as_of of the
    newest version that is drawn. `column`: what is drawn: a figure, else what is counted.
    """
    evidence, at = stated.evidence, stated.as_of.isoformat()
    seen = [
        day(datetime.fromisoformat(evidence.get(name, at))) for name in ("first_seen", "last_seen")
    ]
    marks = [alert.severity, alert.confidence, *([alert.state] if alert.state != "open" else [])]
    first = f"First seen {seen[0]}" + (f", last seen {seen[1]}" if seen[1] != seen[0] else "")
    address = evidence.get("vintage", {}).get("source_url") or source.url
    return ChartText(
        title=title_of(alert, column),
        lines=[*lines, f"Alert {alert.rule}, {', '.join(marks)}. {first}."],
        source=(
            f"Source: {source.shown_by} ({address}), as of the version of {day(newest)}. "
            f"vaxwatch alert {alert.fingerprint[:SHORT]}."
        ),
        alt=alert.sentence,
    )


def figures_text(alert: Alert, column: str) -> str:
    """Return the figures of an alert and their versions in words."""
    newer = newer_figure(alert.before, alert.after, column)
    shown = f"{figure(alert.before, column)} {ARROW} {newer}"
    if alert.previous_as_of is None:
        return f"{shown}: the version of {day(alert.as_of)}."
    return f"{shown}: the versions of {day(alert.previous_as_of)} and {day(alert.as_of)}."


def parts_text(alert: Alert, stated: Event) -> list[str]:
    """Return the rows behind a country's change with the largest changes, as one text."""
    found = stated.evidence.get("parts")
    parts: list[dict[str, Any]] = list(found) if isinstance(found, list) else []  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    parts.sort(key=lambda part: -abs((part["after"] or 0) - (part["before"] or 0)))
    named = [
        f"{part_name(part['key']) or UNSPECIFIED} {figure(part['before'], alert.column or '')} "
        f"{ARROW} {figure(part['after'], alert.column or '')}"
        for part in parts[:PARTS]
    ]
    return [f"Of these: {', '.join(named)}."] if named else []


def title_of(alert: Alert, column: str) -> str:
    """Return what a figure counts in the rows of an alert, as a title."""
    if "iso3" in alert.key:
        title = subject(column, alert.key)
    else:
        about = part_name(alert.key)
        title = words(column) + (f" ({about})" if about else f" of {alert.dataset}")
    return title[:1].upper() + title[1:]


def words(column: str) -> str:
    """Return the name of a column as words."""
    return column.replace("_", " ")
