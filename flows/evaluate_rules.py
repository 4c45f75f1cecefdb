"""Evaluate: the alert rules over all vintages of one source again, say after new settings."""

from datetime import UTC, datetime

from prefect import flow

from tasks.pipeline import evaluate
from tasks.pipeline.flow_parameters import SourceName, lake_of
from tasks.pipeline.lake_summaries import EvaluateSummary
from tasks.pipeline.run_context import open_run
from tasks.prefect_adapter import conclude, run_as_task, run_named


@flow(name="evaluate-rules", flow_run_name=run_named("evaluate"), persist_result=False)
def evaluate_rules(source: SourceName, lake: str | None = None) -> EvaluateSummary:
    """Judge all vintages of a source by today's rules and settings; record and deliver changes.

    Args:
        source: The name of a source (`vaxwatch sources` lists them).
        lake: A folder or s3://bucket/prefix; by default VAXWATCH_LAKE of the worker.

    Returns:
        The alerts that this run opened or changed, and notes.
    """
    run = open_run(source, lake_of(lake), at=datetime.now(UTC), run_step=run_as_task)
    return conclude(evaluate.evaluate_rules(run))
