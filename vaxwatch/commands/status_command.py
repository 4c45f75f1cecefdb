"""The command `status`: how every source and target stands, for people and for checks."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import typer
from rich.console import Console

from schemas.alerts import SEVERITIES
from schemas.errors import UnknownName, VaxwatchError
from schemas.source import Source
from tasks.runs.run_records import NO_SOURCES
from tasks.sources import SOURCES
from tasks.vault.backends.open_store import open_store
from tasks.watching.check_line import check_line, unknown_line
from tasks.watching.lake_status import LakeStatus, lake_status
from tasks.watching.raw_size import RawSize, raw_sizes
from tasks.watching.run_status import newest_run
from tasks.watching.source_status import SourceStatus
from vaxwatch.commands.command_runner import DONE, FAILED, NEEDS_ATTENTION, Run, command, sentence
from vaxwatch.commands.name_arguments import complete_source
from vaxwatch.console import write_line
from vaxwatch.display import draw_table, plural, short_span
from vaxwatch.documents import Document, plain
from vaxwatch.reader import open_lake

DAY: Final = len("2022-02-10")


@command
def status(
    run: Run,
    *,
    source: Annotated[
        list[str] | None,
        typer.Option(
            "--source", help="Only these; may be repeated.", autocompletion=complete_source
        ),
    ] = None,
    raw: Annotated[
        bool,
        typer.Option("--raw", help="Measure the raw archive of each source; asks for more names."),
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="One line for a monitoring check, with its figures.")
    ] = False,
) -> int:
    """Show how every source stands; exit code 3 when something needs a person."""
    chosen = chosen_sources(source or [])
    try:
        found = read_status(run, chosen, with_targets=not source)
    except VaxwatchError as error:
        if quiet and not run.asked.as_json:
            write_line(unknown_line(sentence(error)))
            return FAILED
        raise
    if quiet and not run.asked.as_json:
        write_line(check_line(found))
        return NEEDS_ATTENTION if found.problems else DONE
    names = [one.name for one in chosen]
    sizes = raw_sizes(open_store(run.lake), names, at=found.at) if raw else None
    run.answer(status_document(found, sizes), lambda console: _draw(console, found, sizes))
    return NEEDS_ATTENTION if found.problems else DONE


def chosen_sources(names: Sequence[str]) -> list[Source]:
    """Return the sources of these names, all without one. Raises UnknownName."""
    known = {source.name: source for source in SOURCES}
    for name in names:
        if name not in known:
            raise UnknownName("source", name, sorted(known))
    return [known[name] for name in dict.fromkeys(names)] or list(SOURCES)


def read_status(run: Run, sources: Sequence[Source], *, with_targets: bool = True) -> LakeStatus:
    """Return the status of the run's lake now. Raises WrongUse where there is none."""
    settings = run.settings
    targets = [target.name for target in settings.targets] if with_targets else None
    return lake_status(
        open_lake(run.lake).store,
        sources,
        at=datetime.now(UTC),
        waivers=settings.waivers,
        targets=targets,
    )


def status_document(found: LakeStatus, sizes: Sequence[RawSize] | None = None) -> Document:
    """Return a status in the shape of `status --json`; instants are null where there is none.

    `sizes`: of the raw archive, in `raw`, which is null where it was not measured.
    """
    known = NO_SOURCES.union(one.source for one in found.sources)
    return {
        "lake": found.lake,
        "at": plain(found.at),
        "ok": not found.problems,
        "problems": plain(found.problems),
        "sources": [_source_document(one) for one in found.sources],
        "targets": plain(list(found.targets)),
        "runs": plain([one for one in found.runs if one.source in known]),
        "raw": None if sizes is None else plain(list(sizes)),
    }


def _source_document(one: SourceStatus) -> Document:
    activity: Document = plain(one.activity)
    name = activity.pop("source")
    return {
        "name": name,
        "state": one.state,
        "is_scheduled": one.is_scheduled,
        "overdue_since": plain(one.overdue_since),
        **activity,
        "quarantined": one.quarantined,
        "open_alerts": {severity: one.alerts.get(severity, 0) for severity in SEVERITIES},
    }


def _draw(console: Console, found: LakeStatus, sizes: Sequence[RawSize] | None) -> None:
    headings = (
        *("source", "state", "last run", "vintage", ">age", ">changed", ">fetched", ">held"),
        *(">quarantined", "open alerts"),
    )
    rows = [_row(one, found) for one in found.sources]
    draw_table(console, None, headings=headings, lines=rows)
    if found.targets:
        lines = [(one.target, one.undelivered + one.unplanned, one.dead) for one in found.targets]
        draw_table(console, None, headings=("target", ">undelivered", ">given up"), lines=lines)
    if sizes:
        headings = ("raw archive", ">snapshots", ">contents", ">bytes", ">of them in 30 days")
        figures = [(it.source, it.snapshots, it.contents, it.size, it.growth) for it in sizes]
        draw_table(console, None, headings=headings, lines=figures)
    problems = [(one.kind, one.sentence, one.next_step) for one in found.problems]
    if problems:
        console.print()
        draw_table(console, None, headings=("problem", "what", "next"), lines=problems)
    console.print(f"{plural(len(problems), 'problem')}." if problems else "All is well.")


def _row(one: SourceStatus, found: LakeStatus) -> Sequence[object]:
    seen, at = one.activity, found.at
    run = newest_run(found.runs, one.source)
    worst = next((name for name in reversed(SEVERITIES) if one.alerts.get(name)), "")
    return (
        one.source,
        one.state if one.overdue_since is None else "overdue",
        run.state if run else None,
        plain(seen.last_as_of)[:DAY] if seen.last_as_of else None,
        _ago(seen.last_as_of, at),
        _ago(seen.last_change, at),
        _ago(seen.last_fetch, at),
        seen.held or None,
        one.quarantined or None,
        f"{sum(one.alerts.values())} ({worst})" if worst else None,
    )


def _ago(instant: datetime | None, at: datetime) -> str | None:
    return short_span(max(at - instant, timedelta())) if instant else None
