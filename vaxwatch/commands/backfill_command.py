"""The command `backfill`: the older snapshots of a source."""

from enum import StrEnum
from functools import partial
from typing import Annotated

import typer

from schemas.errors import WrongUse
from tasks.sources import source_named
from tasks.vault.times import instant, parse_time
from vaxwatch.commands.backfill_progress import shown_progress
from vaxwatch.commands.command_runner import Run, command
from vaxwatch.commands.name_arguments import SourceArgument, SupersedeOption
from vaxwatch.commands.source_runs import NoQualityOption, TrackOption, run_and_answer
from vaxwatch.commands.summary_tables import draw_backfill

Policies = StrEnum("Policies", ["missing", "failed", "all"])
POLICIES = (
    "Take what is not published yet (missing), only what came before but could not be published "
    "(failed), or everything again (all)."
)
Runners = StrEnum("Runners", ["threads", "dask"])
RUNNERS = (
    "Read snapshots in threads, or by the workers of a Dask cluster: that of VAXWATCH_DASK_ADDRESS "
    "or one on this machine."
)
CHUNK = 64
"""As `tasks.pipeline.backfill.CHUNK`, which is not imported for a help text."""

OriginOption = Annotated[
    str, typer.Option("--origin", metavar="ORIGIN", help="Where they are, as listed above.")
]
SinceOption = Annotated[
    str | None, typer.Option("--from", metavar="TIME", help="None from before this time.")
]
UntilOption = Annotated[
    str | None, typer.Option("--to", metavar="TIME", help="None from after this time.")
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="List the plan; download and write nothing.")
]
ChunkOption = Annotated[int, typer.Option("--chunk", min=1, help="Snapshots per commit.")]


@command
def backfill(  # noqa: PLR0913 (one parameter per option, by the design of Typer)
    run: Run,
    source: SourceArgument,
    *,
    origin: OriginOption,
    since: SinceOption = None,
    until: UntilOption = None,
    policy: Annotated[Policies, typer.Option("--policy", help=POLICIES)] = Policies.missing,
    dry_run: DryRunOption = False,
    chunk: ChunkOption = CHUNK,
    runner: Annotated[Runners, typer.Option("--runner", help=RUNNERS)] = Runners.threads,
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

    Ctrl-C ends it after the snapshots in hand. To resume an interrupted
    backfill, run the same command again.
    """
    first, last = (instant(since) if since else None), (parse_time(until) if until else None)
    if first and last and first > last:
        raise WrongUse(f"--from {since} is after --to {until}; expected the earlier time first.")
    _check(source, origin, runner)
    return run_and_answer(
        run,
        "backfill_source",
        source,
        partial(draw_backfill, dry_run=dry_run),
        track=track,
        quality=not no_quality,
        shown=shown_progress(source, plain=run.asked.verbose),
        origin=origin,
        policy=policy.value,
        dry_run=dry_run,
        chunk=chunk,
        runner=runner.value,
        supersede=supersede,
        since=first,
        until=last,
    )


def _check(source: str, origin: str, runner: Runners) -> None:
    """Raise WrongUse where a backfill cannot work, before Prefect or a worker is started."""
    from tasks.origins import check  # noqa: PLC0415 (it imports the HTTP client)

    source_named(source)
    check(source, origin)
    if runner == Runners.dask:
        from tasks.pipeline.bulk.worker_pools import require_dask  # noqa: PLC0415 (few need it)

        require_dask()
