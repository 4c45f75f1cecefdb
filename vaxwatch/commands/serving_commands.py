"""The commands for runs that start by themselves: serve, deploy."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from vaxwatch.commands.command_runner import DONE, Run, command, report_waivers
from vaxwatch.display import draw_table, plural
from vaxwatch.documents import Document
from vaxwatch.prefect_api import prepare_prefect, require_api
from vaxwatch.settings import export_settings

SchedulesOption = Annotated[
    Path | None,
    typer.Option("--schedules", metavar="F.yaml", help="Another prefect.yaml that says when."),
]


@command
def serve(run: Run, schedules: SchedulesOption = None) -> int:
    """Run every schedule in this process until it is interrupted."""
    report_waivers(run)
    export_settings(run.settings)
    prepare_prefect(verbose=True)
    from vaxwatch.orchestration import prefect_file, serving  # noqa: PLC0415 (it imports Prefect)

    serving.serve(run.lake, prefect_file=schedules or prefect_file.PREFECT_FILE)
    return DONE


@command
def deploy(
    run: Run,
    schedules: SchedulesOption = None,
    *,
    pool: Annotated[str, typer.Option("--pool", help="The work pool whose workers run it.")] = (
        "local"
    ),
    notify: Annotated[
        str | None,
        typer.Option("--notify", metavar="TYPE/NAME", help="The block that automations notify."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change; change nothing.")
    ] = False,
) -> int:
    """Set up work pool, queues, deployments and automations on the Prefect server."""
    url = require_api()
    prepare_prefect(verbose=run.asked.verbose)
    from prefect.client.orchestration import get_client  # noqa: PLC0415 (few commands need Prefect)

    from vaxwatch.orchestration import deploying, prefect_file  # noqa: PLC0415 (as above)

    with deploying.refusals(url), get_client(sync_client=True) as client:
        changes = deploying.planned_changes(
            client, schedules or prefect_file.PREFECT_FILE, lake=run.lake, pool=pool, notify=notify
        )
        for change in changes if not dry_run else ():
            change.make()
    document = {
        "api": url,
        "lake": run.lake,
        "dry_run": dry_run,
        "changes": [change.document() for change in changes],
    }
    return run.answer(document, lambda console: _draw_changes(console, document))


def _draw_changes(console: Console, document: Document) -> None:
    """Draw each change in a line, and how many there are."""
    changes: list[dict[str, str]] = document["changes"]
    lines = [[one["kind"], one["name"], one["action"], one["detail"]] for one in changes]
    headings = ("what", "name", "to do" if document["dry_run"] else "done", "detail")
    draw_table(console, None, headings=headings, lines=lines)
    made = [one for one in changes if one["action"] != "unchanged"]
    if not made:
        console.print(f"{document['api']} has everything already; nothing was changed.")
    elif document["dry_run"]:
        console.print(f"{plural(len(made), 'change')} to make at {document['api']}; none was made.")
    else:
        console.print(f"{plural(len(made), 'change')} made at {document['api']}.")
