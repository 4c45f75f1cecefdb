"""After publishing: what every run does with the tables that it published: quality and alerts."""

from schemas.alerts import Alert, Origin
from tasks.alerts.update_alerts import update_alerts
from tasks.alerts.waiver_expiry import waiver_notes
from tasks.pipeline.run_context import RunContext
from tasks.pipeline.run_summary import NO_QUALITY, QualityReport
from tasks.quality.data_docs import page_name
from tasks.quality.run_quality import check_quality


def quality_report(run: RunContext) -> QualityReport:
    """Hold the tables published since the last check against their expectations; update Data Docs.

    Great Expectations is imported only if there is such a table, and never with
    `check_quality=False`.
    """
    if not run.check_quality:
        return NO_QUALITY
    judged = run.run_step(
        "judge-published",
        lambda: check_quality(run.store, run.source, at=run.at, waivers=run.waivers),
    )
    datasets = sorted({one.dataset for one in judged})
    return QualityReport(
        unmet=[one for one in judged if one.needs_attention],
        data_docs=[f"{run.store.uri}/{page_name(dataset)}" for dataset in datasets],
    )


def evaluate_alerts(run: RunContext, origin: Origin) -> list[Alert]:
    """Evaluate the rules on all vintages of the source; return the alerts that this changed."""
    return run.run_step(
        "update-alerts",
        lambda: update_alerts(
            run.store, run.source, at=run.at, origin=origin, in_force=run.waivers_in_force
        ),
    )


def waiver_notes_of(run: RunContext) -> list[str]:
    """Return a sentence for each waiver that has expired, or will within two weeks."""
    return waiver_notes(run.waivers, run.at.date())
