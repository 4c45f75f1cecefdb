"""After publishing: what every run does with the tables that it published: quality and alerts."""

from dataclasses import replace
from typing import Final, TypeVar

from schemas.alerts import Origin
from schemas.errors import Damaged
from tasks.alerts.published_alerts import open_alerts
from tasks.alerts.update_alerts import AlertChanges, update_alerts
from tasks.alerts.waiver_config import waiver_notes
from tasks.quality.data_docs import page_name
from tasks.quality.page_alerts import update_page_alerts
from tasks.quality.run_quality import check_quality
from tasks.runs.run_context import RunContext
from tasks.steps.build_marts import describe_published, mart_notes
from tasks.steps.deliver_alerts import deliver_alerts
from tasks.summaries.run_summary import NO_QUALITY, QualityReport, RunSummary
from tasks.vault.bounded_compaction import compact_loose, is_compaction_due

S = TypeVar("S", bound=RunSummary)
ADDED: Final = frozenset({"new", "unchanged", "held"})
"""Verdicts of snapshots that became vintages now."""


def with_findings(run: RunContext, summary: S, *, origin: Origin = "live") -> S:
    """Return the summary with what the expectations and the alert rules find, and waiver notes.

    The rules are evaluated on all vintages of the source; the summary lists the alerts that this
    changed, which are delivered if targets are configured. The marts follow. Waiver notes name what
    has expired, or will within two weeks. Last of all, small segments are gathered where that is
    due. `origin`: as of `update_alerts`.
    """
    changes = record_alerts(run, origin)
    quality = quality_report(run)
    delivered = run.run_step(
        "deliver-alerts",
        lambda: deliver_alerts(run, is_changed=changes.is_any, entries=changes.entries),
    )
    notes = mart_notes(run)
    describe_published(run.store, with_marts=run.build_marts)
    return replace(
        summary,
        quality=quality,
        alerts=changes.alerts,
        alert_events=delivered.events,
        delivery_notes=delivered.notes,
        mart_notes=notes,
        waiver_notes=waiver_notes(run.waivers, run.at.date()),
        compaction_notes=_compaction_notes(run, summary),
    )


def record_alerts(run: RunContext, origin: Origin) -> AlertChanges:
    """Evaluate the rules on what is new of the source, and record it; as `update_alerts`."""
    return run.run_step(
        "update-alerts",
        lambda: update_alerts(
            run.vault,
            run.source,
            at=run.at,
            origin=origin,
            in_force=run.waivers_in_force,
            schema_log=run.schema_log,
            config=run.alert_config,
        ),
    )


def _compaction_notes(run: RunContext, summary: RunSummary) -> list[str]:
    """Gather small segments where that is due; return a sentence per table in which it was done.

    Damage is no reason to fail a run that has published everything.
    """
    added = sum(one.verdict in ADDED for one in summary.outcomes)
    if not is_compaction_due(run.vault, added):
        return []
    try:
        done = run.run_step(
            "compact-segments", lambda: compact_loose(run.vault, added=added, at=run.at)
        )
    except Damaged as error:
        return [f"Segments of {run.source.name} were not gathered: {error}"]
    return [f"{run.source.name}.{name}: {n} segments were gathered." for name, n in done.items()]


def quality_report(run: RunContext) -> QualityReport:
    """Hold the tables published since the last check against their expectations; update Data Docs.

    The pages list the alerts that are open now, so the alerts come first.

    Great Expectations is imported only if there is such a table, and never with
    `check_quality=False`.
    """
    if not run.check_quality:
        return NO_QUALITY
    judged = run.run_step(
        "judge-published",
        lambda: check_quality(
            run.store, run.source, at=run.at, waivers=run.waivers, vault=run.vault
        ),
    )
    update_page_alerts(run.store, run.vault, open_alerts(run.store))
    datasets = sorted({one.dataset for one in judged})
    return QualityReport(
        unmet=[one for one in judged if one.needs_attention],
        data_docs=[f"{run.store.uri}/{page_name(dataset)}" for dataset in datasets],
    )
