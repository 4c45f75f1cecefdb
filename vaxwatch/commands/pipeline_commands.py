"""What works: ingest, backfill, demo, serve. Each brings Prefect in when it is run, not before."""

import traceback
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from schemas.errors import RunBlocked, WrongUse
from tasks.origins import check
from tasks.sources import source_named
from tasks.vault.times import instant, moment
from vaxwatch.archive import archive_folder
from vaxwatch.commands.command_runner import DONE, Run, command, sentence, tell_waivers, waiting
from vaxwatch.commands.demo import ARCHIVES, demo_document, draw_demo
from vaxwatch.commands.exit_codes import backfill_code, ingest_code
from vaxwatch.commands.source_options import asked_sources, fetchable, file_options
from vaxwatch.commands.summary_tables import draw_backfill, draw_ingests
from vaxwatch.documents import Document
from vaxwatch.reader import open_lake
from vaxwatch.settings import prepare_prefect

SupersedeOption = Annotated[
    bool, typer.Option("--supersede", help="Replace what is known of the same instant.")
]
Policies = StrEnum("Policies", ["missing", "failed", "all"])
POLICIES = (
    "Take what is not published yet (missing), only what came before but could not be published "
    "(failed), or everything again (all)."
)


@command
def ingest(
    run: Run,
    names: Annotated[list[str] | None, typer.Argument(metavar="SOURCE…")] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Every source.")] = False,
    file: Annotated[Path | None, typer.Option("--file", help="A file at hand; no fetch.")] = None,
    retrieved_at: Annotated[
        str | None,
        typer.Option("--retrieved-at", metavar="TIME", help="When it was had; else its name says."),
    ] = None,
    supersede: SupersedeOption = False,
) -> int:
    """Fetch sources now, or take a file at hand, and publish what they say."""
    wanted = asked_sources(names or [], every=every)
    how = file_options(wanted, file, retrieved_at) | {"supersede": supersede}
    if file is None:
        addresses = {name for name, own in run.settings.sources.items() if own.url}
        wanted = fetchable(wanted, addresses, every=every)
    told = tell_waivers(run)
    document = [_attempted(run, name, how) for name in wanted]
    run.answer(document, lambda console: draw_ingests(console, document, told))
    return ingest_code(document)


@command
def backfill(  # noqa: PLR0913 (one parameter per option, by the design of Typer)
    run: Run,
    source: Annotated[str, typer.Argument(metavar="SOURCE")],
    *,
    origin: Annotated[
        str, typer.Option("--origin", metavar="ORIGIN", help="Where they are, as said above.")
    ],
    since: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="None from before this time.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", metavar="TIME", help="None from after this time.")
    ] = None,
    policy: Annotated[Policies, typer.Option("--policy", help=POLICIES)] = Policies.missing,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="List what would be taken; download and write nothing."),
    ] = False,
    supersede: SupersedeOption = False,
) -> int:
    """
    Publish older snapshots of a source, each at the time it was saved.

    ORIGIN says where they are:

    dir:PATH: a folder of files, one a snapshot. Its _manifest.json says when
    each was saved, or the file's name does (2022-02-10.csv).

    git:REPO:PATH: every version of one file in a git repository on this
    machine, at the time of its commit.

    wayback: what the Internet Archive has captured of the source's own address;
    wayback:URL for another one. It is asked at most 24 times a minute.

    raw: what this lake has kept. With --policy failed it reads again what it
    could not read before its parser was mended.

    A backfill that broke off goes on when the same command is run again.
    """
    source_named(source)
    times = {
        "since": instant(since) if since else None,
        "until": moment(until) if until else None,
    }
    check(source, origin)  # a wrong origin is told at once, not after Prefect has started
    how = {"origin": origin, "policy": policy.value, "dry_run": dry_run, **times}
    how |= {"supersede": supersede}
    told = tell_waivers(run)
    document = _backfilled(run, source, how)
    run.answer(document, lambda console: draw_backfill(console, document, told, dry_run=dry_run))
    return backfill_code(document)


@command
def demo(run: Run) -> int:
    """Run the embedded archive through the same flows as production, and show what came of it."""
    tell_waivers(run)
    summaries = [
        _backfilled(run, name, {"origin": f"dir:{archive_folder(name)}"}) for name in ARCHIVES
    ]
    document = demo_document(open_lake(run.lake), run.lake, summaries)
    run.answer(document, lambda console: draw_demo(console, document))
    return max(backfill_code(summary) for summary in summaries)


@command
def serve(
    run: Run,
    schedules: Annotated[
        Path | None,
        typer.Option("--schedules", metavar="F.yaml", help="Another prefect.yaml that says when."),
    ] = None,
) -> int:
    """Run every schedule in this process until it is interrupted."""
    settings = run.settings
    tell_waivers(run)
    prepare_prefect(verbose=True, contact=settings.contact, allow_private=settings.allow_private)
    from vaxwatch import serving  # noqa: PLC0415 (it imports Prefect)

    urls = {name: own.url for name, own in run.settings.sources.items() if own.url}
    serving.serve(run.lake, prefect_file=schedules or serving.PREFECT_FILE, urls=urls)
    return DONE


def _attempted(run: Run, name: str, how: dict[str, Any]) -> Document:
    """Ingest one source; what goes wrong with it is told and does not stop the others."""
    nothing: Document = {"source": name, "outcomes": [], "alerts": [], "notes": [], "error": None}
    try:
        return nothing | _ingested(run, name, how)
    except WrongUse:
        raise
    except Exception as error:  # noqa: BLE001 (one source's fault is not another's)
        if run.asked.debug:
            traceback.print_exc()
        typer.echo(f"vaxwatch: {sentence(error)}", err=True)
        return nothing | {"error": sentence(error)}


def _ingested(run: Run, name: str, how: dict[str, Any]) -> Document:
    prepare_prefect(
        verbose=run.asked.verbose,
        contact=run.settings.contact,
        allow_private=run.settings.allow_private,
    )
    from flows.ingest_snapshot import ingest_snapshot  # noqa: PLC0415 (it imports Prefect)

    own = run.settings.sources.get(name)
    with waiting(run, f"{name}: fetch, read, publish, compare"):
        return _summary(
            lambda: ingest_snapshot(name, run.lake, url=own.url if own else None, **how)
        )


def _backfilled(run: Run, name: str, how: dict[str, Any]) -> Document:
    prepare_prefect(
        verbose=run.asked.verbose, contact=run.settings.contact, wayback=run.settings.wayback
    )
    from flows.backfill_source import backfill_source  # noqa: PLC0415 (it imports Prefect)

    with waiting(run, f"{name}: every snapshot of {how['origin']}"):
        return _summary(lambda: backfill_source(name, run.lake, **how))


def _summary(flow: Callable[[], Any]) -> Document:
    """Return what a flow says it did, also one that fails since a snapshot was blocked."""
    try:
        return cast("Document", flow())
    except RunBlocked as blocked:
        return dict(blocked.summary)
