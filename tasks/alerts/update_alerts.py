"""Bring the alerts of a source up to date: evaluate all rules, record what is new, publish tables.

Promises: an event is recorded once; what a release or a backfill has overtaken is superseded.
"""

from collections.abc import Sequence
from datetime import datetime

from schemas.alerts import Alert, Origin
from schemas.source import Source
from schemas.waivers import Waiver
from tasks.alerts.evaluate import evaluate
from tasks.alerts.record_findings import publish_alerts, read_alerts, record_findings
from tasks.alerts.rule_inputs import rule_inputs, schema_observations
from tasks.schema_drift.schema_log import SchemaLogFile
from tasks.vault.backends.store import Store
from tasks.vault.vault_reader import VaultReader


def update_alerts(
    store: Store, source: Source, *, at: datetime, origin: Origin, in_force: Sequence[Waiver]
) -> list[Alert]:
    """Evaluate the rules on all vintages of a source; return the alerts that got new events.

    `in_force`: the waivers of the day of `at`; they silence the alerts that they match.
    """
    vault = VaultReader(store, source.name)
    findings = evaluate(
        rule_inputs(vault),
        shown_by=source.shown_by,
        schema_observations=schema_observations(
            source, SchemaLogFile(store, source).log, vault.vintages()
        ),
    )
    new = record_findings(store, findings, source=source.name, origin=origin, at=at)
    publish_alerts(store, in_force)
    changed = {event.fingerprint for event in new}
    return [alert for alert in read_alerts(store, in_force) if alert.fingerprint in changed]


def origin_of(source: Source, as_of: datetime, *, now: datetime) -> Origin:
    """Return replay for a snapshot older than two publishing intervals of its source, else live."""
    return "live" if now - as_of <= 2 * source.cadence else "replay"
