"""The status of a lake as metrics in the Prometheus text format."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import CollectorRegistry

from schemas.alerts import SEVERITIES
from tasks.freshness.source_life import STATES
from tasks.watching.delivery_status import TargetStatus
from tasks.watching.lake_status import LakeStatus
from tasks.watching.raw_size import RawSize
from tasks.watching.source_status import SourceStatus

Family = GaugeMetricFamily | CounterMetricFamily
SOURCE: Final[dict[str, tuple[str, Callable[[SourceStatus], float | datetime | None]]]] = {
    "source_scheduled": ("1 if the schedule of the source is on.", lambda one: one.is_scheduled),
    "source_overdue": (
        "1 if no snapshot came for two cadences though its schedule is on.",
        lambda one: one.overdue_since is not None,
    ),
    "source_broken": (
        "1 if a snapshot broke the contract and nothing was read since.",
        lambda one: one.state == "frozen",
    ),
    "vintages": ("Vintages of the source.", lambda one: one.activity.vintages),
    "newest_vintage_timestamp_seconds": (
        "Time of the newest vintage.",
        lambda one: one.activity.last_as_of,
    ),
    "last_change_timestamp_seconds": (
        "Time of the newest vintage that differs from the one before.",
        lambda one: one.activity.last_change,
    ),
    "last_success_timestamp_seconds": (
        "Time of the newest snapshot that came, unchanged ones too.",
        lambda one: one.activity.last_fetch,
    ),
    "failed_fetches": (
        "Fetches that failed since the newest snapshot came.",
        lambda one: one.activity.failures,
    ),
    "held_vintages": ("Held vintages behind the newest good one.", lambda one: one.activity.held),
    "quarantined_rows": ("Rows that wait in quarantine.", lambda one: one.quarantined),
}
"""Metric, its help, and its value; None: no sample. Instants become seconds since 1970."""
TARGET: Final[dict[str, tuple[str, Callable[[TargetStatus], float]]]] = {
    "undelivered_messages": (
        "Messages, and unexamined entries of the alert log, that wait for more than an hour.",
        lambda one: one.undelivered + one.unplanned,
    ),
    "dead_letters": ("Messages that were given up.", lambda one: one.dead),
}
RAW: Final[dict[str, tuple[str, Callable[[RawSize], float]]]] = {
    "raw_bytes": ("Bytes of the source in the raw archive, estimated.", lambda one: one.size),
    "raw_snapshots": ("Snapshots of the source in the raw archive.", lambda one: one.snapshots),
}


def registry_of(collect: Callable[[], Iterable[Family]]) -> CollectorRegistry:
    """Return a registry that makes its metrics when it is read."""

    class Collector:
        def collect(self) -> Iterable[Any]:
            return collect()

        def describe(self) -> Iterable[Any]:
            return ()  # what it collects is not asked for at once

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Collector())  # pyright: ignore[reportArgumentType] (its protocol is a class)
    return registry


def up(*, is_read: bool) -> Family:
    """Return the metric that shows whether the lake could be read."""
    family = GaugeMetricFamily("vaxwatch_up", "1 if the lake could be read.")
    family.add_metric([], float(is_read))
    return family


def families(status: LakeStatus, raw: Sequence[RawSize] | None = None) -> Iterator[Family]:
    """Yield the metrics of a status; `raw`: of the raw archive, None: not measured."""
    yield up(is_read=True)
    made = GaugeMetricFamily(
        "vaxwatch_status_timestamp_seconds", "Time at which the lake was read."
    )
    made.add_metric([], status.at.timestamp())
    yield made
    yield from _by_name("source", SOURCE, [(one.source, one) for one in status.sources])
    yield _ages(status)
    yield _states(status)
    yield _alerts(status)
    yield from _runs(status)
    yield from _by_name("target", TARGET, [(one.target, one) for one in status.targets])
    if raw is not None:
        yield from _by_name("source", RAW, [(one.source, one) for one in raw])


def _by_name(label: str, metrics: Any, named: Sequence[tuple[str, Any]]) -> Iterator[Family]:
    for name, (text, value_of) in metrics.items():
        family = GaugeMetricFamily(f"vaxwatch_{name}", text, labels=[label])
        for subject, one in named:
            value = value_of(one)
            if value is not None:
                family.add_metric([subject], _number(value))
        yield family


def _number(value: float | datetime) -> float:
    return value.timestamp() if isinstance(value, datetime) else float(value)


def _ages(status: LakeStatus) -> Family:
    text = "Age of the newest vintage at the time of the status."
    family = GaugeMetricFamily("vaxwatch_newest_vintage_age_seconds", text, labels=["source"])
    for one in status.sources:
        if one.activity.last_as_of:
            age = (status.at - one.activity.last_as_of).total_seconds()
            family.add_metric([one.source], age)
    return family


def _states(status: LakeStatus) -> Family:
    text = "1 for the state of the source, 0 for the others."
    family = GaugeMetricFamily("vaxwatch_source_state", text, labels=["source", "state"])
    for one in status.sources:
        for state in STATES:
            family.add_metric([one.source, state], float(one.state == state))
    return family


def _runs(status: LakeStatus) -> Iterator[Family]:
    """Yield what the last runs were, by source and operation, and how many there were by state."""
    labels = ["source", "operation"]
    text = "Runs that began in the last 14 days, by the state in which they ended."
    counts = GaugeMetricFamily("vaxwatch_runs", text, labels=[*labels, "state"])
    text = "Time at which the last run ended."
    ended = GaugeMetricFamily("vaxwatch_last_run_timestamp_seconds", text, labels=labels)
    took = GaugeMetricFamily("vaxwatch_last_run_seconds", "How long it took.", labels=labels)
    text = "1 for the state in which the last run ended."
    states = GaugeMetricFamily("vaxwatch_last_run_state", text, labels=[*labels, "state"])
    for one in status.runs:
        about = [one.source, one.operation]
        for state, number in sorted(one.states.items()):
            counts.add_metric([*about, state], number)
        ended.add_metric(about, one.ended.timestamp())
        took.add_metric(about, one.seconds)
        states.add_metric([*about, one.state], 1)
    yield from (counts, ended, took, states)


def _alerts(status: LakeStatus) -> Family:
    text = "Open alerts; those in shadow are left out."
    family = GaugeMetricFamily("vaxwatch_open_alerts", text, labels=["source", "severity"])
    for one in status.sources:
        for severity in SEVERITIES:
            family.add_metric([one.source, severity], float(one.alerts.get(severity, 0)))
    return family
