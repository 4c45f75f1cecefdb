"""Alerts that were recorded with less evidence stay as they are."""

from dataclasses import replace
from datetime import UTC, datetime

from schemas.alerts import Finding
from tasks.alerts.record_findings import record_findings, unrecorded_events
from tasks.alerts.rules.combining.common_evidence import REQUIRED_EVIDENCE
from tasks.vault.backends.memory_store import MemoryStore
from tests.ladder import CURRENT
from tests.tasks.alerts.rules.combining.test_evidence import all_rules

NOW = datetime(2022, 6, 1, tzinfo=UTC)
NEW = {"unit", "per_head", "siblings"}


def without(finding: Finding, names: set[str]) -> Finding:
    """Return a finding whose events lack some entries of the evidence."""
    events = tuple(
        replace(event, evidence={k: v for k, v in event.evidence.items() if k not in names})
        for event in finding.events
    )
    return replace(finding, events=events)


def test_entries_that_evidence_gets_later_supersede_no_recorded_alert() -> None:
    """A lake of an earlier program gets no new event from today's rules on the same vintages."""
    findings = [finding for finding in all_rules() if finding.dataset.startswith("s.")]
    store = MemoryStore()
    early = [without(finding, NEW) for finding in findings]
    assert {*REQUIRED_EVIDENCE} - {*early[0].events[0].evidence} == NEW
    recorded = record_findings(store, early, source="s", origin="replay", at=NOW, judged=CURRENT)
    assert recorded is not None
    assert len(recorded.new) == sum(len(finding.events) for finding in findings)
    assert unrecorded_events(store, findings, source="s") == []
