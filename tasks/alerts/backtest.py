"""Backtest: how the incidents of a source differ under other thresholds from what is recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import polars as pl

from schemas.alerts import SEVERITIES, Alert, Finding
from tasks.alerts.alert_log import AlertHistory, alert_of
from tasks.alerts.found_events import alert_events

COLUMNS = {
    "change": pl.String,
    "source": pl.String,
    "rule": pl.String,
    "severity_before": pl.String,
    "severity_after": pl.String,
    "dataset": pl.String,
    "key": pl.String,
    "column": pl.String,
    "opened_as_of": pl.Datetime("us", "UTC"),
    "fingerprint": pl.String,
    "sentence": pl.String,
}
"""Columns of the file that a backtest writes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class IncidentChange:
    """An incident that is new, gone, or of another severity; `alert`: as found, or as recorded."""

    change: Literal["new", "gone", "changed"]
    before: str | None
    after: str | None
    alert: Alert

    @property
    def row(self) -> dict[str, object]:
        """The change as a row, in the order of COLUMNS."""
        alert = self.alert
        return {
            "change": self.change,
            "source": alert.dataset.partition(".")[0],
            "rule": alert.rule,
            "severity_before": self.before,
            "severity_after": self.after,
            "dataset": alert.dataset,
            "key": ", ".join(f"{name} {value}" for name, value in alert.key.items()),
            "column": alert.column,
            "opened_as_of": alert.opened_as_of,
            "fingerprint": alert.fingerprint,
            "sentence": alert.sentence,
        }


def alerts_found(findings: Sequence[Finding]) -> dict[str, Alert]:
    """Return the alerts that findings would be, by fingerprint."""
    found = [AlertHistory("", alert_events(finding, "replay")) for finding in findings]
    alerts = [alert_of(history, on=date.max) for history in found]
    return {alert.fingerprint: alert for alert in alerts}


def incident_changes(
    recorded: Mapping[str, Alert], found: Mapping[str, Alert]
) -> list[IncidentChange]:
    """Return what differs between the recorded alerts and those found, the oldest first."""
    changes: list[IncidentChange] = []
    for name in recorded.keys() | found.keys():
        before, after = recorded.get(name), found.get(name)
        severities = before and before.severity, after and after.severity
        if before is None or after is None:
            alert, change = (after, "new") if after else (before, "gone")
        elif severities[0] != severities[1]:
            alert, change = after, "changed"
        else:
            continue
        if alert:
            changes.append(
                IncidentChange(
                    change=change,  # pyright: ignore[reportArgumentType]
                    before=severities[0],
                    after=severities[1],
                    alert=alert,
                )
            )
    changes.sort(key=lambda one: (one.alert.opened_as_of, one.alert.rule, one.alert.fingerprint))
    return changes


def changes_frame(changes: Sequence[IncidentChange]) -> pl.DataFrame:
    """Return the changes as a frame with COLUMNS, one row each."""
    return pl.DataFrame([one.row for one in changes], schema=COLUMNS)


def counts_frame(recorded: Sequence[Alert], found: Sequence[Alert]) -> pl.DataFrame:
    """Return rule, severity, before, after [incidents], one row per rule and severity there is."""
    sides = [
        pl.DataFrame(
            [(one.rule, one.severity) for one in alerts],
            schema={"rule": pl.String, "severity": pl.Enum(SEVERITIES)},
            orient="row",
        )
        .group_by("rule", "severity")
        .len(name)
        for name, alerts in (("before", recorded), ("after", found))
    ]
    joined = sides[0].join(sides[1], on=["rule", "severity"], how="full", coalesce=True)
    filled = joined.with_columns(pl.col("before", "after").fill_null(0).cast(pl.Int64))
    return filled.sort("rule", "severity").with_columns(pl.col("severity").cast(pl.String))
