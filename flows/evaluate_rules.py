"""Evaluate: the alert rules over all vintages of one source again, say after new settings."""

from datetime import UTC, datetime

from prefect import flow

from tasks.pipeline import evaluate
from tasks.prefect_adapter import run_named
from tasks.runs.flow_parameters import SourceName
from tasks.summaries.lake_summaries import EvaluateSummary
from tasks.tracked_runs import track_run


@flow(name="evaluate-rules", flow_run_name=run_named("evaluate"), persist_result=False)
def evaluate_rules(source: SourceName, lake: str | None = None) -> EvaluateSummary:
    """Judge all vintages of a source by today's rules and settings; record and deliver changes.

    Args:
        source: The name of a source (`vaxwatch sources` lists them).
        lake: A folder or s3://bucket/prefix; by default VAXWATCH_LAKE of the worker.

    Returns:
        The alerts that this run opened or changed, and notes.
    """
    return track_run("evaluate", source, lake, evaluate.evaluate_rules, at=datetime.now(UTC))
