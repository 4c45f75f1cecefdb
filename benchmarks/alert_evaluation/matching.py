"""Match alerts to events: key by key, version by version, one alert to one event."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from benchmarks.alert_evaluation.injector import Injected

ALERTS: Final = {
    "fingerprint": pl.String,
    "rule": pl.String,
    "severity": pl.String,
    "key": pl.String,
    "column": pl.String,
    "as_of": pl.Datetime("us", "UTC"),
    "kind": pl.String,
    "group": pl.String,
}
"""One row per event of an alert. `key`: JSON, coarse or fine; {} is the whole table. `kind`:
opened, updated, escalated or what follows later. `group`: the fingerprint of the alert that this
one is reported with, if any."""
SEVERITIES: Final = ("info", "low", "medium", "high", "critical")
NOTIFIES: Final = frozenset({"opened", "escalated"})
DETECTS: Final = NOTIFIES | {"updated"}
PATIENCE: Final = 8
"""Versions after the start of an event in which an alert may still be about it."""
NOTIFICATIONS: Final = {
    "version": pl.Int64,
    "severity": pl.String,
    "rule": pl.String,
    "key": pl.String,
    "column": pl.String,
    "event_id": pl.String,
    "is_repeat": pl.Boolean,
}
INCIDENTS: Final = {
    "delay": pl.Int64,
    "is_detected": pl.Boolean,
    "severity": pl.String,
    "fingerprint": pl.String,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Matched:
    """What became of events and alerts in one tree.

    `incidents`: the truth with INCIDENTS: versions from the start of an event to its first alert
    (null: missed), the worst severity of its alerts (of their group, where they have one), the
    fingerprint of the first. `notifications`: NOTIFICATIONS,
    one row per opened or escalated alert that is no part of a group; `event_id` null: false;
    `is_repeat`: the same matter was already reported in this version. `series_weeks`: series in
    each version, summed. `weeks`: from the first version to the last.
    """

    incidents: pl.DataFrame
    notifications: pl.DataFrame
    series_weeks: int
    weeks: float


def match(alerts: pl.DataFrame, injected: Injected) -> Matched:
    """Match the alerts (ALERTS) about a tree to its events.

    An alert is about an event when it comes from its first version to the one after its last, at
    most PATIENCE later, and when its key covers a series that the event changed or is covered by
    one; days in keys are not compared. {} covers no event but wide ones; a group is about what its
    parts are about. Detected is an event by an alert about its own figure or about none; alerts
    about another figure of the same series are neither false nor a detection.
    """
    instants = injected.tree.instants
    versions = {at: number for number, at in enumerate(instants)}
    windows = [_Window(row, injected) for row in injected.truth.iter_rows(named=True)]
    rows = [
        _Row(one, versions[one["as_of"]], injected.tree.entity)
        for one in alerts.sort("as_of", "fingerprint").iter_rows(named=True)
        if one["kind"] in DETECTS
    ]
    _assign(rows, windows)
    notifications = pl.DataFrame(list(_notifications(rows)), schema=NOTIFICATIONS)
    found = [_incident(window, rows) for window in windows]
    return Matched(
        incidents=pl.concat(
            [injected.truth, pl.DataFrame(found, schema=INCIDENTS)], how="horizontal"
        ),
        notifications=notifications,
        series_weeks=sum(
            frame.select(injected.tree.entity).n_unique() for frame in injected.tree.frames
        ),
        weeks=(instants[-1] - instants[0]).total_seconds() / 604_800,
    )


class _Window:
    """An event: when and about what alerts may be."""

    def __init__(self, truth: dict[str, Any], injected: Injected) -> None:
        self.id, self.figure, self.start = truth["event_id"], truth["figure"], truth["v_start"]
        self.end = min(truth["v_end"] + 1, truth["v_start"] + PATIENCE)
        self.is_wide = truth["scope"] in {"many", "column"}
        own = injected.changed.filter(pl.col("event_id") == self.id)
        self.series = [json.loads(key) for key in own["key"].unique()]

    def is_about(self, row: "_Row") -> bool:
        if not self.start <= row.version <= self.end or not self.series:
            return False
        if not row.key:
            return self.is_wide
        return any(
            all(series[name] == value for name, value in row.key.items()) for series in self.series
        )


class _Row:
    """One row of alerts; `event`: what it is about, `events`: likewise of a group."""

    def __init__(self, alert: dict[str, Any], version: int, entity: tuple[str, ...]) -> None:
        key = json.loads(alert["key"])
        self.key = {name: value for name, value in key.items() if name in entity}
        self.version, self.alert = version, alert
        self.fingerprint, self.group = alert["fingerprint"], alert["group"]
        self.severity = alert["severity"]
        self.events: list[_Window] = []
        self.is_part = False

    def detects(self, window: _Window) -> bool:
        column = self.alert["column"]
        is_same = column is None or window.figure is None or column == window.figure
        return is_same and window in self.events


def _assign(rows: list[_Row], windows: list[_Window]) -> None:
    """Give each row the event that it is about: one not yet detected first, then the newest."""
    heads = {(row.fingerprint, row.version): row for row in rows if row.group is None}
    names = {row.fingerprint for row in rows if row.group is None}
    detected = set[str]()
    for row in rows:
        row.is_part = row.group in names
        about = [window for window in windows if window.is_about(row)]
        about.sort(key=lambda one: (one.id not in detected, one.start), reverse=True)
        if not about:
            continue
        row.events.append(about[0])
        if row.detects(about[0]):
            detected.add(about[0].id)
        head = heads.get((row.group, row.version)) if row.group else None
        if head:
            row.severity = head.severity
            own = [one for one in row.events if row.detects(one)]
            head.events += [one for one in own if one not in head.events]


def _notifications(rows: list[_Row]) -> Iterator[dict[str, object]]:
    known = set[tuple[object, ...]]()
    for row in rows:
        if row.alert["kind"] not in NOTIFIES or row.is_part:
            continue
        event = row.events[0].id if row.events else None
        key = json.dumps(row.key, sort_keys=True)
        matter = (row.version, event or (key, row.alert["column"]))
        yield {
            "version": row.version,
            "severity": row.severity,
            "rule": row.alert["rule"],
            "key": key,
            "column": row.alert["column"],
            "event_id": event,
            "is_repeat": matter in known,
        }
        known.add(matter)


def _incident(window: _Window, rows: list[_Row]) -> dict[str, object]:
    own = [row for row in rows if row.detects(window)]
    return {
        "delay": min((row.version - window.start for row in own), default=None),
        "is_detected": bool(own),
        "severity": max((row.severity for row in own), key=SEVERITIES.index, default=None),
        "fingerprint": min(own, key=lambda row: row.version).fingerprint if own else None,
    }
