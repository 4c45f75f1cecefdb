"""Source runs: a command runs a pipeline function, or the flow around it where runs are tracked.

Promises: without a configured Prefect API neither Prefect is imported nor a process, a port or a
file outside of the lake is opened.
"""

import logging
from datetime import UTC, datetime
from importlib import import_module
from typing import Annotated, Any, Final, cast

import typer

from schemas.contract_errors import RunBlocked
from schemas.plain_text import printable
from tasks.pipeline.run_summary import RunSummary
from vaxwatch.commands.command_runner import Run, waiting
from vaxwatch.prefect_api import is_tracked, prepare_prefect
from vaxwatch.settings import export_settings

TrackOption = Annotated[
    bool | None,
    typer.Option(
        "--track/--no-track",
        help="Report runs to the Prefect API. Default: if PREFECT_API_URL or a profile names one.",
        show_default=False,
    ),
]
NoQualityOption = Annotated[
    bool, typer.Option("--no-quality", help="Skip the quality checks and their Data Docs.")
]
PIPELINES: Final = {
    "ingest_snapshot": "ingest",
    "backfill_source": "backfill",
    "rebuild_source": "rebuild",
    "replay_quarantine": "replay",
}
"""By flow, the module of `tasks.pipeline` that has the function of the same name."""


def prepare_runs(run: Run, *, track: bool | None) -> bool:
    """Return whether the runs of a command are tracked; raises as `is_tracked`."""
    tracked = is_tracked(track=track)
    export_settings(run.settings)
    if tracked:
        prepare_prefect(verbose=run.asked.verbose)
    else:
        _log_steps(verbose=run.asked.verbose)
    return tracked


def run_source(
    run: Run, flow: str, source: str, *, tracked: bool, quality: bool = True, **parameters: Any
) -> Any:
    """Run a flow's pipeline on one source and return its summary, also if a snapshot was blocked.

    `flow`: a key of PIPELINES. `parameters`: those of the flow, by name.
    """
    with waiting(run, f"{source}: {PIPELINES[flow]}"):
        if tracked:
            track = getattr(import_module(f"flows.{flow}"), flow)
            try:
                return track(source, run.lake, quality=quality, **parameters)
            except RunBlocked as blocked:
                return cast("RunSummary", blocked.summary)
        from tasks.pipeline.run_context import open_run  # noqa: PLC0415 (it imports the parsers)

        pipeline = getattr(import_module(f"tasks.pipeline.{PIPELINES[flow]}"), flow)
        context = open_run(source, run.lake, at=datetime.now(UTC), check_quality=quality)
        return pipeline(context, **parameters)


class _StderrHandler(logging.Handler):
    """Writes log records to the standard error of now."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        lines = f"{record.name}: {self.format(record)}".split("\n")
        typer.echo("\n".join(map(printable, lines)), err=True)


def _log_steps(*, verbose: bool) -> None:
    """Show the steps and the warnings of libraries on standard error, or nothing."""
    logger = logging.getLogger()
    if not any(isinstance(one, _StderrHandler | logging.NullHandler) for one in logger.handlers):
        logger.addHandler(_StderrHandler() if verbose else logging.NullHandler())
    if verbose:
        logging.getLogger("vaxwatch").setLevel(logging.INFO)
