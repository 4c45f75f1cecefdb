"""quarantine release: let `latest` show a vintage that was held."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console

from vaxwatch.commands.command_runner import Run, command, waiting
from vaxwatch.commands.name_arguments import SourceArgument
from vaxwatch.commands.source_runs import NoQualityOption, prepare_runs
from vaxwatch.commands.summary_tables import draw_alerts
from vaxwatch.display import when


@command
def quarantine_release(
    run: Run,
    source: SourceArgument,
    wanted: Annotated[str, typer.Argument(metavar="ID", help="Of a vintage that is held.")],
    *,
    no_quality: NoQualityOption = False,
) -> int:
    """Let `latest` show a vintage that was held, and list the alerts that follow."""
    from tasks.pipeline.release import release  # noqa: PLC0415 (it imports pandera)
    from tasks.runs.run_context import open_run  # noqa: PLC0415 (as above)
    from vaxwatch.commands.recorded_runs import run_recorded  # noqa: PLC0415 (as above)

    at = datetime.now(UTC)
    prepare_runs(run, track=False)
    context = open_run(source, run.lake, at=at, check_quality=not no_quality)
    with waiting(run, f"{source}: release"):
        summary = run_recorded(
            run,
            "release",
            lambda: release(context, wanted),
            store=context.store,
            about=context.source.name,
            at=at,
        )
    document = summary.document()

    def draw(console: Console) -> None:
        console.print(f"{source} {wanted} is released.")
        for table, one in document["latest"].items():
            console.print(f"{source}.{table}: latest is of {when(one['as_of'])}.")
        for note in summary.run_notes:
            console.print(note)
        draw_alerts(console, document["alerts"])

    return run.answer(document, draw)
