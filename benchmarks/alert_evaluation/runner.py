"""Let the product judge a tree: its vintages through the vault, its rules on what the vault has.

The path begins at frames: parsing, row validation and acceptance (which may hold a vintage back)
are not on it, nor the log of source schemas, so that no rule sees a new column.
"""

import hashlib
from collections.abc import Mapping
from typing import Final

import polars as pl

from benchmarks.alert_evaluation.matching import ALERTS
from benchmarks.alert_evaluation.trees import Tree, key_text
from schemas.alerts import Finding
from schemas.records import Body, Snapshot
from schemas.rule_settings import RuleSettings
from tasks.alerts.evaluate import evaluate
from tasks.alerts.judged_history import rule_inputs
from tasks.sources import source_named
from tasks.vault.backdated_insert import Draft, TableDraft
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.commit import commit_snapshots
from tasks.vault.vault_reader import VaultReader

SOURCES: Final[Mapping[str, str]] = {
    "allocations": "covax_allocations",
    "deliveries": "unicef_market",
    "donations": "unicef_market",
    "vaccinations": "owid_vaccinations",
    "tests": "owid_testing",
}
"""Whose table each is; by it the rules know what the figures are."""
SETTINGS: Final = RuleSettings(thresholds={"R11": {"more_people_than": 1e9}})
"""The made countries have sizes of their own, so nobody can say what is more than their people."""


def product_alerts(tree: Tree) -> pl.DataFrame:
    """Return the alerts (ALERTS) that the product's rules raise about the vintages of a tree."""
    name = SOURCES[tree.table]
    vault = VaultReader(MemoryStore(), name)
    drafts = [_draft(tree, name, version) for version in range(len(tree.frames))]
    commit_snapshots(vault, drafts, at=tree.instants[-1])
    findings = evaluate(rule_inputs(vault), shown_by=source_named(name).shown_by, settings=SETTINGS)
    rows = [row for finding in findings for row in _rows(finding)]
    return pl.DataFrame(rows, schema=ALERTS)


def _draft(tree: Tree, source: str, version: int) -> Draft:
    digest = hashlib.sha256(f"{tree.table}{version}".encode()).hexdigest()
    snapshot = Snapshot(
        source=source,
        retrieved_at=tree.instants[version],
        bodies=(Body(name="main", sha256=digest, size=1),),
        url="",
    )
    table = TableDraft(frame=tree.frames[version], key=tree.key)
    return Draft(snapshot=snapshot, tables={tree.table: table})


def _rows(finding: Finding) -> list[dict[str, object]]:
    return [
        {
            "fingerprint": finding.fingerprint,
            "rule": finding.rule,
            "severity": event.severity,
            "key": key_text(finding.key),
            "column": finding.column,
            "as_of": event.as_of,
            "kind": event.kind,
            "group": finding.group,
        }
        for event in finding.events
    ]
