"""Source runs: which sources a command means, and their run: a pipeline function, or its flow.

Without a configured Prefect API neither Prefect is imported nor a process or a port opened.
"""

import logging
import os
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from pkgutil import resolve_name
from typing import Annotated, Any, Final

import typer

from schemas.contract_errors import RunBlocked, RunFailed
from schemas.errors import ByHand, WrongUse
from tasks.sources import SOURCES, source_named
from tasks.summaries.operation_summaries import BackfillSummary
from tasks.summaries.run_summary import RunSummary
from tasks.vault.times import instant
from vaxwatch.commands.command_runner import (
    DONE,
    FAILED,
    INTERRUPTED,
    NEEDS_ATTENTION,
    TERMINATED,
    Run,
    report_waivers,
    waiting,
)
from vaxwatch.console import report, report_lines
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
    "retract_vintage": "retract",
}
"""By flow, the module of `tasks.pipeline` that has the function of the same name."""
SIGNALLED: Final = {"SIGINT": INTERRUPTED, "SIGTERM": TERMINATED}
"""The exit codes of runs that a signal asked to end."""


def prepare_runs(run: Run, *, track: bool | None) -> bool:
    """Return whether the runs of a command are tracked; raises as `is_tracked`."""
    tracked = is_tracked(track=track)
    export_settings(run.settings)
    verbose = run.asked.verbose or bool(os.environ.get("VAXWATCH_LOG"))
    if tracked:
        prepare_prefect(verbose=verbose)
        return True
    logger = logging.getLogger()
    if not any(isinstance(one, _StderrHandler | logging.NullHandler) for one in logger.handlers):
        logger.addHandler(_StderrHandler() if verbose else logging.NullHandler())
    if verbose:
        logging.getLogger("vaxwatch").setLevel(logging.INFO)
    return False


def run_source(
    run: Run,
    flow: str,
    source: str,
    *,
    tracked: bool,
    quality: bool = True,
    shown: AbstractContextManager[object] | None = None,
    **parameters: Any,
) -> Any:
    """Run a flow's pipeline on one source and return its summary, also if a snapshot was blocked.

    `flow`: a key of PIPELINES. `shown`: shows how far the run has got; by default a spinner.
    `parameters`: those of the flow, by name.
    """
    with shown or waiting(run, f"{source}: {PIPELINES[flow]}"):
        if tracked:
            try:
                track = resolve_name(f"flows.{flow}:{flow}")
                return track(source, lake=run.lake, quality=quality, **parameters)
            except (RunBlocked, RunFailed) as ended:
                return ended.summary
        from tasks.runs.run_context import open_run  # noqa: PLC0415 (as above)
        from tasks.summaries.recorded import Scope, recorded  # noqa: PLC0415 (it imports parsers)

        pipeline = resolve_name(f"tasks.pipeline.{PIPELINES[flow]}:{flow}")
        context = open_run(source, run.lake, at=datetime.now(UTC), check_quality=quality)
        act = partial(pipeline, context, **parameters)
        return recorded(Scope.of(context), PIPELINES[flow], act)


def run_and_answer(
    run: Run,
    flow: str,
    source: str,
    draw: Callable[..., None],
    *,
    track: bool | None,
    **parameters: Any,
) -> int:
    """Run a flow's pipeline on one source, answer with its summary; return the exit code.

    `draw`: draws the summary's document, given also the notes that are on the screen already.
    """
    source_named(source)
    noted = report_waivers(run)
    tracked = prepare_runs(run, track=track)
    summary: RunSummary = run_source(run, flow, source, tracked=tracked, **parameters)
    document = summary.document()
    run.answer(document, lambda console: draw(console, document, noted))
    return run_code([summary])


class _StderrHandler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        from tasks.runs.run_log import shown  # noqa: PLC0415 (a run has imported it)

        report_lines(shown(record, self.format(record)))


def run_code(summaries: Iterable[RunSummary]) -> int:
    """Return 130 or 143 where a signal ended a run, else 1 (failed), 3 (needs attention) or 0."""
    listed = list(summaries)
    asked = [one.asked_to_end for one in listed if isinstance(one, BackfillSummary)]
    if by_signal := [SIGNALLED[one] for one in asked if one in SIGNALLED]:
        return by_signal[0]
    if any(summary.is_failed for summary in listed):
        return FAILED
    return NEEDS_ATTENTION if any(summary.needs_attention for summary in listed) else DONE


def asked_sources(names: Sequence[str], *, every: bool) -> list[str]:
    """Return the names of the sources asked for, each once.

    Raises WrongUse for none, or for names beside --all; UnknownName.

    >>> asked_sources(["unicef_market", "unicef_market"], every=False)
    ['unicef_market']
    """
    if bool(names) == every:
        known = ", ".join(source.name for source in SOURCES)
        raise WrongUse(f"Say which sources, or --all; there are: {known}.")
    return list(dict.fromkeys(source_named(name).name for name in names)) or [
        source.name for source in SOURCES
    ]


def file_options(
    wanted: Sequence[str], file: Path | None, retrieved_at: str | None
) -> dict[str, Any]:
    """Return the parameters of an ingest from a file; empty without a file. Raises WrongUse."""
    if file is None:
        if retrieved_at is not None:
            raise WrongUse("--retrieved-at is the time of a file; give --file PATH as well.")
        return {}
    if len(wanted) != 1:
        raise WrongUse(f"--file is of one source; {len(wanted)} are named: {', '.join(wanted)}.")
    if not file.is_file():
        raise WrongUse(f"--file {file}: there is no such file. Give the path of one.")
    if retrieved_at is None:
        from tasks.origins import time_in_name  # noqa: PLC0415 (it imports the HTTP client)

        time_in_name(wanted[0], file)  # a file without a time is refused before Prefect starts
    return {"file": str(file), "retrieved_at": instant(retrieved_at) if retrieved_at else None}


def fetchable(wanted: Sequence[str], addresses: Collection[str], *, every: bool) -> list[str]:
    """Return the sources that can be fetched; of all, the others are left out with a line.

    A source whose declared address is a page for people can, where `addresses` has its name: it was
    given another one. Raises ByHand for a source that was named.
    """
    found: list[str] = []
    for source in map(source_named, wanted):
        if not source.by_hand or source.name in addresses:
            found.append(source.name)
        elif every:
            report(f"vaxwatch: {source.name} is left out. {source.by_hand}")
        else:
            raise ByHand(source.name, source.url, source.by_hand)
    return found
