"""Evaluation: the alert rules over all vintages of one source again, whatever was judged before."""

from tasks.alerts.update_alerts import update_alerts
from tasks.alerts.waiver_config import waiver_notes
from tasks.runs.run_context import RunContext
from tasks.steps.build_marts import describe_published, mart_notes
from tasks.steps.deliver_alerts import deliver_alerts
from tasks.summaries.lake_summaries import EvaluateSummary


def evaluate_rules(run: RunContext) -> EvaluateSummary:
    """Evaluate the rules on all vintages of a source, record and deliver what changed.

    The mart of alerts and the data package follow.

    Raises Damaged, LostRace, StoreError.
    """
    changes = run.run_step(
        "update-alerts",
        lambda: update_alerts(
            run.vault,
            run.source,
            at=run.at,
            origin="live",
            in_force=run.waivers_in_force,
            schema_log=run.schema_log,
            config=run.alert_config,
            is_thorough=True,
        ),
    )
    delivered = run.run_step(
        "deliver-alerts",
        lambda: deliver_alerts(run, is_changed=changes.is_any, entries=changes.entries),
    )
    notes = mart_notes(run)
    describe_published(run.store, with_marts=run.build_marts)
    return EvaluateSummary(
        source=run.source.name,
        is_changed=changes.is_any,
        alerts=changes.alerts,
        alert_events=delivered.events,
        delivery_notes=delivered.notes,
        mart_notes=notes,
        waiver_notes=waiver_notes(run.waivers, run.at.date()),
    )
