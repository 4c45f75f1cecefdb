"""marts: build the tables that BI tools open."""

from datetime import UTC, datetime
from functools import partial
from pkgutil import resolve_name
from typing import Annotated

import typer
from rich.console import Console

from vaxwatch.commands.command_runner import Run, command, waiting
from vaxwatch.commands.source_runs import TrackOption, prepare_runs
from vaxwatch.display import draw_table, plural
from vaxwatch.documents import Document
from vaxwatch.reader import open_lake


@command
def marts(
    run: Run,
    *,
    from_scratch: Annotated[
        bool, typer.Option("--from-scratch", help="Build every mart, and look at no earlier one.")
    ] = False,
    track: TrackOption = None,
) -> int:
    """Build the tables that BI tools open (marts), where their inputs have changed."""
    lake, at = open_lake(run.lake), datetime.now(UTC)
    tracked = prepare_runs(run, track=track)
    with waiting(run, "Build the marts"):
        if tracked:
            summary = resolve_name("flows.publish_marts:publish_marts")(run.lake, from_scratch)
        else:
            from tasks.lake_runs.lake_marts import build_marts  # noqa: PLC0415 (it imports parsers)
            from tasks.summaries.recorded import Scope, recorded  # noqa: PLC0415 (as above)

            build = partial(build_marts, lake.store, at=at, from_scratch=from_scratch)
            summary = recorded(Scope(store=lake.store, source="marts", at=at), "marts", build)
    document = summary.document()
    return run.answer(document, lambda console: _draw(console, document))


def _draw(console: Console, document: Document) -> None:
    done = sum(one["written"] for one in document["marts"])
    title = f"{plural(done, 'mart')} built" if done else "Every mart is up to date"
    lines = [
        (one["rows"], "built" if one["written"] else "", one["path"]) for one in document["marts"]
    ]
    draw_table(
        console, title, headings=(">rows", "", "open with DuckDB, pandas, Power BI, …"), lines=lines
    )
