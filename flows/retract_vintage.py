"""Retract: one vintage that should never have been is taken away from readers, or comes back."""

from datetime import UTC, datetime

from prefect import flow

from tasks.pipeline import retract
from tasks.prefect_adapter import run_named
from tasks.runs.flow_parameters import SourceName
from tasks.summaries.operation_summaries import RetractSummary
from tasks.tracked_runs import track_run


@flow(name="retract-vintage", flow_run_name=run_named("retract"), persist_result=False)
def retract_vintage(  # noqa: PLR0913, PLR0917 (a flow's parameters are the form people fill in)
    source: SourceName,
    wanted: str,
    reason: str,
    lake: str | None = None,
    by: str | None = None,
    undo: bool = False,  # noqa: FBT001, FBT002 (a flow's parameters are given by name)
    quality: bool = True,  # noqa: FBT001, FBT002
) -> RetractSummary:
    """Retract one vintage of a source, with its alerts, or bring it back.

    It is one commit; nothing is deleted, and the previous commit stays readable by its number.

    Args:
        source: The name of a source (`vaxwatch sources` lists them).
        wanted: The id of the vintage.
        reason: Why, for the record.
        lake: A folder or s3://bucket/prefix; by default VAXWATCH_LAKE of the worker.
        by: Who decided.
        undo: Bring back a vintage that was retracted.
        quality: Hold the published tables against their expectations and update the Data Docs.

    Returns:
        The numbers of the newest commit before and now, what became of a vintage that is back,
        why it cannot be read (if so, nothing was committed), alerts, unmet expectations, and notes.
    """
    return track_run(
        "retract",
        source,
        lake,
        lambda run: retract.retract_vintage(run, wanted, reason=reason, by=by, undo=undo),
        at=datetime.now(UTC),
        quality=quality,
    )
