"""What works: ingest, backfill, demo, serve. Each brings Prefect in when it is run, not before."""

import traceback
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from schemas.errors import WrongUse
from tasks.origins import dated, plan
from tasks.sources import SOURCES, source_named
from tasks.vault.times import instant, moment
from vaxwatch.archive import archive_folder
from vaxwatch.commands.demo import ARCHIVES, demo_document, draw_demo
from vaxwatch.commands.running import DONE, Run, command, sentence, waiting
from vaxwatch.commands.summaries import (
    backfill_code,
    draw_backfill,
    draw_ingests,
    ingest_code,
)
from vaxwatch.documents import Document
from vaxwatch.reader import open_lake
from vaxwatch.settings import prepare_prefect

SupersedeOption = Annotated[
    bool, typer.Option("--supersede", help="Replace what is known of the same instant.")
]
Policies = StrEnum("Policies", ["missing", "failed", "all"])


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
    document = [_attempted(run, name, how) for name in wanted]
    run.answer(document, lambda console: draw_ingests(console, document))
    return ingest_code(document)


@command
def backfill(  # noqa: PLR0913 (one parameter per option, by the design of Typer)
    run: Run,
    source: Annotated[str, typer.Argument(metavar="SOURCE")],
    *,
    origin: Annotated[str, typer.Option("--origin", metavar="dir:PATH", help="Snapshots at hand.")],
    since: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="None had before it.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", metavar="TIME", help="None had after it.")
    ] = None,
    policy: Annotated[
        Policies, typer.Option("--policy", help="Which of them to take.")
    ] = Policies.missing,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done; do nothing.")
    ] = False,
    supersede: SupersedeOption = False,
) -> int:
    """Take older snapshots from an archive, each at the time at which that had it."""
    source_named(source)
    times = {
        "since": instant(since) if since else None,
        "until": moment(until) if until else None,
    }
    plan(source, origin, **times)  # a wrong origin is told at once, not after Prefect has started
    how = {"origin": origin, "policy": policy.value, "dry_run": dry_run, **times}
    how |= {"supersede": supersede}
    document = _backfilled(run, source, how)
    run.answer(document, lambda console: draw_backfill(console, document, dry_run=dry_run))
    return backfill_code(document)


@command
def demo(run: Run) -> int:
    """Run the embedded archive through the same flows as production, and show what came of it."""
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
    prepare_prefect(verbose=True, contact=run.settings.contact)
    from vaxwatch import serving  # noqa: PLC0415 (it imports Prefect)

    urls = {name: own.url for name, own in run.settings.sources.items() if own.url}
    serving.serve(run.lake, prefect_file=schedules or serving.PREFECT_FILE, urls=urls)
    return DONE


def asked_sources(names: Sequence[str], *, every: bool) -> list[str]:
    """
    Return the names of the sources asked for, each once.

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
    """Return how to take a file at hand; nothing when none is given. Raises WrongUse."""
    if file is None:
        if retrieved_at is not None:
            raise WrongUse("--retrieved-at says when a file was had; give --file PATH as well.")
        return {}
    if len(wanted) != 1:
        raise WrongUse(f"--file is of one source; {len(wanted)} are named: {', '.join(wanted)}.")
    if not file.is_file():
        raise WrongUse(f"--file {file}: there is no such file. Give the path of one.")
    if retrieved_at is None:
        dated(wanted[0], file)  # a file whose time nobody says is told before Prefect has started
    return {"file": str(file), "retrieved_at": instant(retrieved_at) if retrieved_at else None}


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
    prepare_prefect(verbose=run.asked.verbose, contact=run.settings.contact)
    from flows.ingest_snapshot import ingest_snapshot  # noqa: PLC0415 (it imports Prefect)

    own = run.settings.sources.get(name)
    with waiting(run, f"{name}: fetch, read, publish, compare"):
        return cast(
            "Document", ingest_snapshot(name, run.lake, url=own.url if own else None, **how)
        )


def _backfilled(run: Run, name: str, how: dict[str, Any]) -> Document:
    prepare_prefect(verbose=run.asked.verbose, contact=run.settings.contact)
    from flows.backfill_source import backfill_source  # noqa: PLC0415 (it imports Prefect)

    with waiting(run, f"{name}: every snapshot of {how['origin']}"):
        return cast("Document", backfill_source(name, run.lake, **how))
