"""What is known of a source: its declaration, its tables, its state, and the alerts on it."""

from collections.abc import Sequence
from typing import Any, Final

from schemas.source import Source
from tasks.site.alert_lines import standing
from tasks.site.site_content import SiteContent
from tasks.sources import SOURCES
from tasks.watching.source_status import SourceStatus

STATES: Final = {
    "never": "no version yet",
    "active": "active: a version came within two cadences",
    "stale": "stale: no version for two cadences",
    "frozen": "frozen: the newest snapshot broke the contract, nothing is published",
    "retired": "retired: its publisher has ended it",
}
"""The states of a source's life, in words."""


def table_lines(content: SiteContent, source: Source) -> list[dict[str, Any]]:
    """Return the tables of a source as lines, by name; none of a source without a version."""
    rows = content.part("freshness", "source", source.name).sort("dataset")
    found = standing(content.alerts)
    return [
        {
            "dataset": row["dataset"],
            "title": row["dataset"].partition(".")[2].replace("_", " ").capitalize(),
            "last_had": row["last_had"],
            "last_new": row["last_new"],
            "versions": row["versions"],
            "rows": row["rows"],
            "alerts": sum(one.dataset == row["dataset"] for one in found),
        }
        for row in rows.iter_rows(named=True)
    ]


def freshness_lines(content: SiteContent, statuses: Sequence[SourceStatus]) -> list[dict[str, Any]]:
    """Return how fresh each source is that has a version, in the order of the registry."""
    named = {source.name: source for source in SOURCES}
    lines: list[dict[str, Any]] = []
    for one in statuses:
        source = named[one.source]
        if one.activity.last_as_of is None and one.activity.last_fetch is None:
            continue
        lines.append(
            {
                "source": one.source,
                "title": source.title,
                "publisher": source.publisher,
                "state": one.state,
                "state_words": STATES[one.state],
                "cadence": source.cadence.days,
                "last_had": one.activity.last_as_of,
                "last_new": one.activity.last_change,
                "last_fetch": one.activity.last_fetch,
                "failed_at": one.activity.failed_at,
                "failures": one.activity.failures,
                "overdue_since": one.overdue_since,
                "held": one.activity.held,
                "quarantined": one.quarantined,
                "alerts": sum(one.alerts.values()),
                "vintages": one.activity.vintages,
                "has_tables": one.source in content.vaults,
            }
        )
    return lines
