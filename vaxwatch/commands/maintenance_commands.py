"""What keeps a lake in order: verify, repair, compact, rebuild."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from schemas.errors import WrongUse
from tasks.catalog.system_tables import SYSTEM_SOURCES
from tasks.lake_runs.lake_check import committed_sources, lake_problems, repair_lake
from tasks.sources import source_named
from tasks.vault.garbage import abandoned_writes
from vaxwatch.commands.command_runner import DONE, FAILED, Run, command, waiting
from vaxwatch.commands.name_arguments import SourceArgument, SourcesArgument
from vaxwatch.commands.source_runs import NoQualityOption, TrackOption, run_and_answer
from vaxwatch.commands.summary_tables import draw_rebuild
from vaxwatch.display import plural
from vaxwatch.documents import Document
from vaxwatch.reader import Lake, open_lake, today

if TYPE_CHECKING:
    from tasks.summaries.maintain_summary import Compacted


@command
def verify(
    run: Run,
    *,
    deep: Annotated[
        bool,
        typer.Option("--deep", help="Read every object, and make all derived files to compare."),
    ] = False,
) -> int:
    """Check that every object of the lake is there and is what its name and its commit say."""
    lake = open_lake(run.lake)
    problems = lake_problems(lake.store, lake.in_force(), on=today(), deep=deep)
    document = {
        "lake": run.lake,
        "deep": deep,
        "sources": committed_sources(lake.store),
        "problems": _documents(problems, "problem"),
        "unfinished": abandoned_writes(lake.store, at=datetime.now(UTC)),
    }
    run.answer(document, lambda console: _draw_problems(console, document))
    return FAILED if problems else DONE


@command
def repair(run: Run) -> int:
    """Finish what a run that was killed left undone; rebuild derived files."""
    from tasks.summaries.maintain_summary import RepairSummary  # noqa: PLC0415 (`verify` reads)
    from vaxwatch.commands.recorded_runs import run_recorded  # noqa: PLC0415 (it imports parsers)

    lake, now = open_lake(run.lake), datetime.now(UTC)

    def act() -> RepairSummary:
        done = repair_lake(run.lake, lake.store, lake.in_force(), at=now)
        left = lake_problems(lake.store, lake.in_force(), on=now.date(), deep=False)
        return RepairSummary(source="lake", repaired=done, problems=left)

    with waiting(run, "repair"):
        summary = run_recorded(run, "repair", act, store=lake.store, about="lake", at=now)
    document = {
        "lake": run.lake,
        "sources": committed_sources(lake.store),
        "repaired": _documents(summary.repaired, "done"),
        "problems": _documents(summary.problems, "problem"),
    }
    run.answer(document, lambda console: _draw_repair(console, document))
    return FAILED if summary.is_failed else DONE


@command
def compact(
    run: Run,
    names: SourcesArgument = None,
    *,
    garbage: Annotated[
        bool, typer.Option("--collect", help="Remove what no commit names, once it is 7 days old.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="With --collect: say what would be removed.")
    ] = False,
) -> int:
    """Gather small objects into large ones; what any day's figures are stays the same."""
    if dry_run and not garbage:
        raise WrongUse("--dry-run is for --collect: a compaction by itself removes nothing.")
    from tasks.lake_runs.maintain import compact_source, remove_expired  # noqa: PLC0415 (`verify` reads)
    from tasks.summaries.maintain_summary import MaintainSummary  # noqa: PLC0415 (as above)
    from vaxwatch.commands.recorded_runs import run_recorded  # noqa: PLC0415 (it imports parsers)

    lake, now = open_lake(run.lake), datetime.now(UTC)
    wanted = _sources(lake, names or [])

    def act() -> MaintainSummary:
        done: list[Compacted] = []
        for name in wanted:
            with waiting(run, f"{name}: compact"):
                done.append(
                    compact_source(lake.store, name, at=now, collect=garbage, dry_run=dry_run)
                )
        if garbage and (left := remove_expired(lake.store, at=now, dry_run=dry_run)).removed:
            done.append(left)
        return MaintainSummary(source="lake", compacted=done)

    summary = (
        act()
        if dry_run
        else run_recorded(run, "compact", act, store=lake.store, about="lake", at=now)
    )
    document = [_compacted(one) for one in summary.compacted]
    return run.answer(document, lambda console: _draw_compact(console, document, dry_run=dry_run))


@command
def rebuild(
    run: Run,
    source: SourceArgument,
    *,
    no_quality: NoQualityOption = False,
    track: TrackOption = None,
) -> int:
    """Parse every vintage of a source again from its archived bytes, with today's parser."""
    return run_and_answer(
        run, "rebuild_source", source, draw_rebuild, track=track, quality=not no_quality
    )


def _documents(named: Sequence[tuple[str, str]], what: str) -> list[Document]:
    return [{"source": source, what: sentence} for source, sentence in named]


def _compacted(one: "Compacted") -> Document:
    return {"source": one.source, "compacted": one.is_done, "removed": list(one.removed)}


def _sources(lake: Lake, names: Sequence[str]) -> list[str]:
    there = sorted(lake.vaults())
    known = (name if name in SYSTEM_SOURCES else source_named(name).name for name in names)
    asked = list(dict.fromkeys(known)) or there
    for name in asked:
        if name not in there:
            raise WrongUse(f"{name} has no vintage in {lake.uri}. There are: {', '.join(there)}.")
    return asked


def _draw_problems(console: Console, document: Document) -> None:
    for problem in document["problems"]:
        console.print(f"{problem['source']}: {problem['problem']}")
    for name in document.get("unfinished", ()):
        console.print(
            f"{document['lake']}/{name} was left by a killed run and is part of nothing. "
            "Remove it by `vaxwatch compact --collect`."
        )
    count = len({*document["sources"]} - {*SYSTEM_SOURCES})
    looked = f"{plural(count, 'source') if count else 'No commit'} in {document['lake']}"
    found = plural(len(document["problems"]), "problem") if document["problems"] else "sound"
    console.print(f"{looked}: {found}.")


def _draw_repair(console: Console, document: Document) -> None:
    for one in document["repaired"]:
        console.print(f"{one['source']}: {one['done']}")
    if not document["repaired"]:
        console.print("There was nothing to repair.")
    _draw_problems(console, document)


def _draw_compact(console: Console, document: Sequence[Document], *, dry_run: bool) -> None:
    for one in document:
        done = "compacted" if one["compacted"] else "nothing to gather"
        gone = plural(len(one["removed"]), "object")
        if dry_run:
            for name in one["removed"]:
                console.print(f"{one['source']}/{name}")
            console.print(f"{one['source']}: {gone} would be removed.")
        else:
            removed = f"; {gone} removed" if one["removed"] else ""
            console.print(f"{one['source']}: {done}{removed}.")
