"""The chart of an alert on a whole table: how many rows, or countries on the newest day, it has."""

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from schemas.alerts import Alert, Event
from tasks.charts.alert_text import figures_text
from tasks.charts.change_marks import Change
from tasks.charts.chart_style import Drawing
from tasks.charts.figure_series import row_counts
from tasks.charts.step_chart import step_chart
from tasks.vault.vault_reader import VaultReader


def count_chart(
    vault: VaultReader, alert: Alert, events: Sequence[Event]
) -> tuple[Drawing, list[str]] | None:
    """Return the chart and the texts about its figures; None where the alert states no number.

    `events`: of the alert, oldest first. Countries are as evidence lists them: as each version
    showed its newest day first.
    """
    if alert.before is None or alert.after is None:
        return None
    opened = events[0]
    if opened.evidence.get("unit") != "countries":
        counts = row_counts(vault, alert.dataset.partition(".")[2])
        change = _change(alert, alert.after, before_at=alert.previous_as_of, at=alert.as_of)
        chart = step_chart(counts, "", unit="rows", change=change)
        return chart, [figures_text(alert, "rows")]
    shown: Sequence[tuple[str, float]] = events[-1].evidence["history"]
    types = {"as_of": pl.Datetime("us", "UTC"), "value": pl.Float64}
    rows = [(datetime.fromisoformat(at), float(value)) for at, value in shown]
    counts = pl.DataFrame(rows, schema=types, orient="row")
    change = _change(alert, opened.after, before_at=None, at=opened.as_of)
    return step_chart(counts, "", unit="countries", change=change), [alert.sentence]


def _change(
    alert: Alert, after: float | None, *, before_at: datetime | None, at: datetime
) -> Change:
    return Change(
        before_at=before_at,
        before=alert.before,
        after_at=at,
        after=after,
        is_sure=alert.confidence == "confirmed",
    )
