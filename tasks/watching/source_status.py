"""The status of one source: activity, state, rows in quarantine, open alerts."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from schemas.alerts import Alert, Severity
from schemas.source import Source
from tasks.freshness.source_life import Activity, Life, is_scheduled, life_of, overdue_since
from tasks.quarantine.lifecycle import BLOCKED, WAITING


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceStatus:
    """How one source stands.

    `overdue_since`: UTC; None where it is not overdue. `quarantined`: rows that wait, those of
    blocked snapshots too. `alerts`: open alerts by severity, those in shadow left out; a severity
    without one is absent.
    """

    source: str
    is_scheduled: bool
    state: Life
    activity: Activity
    overdue_since: datetime | None = None
    quarantined: int = 0
    alerts: Mapping[Severity, int] = field(default_factory=dict[Severity, int])


def source_status(
    source: Source,
    activity: Activity,
    *,
    quarantined: int,
    alerts: Mapping[Severity, int],
    at: datetime,
) -> SourceStatus:
    """Return the status of a source at a time (UTC)."""
    return SourceStatus(
        source=source.name,
        is_scheduled=is_scheduled(source),
        state=life_of(source, activity, at),
        activity=activity,
        overdue_since=overdue_since(source, activity, at),
        quarantined=quarantined,
        alerts=alerts,
    )


def quarantined_by_source(rows: pl.DataFrame) -> dict[str, int]:
    """Return how many rows wait, by source; `rows`: columns source and state of `quarantine.rows`.

    >>> quarantined_by_source(
    ...     pl.DataFrame({"source": ["a", "a"], "state": ["blocked", "released"]})
    ... )
    {'a': 1}
    """
    waiting = rows.filter(pl.col("state").is_in([WAITING, BLOCKED]))
    return dict(waiting.group_by("source").len().sort("source").iter_rows())


def open_by_source(alerts: Iterable[Alert]) -> dict[str, Counter[Severity]]:
    """Return the number of open alerts by source and severity, those in shadow left out."""
    found: dict[str, Counter[Severity]] = {}
    for alert in alerts:
        if alert.state == "open" and alert.origin != "shadow":
            source = alert.dataset.partition(".")[0]
            found.setdefault(source, Counter())[alert.severity] += 1
    return found
