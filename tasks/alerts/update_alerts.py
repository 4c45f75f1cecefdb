"""Bring the alerts of a source up to date: evaluate all rules, record what is new, publish tables.

What the rules find up to a vintage depends on no later one, and is found in one order.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, NamedTuple

from schemas.alerts import Alert, Finding, Origin
from schemas.errors import LostRace
from schemas.rule_settings import DEFAULTS, RuleSettings
from schemas.source import Source
from schemas.waivers import Waiver
from tasks.alerts.alert_config import CONFIG, AlertConfig
from tasks.alerts.evaluate import evaluate
from tasks.alerts.judged_history import rule_inputs, schema_observations
from tasks.alerts.judged_state import JudgedState, JudgedStateFile
from tasks.alerts.origins import Origins
from tasks.alerts.published_alerts import publish_alerts, published_entries
from tasks.alerts.record_findings import TRIES, Judged, Recorded, record_findings
from tasks.alerts.rules.registry import RULES
from tasks.schema_drift.schema_log import SchemaLog, SchemaLogFile
from tasks.vault.vault_reader import VaultReader

BEHIND: Final = 8
"""Commits of a source after which its judged state is written again."""


class AlertChanges(NamedTuple):
    """The alerts that got new events, whether any was recorded, and how many entries the log has.

    An alert that is only superseded is gone, and not among them.
    """

    alerts: Sequence[Alert]
    is_any: bool
    entries: int


def update_alerts(  # noqa: PLR0913 (what a run has at hand)
    vault: VaultReader,
    source: Source,
    *,
    at: datetime,
    origin: Origin,
    in_force: Sequence[Waiver],
    schema_log: SchemaLogFile | None = None,
    config: AlertConfig = CONFIG,
    is_thorough: bool = False,
) -> AlertChanges:
    """Evaluate the rules on what is new of a source; return the alerts that got new events.

    Again where another writer commits before that is recorded; LostRace. `vault`: on a commit that
    just was the newest. `origin`: replay where all that is new is history; else live: then what is
    new of versions older than two publishing intervals is history. `in_force`: waivers of the day
    of `at`. `schema_log`: of the run, if read. `config`: the section [alerts] of the settings.
    `is_thorough`: all vintages are judged, whatever was judged before.
    """
    store, changed, settings = vault.lake, set[str](), config.rules
    state_file = JudgedStateFile(store, source.name)
    for _ in range(TRIES):
        schemas = (schema_log or SchemaLogFile(store, source)).log
        state = state_file.read()
        until = None
        if state and vault.head and not is_thorough:
            until = state.judged_until(vault.head, settings, schemas)
        findings = findings_of(source, vault, schemas, settings=settings, after=until)
        if state and until and not findings and not in_force:
            entries = published_entries(store)
            if entries is not None and entries >= state.entries:
                _note_state(state_file, state, vault, settings, schemas, entries)
                return AlertChanges([], is_any=False, entries=entries)
        judged = _judged(source, vault, schemas, is_all=until is None)
        recorded = record_findings(
            store,
            findings,
            source=source.name,
            origin=origin,
            at=at,
            judged=replace(
                judged, origins=_origins(vault, source, at=at, origin=origin, config=config)
            ),
        )
        changed |= {event.fingerprint for event in (recorded.new if recorded else ())}
        if recorded and until and _is_log_cut(state, recorded):
            is_thorough = True
            continue
        if recorded and (not recorded.new or vault.is_newest()):
            alerts = publish_alerts(store, in_force, on=at.date(), recorded=recorded)
            entries = len(recorded.entries)
            _note_state(state_file, state if until else None, vault, settings, schemas, entries)
            shown = [one for one in alerts if one.fingerprint in changed]
            return AlertChanges(shown, is_any=bool(changed), entries=entries)
        vault.refresh()
        schema_log = None
    raise LostRace(f"{store.uri}/{source.name}", TRIES)


def _origins(
    vault: VaultReader, source: Source, *, at: datetime, origin: Origin, config: AlertConfig
) -> Origins:
    return Origins(
        run=origin,
        live_since=at - 2 * source.cadence,
        vintages=[vintage.as_of for vintage in vault.vintages()],
        rules={
            rule.id: rule.thresholds(config.rules)
            for rule in RULES
            if rule.id not in config.rules.disabled
        },
        shadow_versions=config.shadow_versions,
    )


def findings_of(
    source: Source,
    vault: VaultReader,
    schemas: SchemaLog,
    *,
    settings: RuleSettings = DEFAULTS,
    after: datetime | None = None,
) -> list[Finding]:
    """Return everything that the rules find in all vintages of a source, as `evaluate`."""
    return evaluate(
        rule_inputs(vault),
        shown_by=source.shown_by,
        schema_observations=schema_observations(source, schemas, vault.vintages()),
        settings=settings,
        after=after,
    )


def _judged(source: Source, vault: VaultReader, schemas: SchemaLog, *, is_all: bool) -> Judged:
    def is_current() -> bool:
        return vault.is_newest() and SchemaLogFile(vault.lake, source).log == schemas

    return Judged(vault.head.number if vault.head else 0, is_current, is_all)


def _is_log_cut(state: JudgedState | None, recorded: Recorded) -> bool:
    """Return whether the log has lost entries since the state was written."""
    before = len(recorded.entries) - bool(recorded.new)
    return state is not None and before < state.entries


def _note_state(
    file: JudgedStateFile,
    state: JudgedState | None,
    vault: VaultReader,
    settings: RuleSettings,
    schemas: SchemaLog,
    entries: int,
) -> None:
    """Write down how far was judged, where that saves more than it costs; `state`: as it was."""
    head = vault.head
    if head and (state is None or head.number - state.commit >= BEHIND):
        file.write(JudgedState.of(head, settings, schemas, entries=entries))
