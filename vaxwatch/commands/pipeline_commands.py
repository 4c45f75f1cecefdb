"""The commands that change a lake by a run of the pipeline: ingest, backfill, demo."""

from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from schemas.error_text import sentence
from schemas.errors import WrongUse
from tasks.pipeline.operation_summaries import BackfillSummary, IngestSummary
from tasks.sources import source_named
from tasks.vault.times import instant, parse_time
from vaxwatch.archive import archive_folder
from vaxwatch.commands.command_runner import Run, command, report_error, report_waivers
from vaxwatch.commands.demo import ARCHIVES, demo_document, draw_demo
from vaxwatch.commands.name_arguments import SourceArgument, SourcesArgument
from vaxwatch.commands.source_runs import (
    NoQualityOption,
    TrackOption,
    asked_sources,
    fetchable,
    file_options,
    prepare_runs,
    run_and_answer,
    run_code,
    run_source,
)
from vaxwatch.commands.summary_tables import draw_backfill, draw_ingests
from vaxwatch.reader import open_lake

SupersedeOption = Annotated[
    bool, typer.Option("--supersede", help="Replace what is known of the same instant.")
]
Policies = StrEnum("Policies", ["missing", "failed", "all"])
POLICIES = (
    "Take what is not published yet (missing), only what came before but could not be published "
    "(failed), or everything again (all)."
)


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
def backfill(  # noqa: PLR0913 (one parameter per option, by the design of Typer)
    run: Run,
    source: SourceArgument,
    *,
    origin: Annotated[
        str, typer.Option("--origin", metavar="ORIGIN", help="Where they are, as listed above.")
    ],
    since: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="None from before this time.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", metavar="TIME", help="None from after this time.")
    ] = None,
    policy: Annotated[Policies, typer.Option("--policy", help=POLICIES)] = Policies.missing,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List the plan; download and write nothing.")
    ] = False,
    supersede: SupersedeOption = False,
    no_quality: NoQualityOption = False,
    track: TrackOption = None,
) -> int:
    """Publish older snapshots of a source, each at the time it was saved.

    ORIGIN says where they are:

    dir:PATH: a folder of files, one per snapshot. The time of each is in its
    _manifest.json, or in the file's name (2022-02-10.csv).

    git:REPO:PATH: every version of one file in a git repository on this
    machine, at the time of its commit.

    wayback: the Internet Archive's captures of the source's own address;
    wayback:URL for another one. At most 24 requests a minute.

    raw: the archive of this lake. With --policy failed it reads again what was
    unreadable before its parser was fixed.

    To resume an interrupted backfill, run the same command again.
    """
    from tasks.origins import check  # noqa: PLC0415 (it imports the HTTP client)

    source_named(source)
    first, last = (instant(since) if since else None), (parse_time(until) if until else None)
    if first and last and first > last:
        raise WrongUse(f"--from {since} is after --to {until}; expected the earlier time first.")
    check(source, origin)
    return run_and_answer(
        run,
        "backfill_source",
        source,
        partial(draw_backfill, dry_run=dry_run),
        track=track,
        quality=not no_quality,
        origin=origin,
        policy=policy.value,
        dry_run=dry_run,
        supersede=supersede,
        since=first,
        until=last,
    )


@command
def demo(run: Run, *, no_quality: NoQualityOption = False, track: TrackOption = None) -> int:
    """Publish the embedded sample archive by the same pipeline, and show the result."""
    report_waivers(run)
    how: dict[str, Any] = {"tracked": prepare_runs(run, track=track), "quality": not no_quality}
    summaries: list[BackfillSummary] = [
        run_source(run, "backfill_source", name, origin=f"dir:{archive_folder(name)}", **how)
        for name in ARCHIVES
    ]
    document = demo_document(open_lake(run.lake), run.lake, summaries)
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
