"""Records that derive from a source's commits: its schema log, its quarantined rows, its alerts.

Promises: a run that was killed after its commit, and before it recorded what follows from that, is
found, and finished without another run.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from schemas.waivers import Waiver
from tasks.alerts.alert_config import configured_alerts
from tasks.alerts.alert_log import alert_log
from tasks.alerts.judged_state import JudgedStateFile
from tasks.alerts.record_findings import unrecorded_events
from tasks.alerts.update_alerts import findings_of, update_alerts
from tasks.catalog.system_tables import SYSTEM_SOURCES
from tasks.pipeline.rebuild import parse_archived
from tasks.quarantine.lifecycle import DATASET
from tasks.quarantine.record_quarantine import is_quarantine_current, record_quarantine
from tasks.raw.archive import archived_snapshot
from tasks.schema_drift.schema_log import LOG_NAME, SchemaLogFile
from tasks.schema_drift.schema_records import drop_schemas, record_schemas, recorded_schema
from tasks.schema_drift.source_schema import SourceSchema
from tasks.sources import source_named
from tasks.vault.manifest import Vintage
from tasks.vault.rebuilt_files import REPAIR
from tasks.vault.vault_reader import VaultReader


def record_problems(vault: VaultReader) -> Iterator[str]:
    """Yield a sentence per kind of record that does not follow from the newest commit."""
    head, lake = vault.head, vault.lake
    if head is None or vault.source in SYSTEM_SOURCES:
        return
    commit, source = f"commit {head.number} of {vault.source}", source_named(vault.source)
    if any(_schemas_amiss(SchemaLogFile(lake, source), vault)):
        where = f"{lake.uri}/raw/{vault.source}/{LOG_NAME}"
        yield f"{where} does not list the vintages of {commit}. {REPAIR}"
    if not is_quarantine_current(lake, vault):
        yield f"{lake.uri}: {DATASET} does not show {commit}. {REPAIR}"
    schemas, settings = SchemaLogFile(lake, source).log, configured_alerts().rules
    state_file = JudgedStateFile(lake, vault.source)
    if state_file.is_damaged():
        yield f"{lake.uri}/{state_file.name} is damaged. {REPAIR}"
    findings = findings_of(source, vault, schemas, settings=settings)
    if lacking := unrecorded_events(lake, findings, source=vault.source):
        yield (
            f"{lake.uri}/alerts/log lacks {len(lacking)} event(s) that the rules find in {commit}. "
            f"{REPAIR}"
        )


def mend_records(vault: VaultReader, *, at: datetime, in_force: Sequence[Waiver]) -> list[str]:
    """Bring the records up to the newest commit; return what was mended, a sentence each.

    `in_force`: the waivers of the day of `at`.
    """
    head, lake = vault.head, vault.lake
    if head is None or vault.source in SYSTEM_SOURCES:
        return []
    source, log, done = source_named(vault.source), alert_log(lake), list[str]()
    if follow_vintages(SchemaLogFile(lake, source), vault):
        done.append(f"{lake.uri}/raw/{vault.source}/{LOG_NAME} was brought up to date.")
    if record_quarantine(lake, vault, at=at, is_late=True):
        done.append(f"{lake.uri}: {DATASET} was brought up to date.")
    before = log.length()
    update_alerts(
        vault,
        source,
        at=at,
        origin="live",
        in_force=in_force,
        config=configured_alerts(),
        is_thorough=True,
    )
    if log.length() > before:
        done.append(f"{lake.uri}/alerts/log was brought up to commit {head.number}.")
    return done


def follow_vintages(schema_log: SchemaLogFile, vault: VaultReader) -> bool:
    """Let the schema log list the standing vintages and no retracted one; return if it did not.

    A schema that was never recorded is read again from the archived bytes, if they can be parsed.
    """
    has_changed = False
    while True:
        lacking, surplus = _schemas_amiss(schema_log, vault)
        if lacking:
            record_schemas(schema_log, lacking)
        if surplus:
            drop_schemas(schema_log, surplus)
        has_changed |= bool(lacking or surplus)
        if vault.is_newest():
            return has_changed
        vault.refresh()


def _schemas_amiss(
    schema_log: SchemaLogFile, vault: VaultReader
) -> tuple[dict[str, SourceSchema], set[str]]:
    """Return the schemas of vintages that a log lacks, and the retracted ids that it lists.

    A vintage that repeats the bytes of the one before needs none.
    """
    vintages, log = vault.vintages(), schema_log.log
    shas = [None, *(one.manifest_sha256 for one in vintages)]
    lacking = {
        one.id: _schema(schema_log, vault, one)
        for before, one in zip(shas, vintages, strict=False)
        if one.manifest_sha256 != before and one.id not in log.read
    }
    surplus = (log.read.keys() | log.refused.keys()) & vault.retracted.keys()
    return {name: schema for name, schema in lacking.items() if schema}, surplus


def _schema(schema_log: SchemaLogFile, vault: VaultReader, vintage: Vintage) -> SourceSchema | None:
    """Return the schema of a vintage's bytes, as it was recorded or else as it is read now."""
    store, source = schema_log.store, schema_log.source
    known = (*vault.vintages(), *vault.retracted.values())
    alike = [one.id for one in known if one.manifest_sha256 == vintage.manifest_sha256]
    for name in (vintage.id, *alike):
        if schema := recorded_schema(store, source.name, name):
            return schema
    snapshot = archived_snapshot(store, source.name, vintage.id)
    parsed, _ = parse_archived(store, source, [snapshot] if snapshot else [])
    return parsed[0].schema if parsed else None
