"""retract: take a vintage that should never have been away from readers, or bring it back."""

from typing import Annotated

import typer

from vaxwatch.commands.command_runner import Run, command
from vaxwatch.commands.name_arguments import SourceArgument
from vaxwatch.commands.person import login_name
from vaxwatch.commands.source_runs import NoQualityOption, TrackOption, run_and_answer
from vaxwatch.commands.summary_tables import draw_retraction


@command
def retract(  # noqa: PLR0913 (one parameter per option, by the design of Typer)
    run: Run,
    source: SourceArgument,
    wanted: Annotated[str, typer.Argument(metavar="ID", help="Of the vintage.")],
    *,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, for the record.")],
    by: Annotated[
        str | None, typer.Option("--by", metavar="NAME", help="Who decides; else the login name.")
    ] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Bring a retracted vintage back.")] = False,
    no_quality: NoQualityOption = False,
    track: TrackOption = None,
) -> int:
    """Take a vintage that should never have been (a wrong time or file) away from readers.

    It stays in the log and in `vintages`, with the reason, and its bytes in
    the archive; no table, rule or alert rests on it any more. --undo brings
    it back.
    """
    return run_and_answer(
        run,
        "retract_vintage",
        source,
        draw_retraction,
        track=track,
        quality=not no_quality,
        wanted=wanted,
        reason=reason,
        by=" ".join((by or "").split()) or login_name(),
        undo=undo,
    )
