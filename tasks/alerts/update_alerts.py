"""Bring the alerts of a source up to date: evaluate all rules, record what is new, publish tables.

What the rules find up to a vintage depends on no later one, and is found in one order.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import Final

import polars as pl

from schemas.alerts import Alert, Finding, Origin
from schemas.errors import LostRace
from schemas.source import Source
from schemas.waivers import Waiver
from tasks.alerts.record_findings import TRIES, Judged, publish_alerts, record_findings
from tasks.alerts.rules.grouping import grouped
from tasks.alerts.rules.registry import RULES
from tasks.alerts.rules.rule import Rule, SourceContext, finding_of
from tasks.alerts.rules.rule_input import ColumnTrait, RuleInput, SchemaObservation, Traits
from tasks.schema_drift.declared_columns import policy_of
from tasks.schema_drift.schema_log import SchemaLog, SchemaLogFile
from tasks.schema_drift.source_schema import SourceSchema
from tasks.vault.manifest import Vintage
from tasks.vault.queries import all_cells
from tasks.vault.vault_reader import VaultReader

SCHEMA_FAULTS: Final = frozenset({"SourceChanged", "SourceFrozen"})  # not about rows
ORIGINS: Final = {
    "rows": pl.Int64,
    "is_part": pl.Boolean,
    "held": pl.Boolean,
    "sha256": pl.String,
    "source_url": pl.String,
}
"""Columns of `RuleInput.vintages` beside seq, id and as_of."""


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
            alerts = publish_alerts(store, in_force, recorded=recorded)
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


def evaluate(
    rule_inputs: Sequence[RuleInput],
    *,
    shown_by: str,
    schema_observations: Sequence[SchemaObservation] = (),
    rules: Sequence[Rule] = RULES,
) -> list[Finding]:
    """Return everything that the rules find in all datasets of one source, oldest first.

    `rule_inputs`: one per dataset, with all vintages up to the one that is judged. `shown_by`: the
    source as the subject of a sentence. `schema_observations`: one per snapshot, refused ones
    included, by time. One finding is one episode, with its whole life so far.
    """
    source = SourceContext(
        shown_by=shown_by, rule_inputs=rule_inputs, schema_observations=schema_observations
    )
    found = [(rule, episode) for rule in rules for episode in rule.judge(source)]
    findings = [finding_of(rule, episode) for rule, episode in grouped(source, found)]
    return sorted(findings, key=_order)


def _order(finding: Finding) -> tuple[object, ...]:
    opened = finding.events[0]
    what = finding.dataset, finding.rule, finding.about, finding.column or ""
    return opened.as_of, opened.id, *what, str(sorted(finding.key.items()))


def rule_inputs(vault: VaultReader) -> list[RuleInput]:
    """Return one rule input for each table of a source that ever had a figure."""
    found: list[RuleInput] = []
    for table in vault.tables():
        if (cells := all_cells(vault, table, only_numbers=True)) is None:
            continue
        history = vault.table_history(table)
        origins = [
            (entry.rows, entry.covers is not None, one.held, one.manifest_sha256, one.url)
            for _, one, entry in history.entries()
        ]
        vintages = pl.DataFrame(origins, schema=ORIGINS, orient="row")
        is_number = pl.col("before").is_not_null() | pl.col("after").is_not_null()
        columns = ("seq", *history.key, "column", "before", "after", "is_baseline")
        found.append(
            RuleInput(
                dataset=f"{vault.source}.{table}",
                key=history.key,
                vintages=pl.concat([history.times(), vintages], how="horizontal"),
                cells=cells.filter(is_number).select(columns),
            )
        )
    return found


def schema_observations(
    source: Source, schemas: SchemaLog, vintages: Sequence[Vintage]
) -> list[SchemaObservation]:
    """Return the schemas of vintages and refused snapshots, in the order of time.

    One that was refused and published later is there twice. Left out: what repeats the bytes of
    the one before, and snapshots that were refused for their rows.
    """
    read = [
        (schemas.read[one.id], one.id, one.as_of, one.manifest_sha256, one.url, "", "")
        for one in vintages
        if one.id in schemas.read
    ]
    refused = [
        (one.schema, name, one.as_of, one.sha256, one.url, one.seen, one.fault)
        for name, one in schemas.refused.items()
        if one.broken in SCHEMA_FAULTS
    ]
    prepared: dict[int, tuple[SourceSchema, Traits]] = {}  # most snapshots share one schema
    observed: list[SchemaObservation] = []
    for schema, name, as_of, sha256, url, broken, fault in [*refused, *read]:
        if id(schema) not in prepared:
            prepared[id(schema)] = _declared(source, schema)
        declared, traits = prepared[id(schema)]
        observed.append(
            SchemaObservation(
                source=source.name,
                tables=tuple(source.tables),
                id=name,
                as_of=as_of,
                sha256=sha256,
                url=url,
                schema=declared,
                traits=traits,
                broken=broken,
                fault=fault,
                guesses=tuple(schemas.guesses.get(name, ())),
            )
        )
    observed.sort(key=lambda one: (one.as_of, one.id, not one.broken))
    new = [b for a, b in pairwise(observed) if a.broken or b.broken or a.sha256 != b.sha256]
    return observed[:1] + new


def _declared(source: Source, schema: SourceSchema) -> tuple[SourceSchema, Traits]:
    """Return the schema of the tables that a source declares, and the traits of their columns."""
    tables = {name: columns for name, columns in schema.tables.items() if name in source.tables}
    traits: dict[str, dict[str, ColumnTrait]] = {}
    for table, columns in tables.items():
        declared = source.published_columns(table)
        figures = {name: figure for figure, how in declared for name in how.names}
        traits[table] = {
            name: ColumnTrait(policy_of(source, table, name), figures.get(name, ""))
            for name, _ in columns
        }
    return replace(schema, tables=tables), traits
