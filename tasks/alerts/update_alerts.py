"""
Watch: a source's vintages are judged, and what is new goes to the alert log and its tables.

Promises: nothing is told twice; what a release or a backfill has overtaken is superseded.
"""

from collections.abc import Sequence
from datetime import datetime

from schemas.alerts import Alert, Origin
from schemas.source import Source
from schemas.waivers import Waiver
from tasks.alerts.evaluate import evaluate
from tasks.alerts.record_findings import publish_alerts, read_alerts, record_findings
from tasks.alerts.rule_inputs import rule_inputs
from tasks.alerts.schema_observations import schema_observation
from tasks.vault.backends.store import Store
from tasks.vault.vault import Vault


def update_alerts(
    store: Store, source: Source, *, at: datetime, origin: Origin, in_force: Sequence[Waiver]
) -> list[Alert]:
    """
    Judge all vintages of a source, tell what is new; return the alerts that this changed.

    `in_force`: the waivers of the day of `at`; what they are about is silenced.
    """
    vault = Vault(store, source.name)
    seen, shapes = rule_inputs(vault), schema_observation(store, source, vault)
    findings = evaluate(seen, shown_by=source.shown_by, schema_observations=shapes)
    news = record_findings(store, findings, source=source.name, origin=origin, at=at)
    publish_alerts(store, in_force)
    told = {event.fingerprint for event in news}
    return [alert for alert in read_alerts(store, in_force) if alert.fingerprint in told]


def origin_of(source: Source, as_of: datetime, *, now: datetime) -> Origin:
    """Return whether what was had at `as_of` is news, or older than two cadences: a replay."""
    return "live" if now - as_of <= 2 * source.cadence else "replay"
