"""The commands that change a lake by a run of the pipeline: ingest, demo."""

from pathlib import Path
from typing import Annotated, Any

import typer

from schemas.error_text import sentence
from schemas.errors import WrongUse
from tasks.summaries.operation_summaries import BackfillSummary, IngestSummary
from vaxwatch.archive import archive_folder
from vaxwatch.commands.command_runner import Run, command, report_error, report_waivers
from vaxwatch.commands.demo import ARCHIVES, demo_document, draw_demo, render_demo
from vaxwatch.commands.name_arguments import SourcesArgument, SupersedeOption
from vaxwatch.commands.source_runs import (
    NoQualityOption,
    TrackOption,
    asked_sources,
    fetchable,
    file_options,
    prepare_runs,
    run_code,
    run_source,
)
from vaxwatch.commands.summary_tables import draw_ingests
from vaxwatch.console import report
from vaxwatch.reader import open_lake


@command
def ingest(  # noqa: PLR0913 (one parameter per option, by the design of Typer)
    run: Run,
    names: SourcesArgument = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Every source.")] = False,
    file: Annotated[Path | None, typer.Option("--file", help="A file at hand; no fetch.")] = None,
    retrieved_at: Annotated[
        str | None,
        typer.Option(
            "--retrieved-at",
            metavar="TIME",
            help="When it was retrieved; by default from its name.",
        ),
    ] = None,
    supersede: SupersedeOption = False,
    no_quality: NoQualityOption = False,
    track: TrackOption = None,
) -> int:
    """Fetch sources now, or take a file at hand, and publish what they show."""
    wanted = asked_sources(names or [], every=every)
    how = file_options(wanted, file, retrieved_at) | {"supersede": supersede}
    if file is None:
        addressed = {name for name, url in run.settings.sources.items() if url}
        wanted = fetchable(wanted, addressed, every=every)
    noted = report_waivers(run)
    how |= {"tracked": prepare_runs(run, track=track), "quality": not no_quality}
    summaries = [_attempted(run, name, how) for name in wanted]
    document = [summary.document() for summary in summaries]
    run.answer(document, lambda console: draw_ingests(console, document, noted))
    return run_code(summaries)


@command
def demo(run: Run, *, no_quality: NoQualityOption = False, track: TrackOption = None) -> int:
    """Publish the embedded sample archive by the same pipeline, and show the result."""
    report_waivers(run)
    how: dict[str, Any] = {"tracked": prepare_runs(run, track=track), "quality": not no_quality}
    summaries: list[BackfillSummary] = []
    for name in ARCHIVES:
        origin = f"dir:{archive_folder(name)}"
        summaries.append(run_source(run, "backfill_source", name, origin=origin, **how))
        if summaries[-1].asked_to_end:
            report("vaxwatch: interrupted; what was published stays published.")
            return run_code(summaries)
    lake = open_lake(run.lake)
    render_demo(run, lake, tracked=how["tracked"])
    document = demo_document(lake, run.lake, summaries)
    run.answer(document, lambda console: draw_demo(console, document))
    return run_code(summaries)


def _attempted(run: Run, name: str, how: dict[str, Any]) -> IngestSummary:
    """Ingest one source; a fault of it is reported and does not stop the others."""
    try:
        return run_source(run, "ingest_snapshot", name, **how)
    except WrongUse:
        raise
    except Exception as error:  # noqa: BLE001 (one source's fault is not another's)
        report_error(error, run.asked)
        return IngestSummary(source=name, error=sentence(error))
