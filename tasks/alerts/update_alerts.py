"""Bring the alerts of a source up to date: evaluate all rules, record what is new, publish tables.

What the rules find up to a vintage depends on no later one, and is found in one order.
"""

from collections.abc import Sequence
from datetime import datetime

from schemas.alerts import Alert, Finding, Origin
from schemas.errors import LostRace
from schemas.source import Source
from schemas.waivers import Waiver
from tasks.alerts.evaluate import evaluate
from tasks.alerts.judged_history import rule_inputs, schema_observations
from tasks.alerts.record_findings import TRIES, Judged, publish_alerts, record_findings
from tasks.schema_drift.schema_log import SchemaLog, SchemaLogFile
from tasks.vault.vault_reader import VaultReader


def update_alerts(
    vault: VaultReader,
    source: Source,
    *,
    at: datetime,
    origin: Origin,
    in_force: Sequence[Waiver],
    schema_log: SchemaLogFile | None = None,
) -> list[Alert]:
    """Evaluate the rules on all vintages of a source; return the alerts that got new events.

    Again where another writer commits before that is recorded; LostRace. `vault`: on a commit that
    just was the newest. `in_force`: waivers of the day of `at`. `schema_log`: of the run, if read.
    """
    store, changed = vault.lake, set[str]()
    for _ in range(TRIES):
        schemas = (schema_log or SchemaLogFile(store, source)).log
        findings = findings_of(source, vault, schemas)
        judged = _judged(source, vault, schemas)
        recorded = record_findings(
            store, findings, source=source.name, origin=origin, at=at, judged=judged
        )
        changed |= {event.fingerprint for event in (recorded.new if recorded else ())}
        if recorded and (not recorded.new or vault.is_newest()):
            alerts = publish_alerts(store, in_force, on=at.date(), recorded=recorded)
            return [one for one in alerts if one.fingerprint in changed]
        vault.refresh()
        schema_log = None
    raise LostRace(f"{store.uri}/{source.name}", TRIES)


def findings_of(source: Source, vault: VaultReader, schemas: SchemaLog) -> list[Finding]:
    """Return everything that the rules find in all vintages of a source, as `evaluate`."""
    return evaluate(
        rule_inputs(vault),
        shown_by=source.shown_by,
        schema_observations=schema_observations(source, schemas, vault.vintages()),
    )


def _judged(source: Source, vault: VaultReader, schemas: SchemaLog) -> Judged:
    def is_current() -> bool:
        return vault.is_newest() and SchemaLogFile(vault.lake, source).log == schemas

    return Judged(vault.head.number if vault.head else 0, is_current)


def origin_of(source: Source, as_of: datetime, *, now: datetime) -> Origin:
    """Return replay for a snapshot older than two publishing intervals of its source, else live."""
    return "live" if now - as_of <= 2 * source.cadence else "replay"
