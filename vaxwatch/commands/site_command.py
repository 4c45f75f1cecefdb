"""site: render the pages that people read."""

import webbrowser
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from pkgutil import resolve_name
from typing import Annotated

import typer
from rich.console import Console

from schemas.errors import WrongUse
from vaxwatch.commands.command_runner import Run, command, waiting
from vaxwatch.commands.source_runs import TrackOption, prepare_runs
from vaxwatch.display import plural
from vaxwatch.documents import Document
from vaxwatch.reader import open_lake


@command
def site(
    run: Run,
    *,
    from_scratch: Annotated[
        bool, typer.Option("--from-scratch", help="Render every page, and look at no earlier one.")
    ] = False,
    open_page: Annotated[
        bool, typer.Option("--open", help="Open the front page in a browser.")
    ] = False,
    track: TrackOption = None,
) -> int:
    """Render the pages of countries, tables, sources and alerts into the lake's site/."""
    if open_page and "://" in run.lake:
        raise WrongUse(f"--open is for a lake in a folder; {run.lake} is none. Leave it out.")
    lake, at = open_lake(run.lake), datetime.now(UTC)
    tracked = prepare_runs(run, track=track)
    with waiting(run, "Render the site"):
        if tracked:
            summary = resolve_name("flows.render_site:render_site")(run.lake, from_scratch)
        else:
            from tasks.lake_runs.render_site import render_pages  # noqa: PLC0415 (it imports parsers)
            from tasks.summaries.recorded import Scope, recorded  # noqa: PLC0415 (as above)

            render = partial(render_pages, lake.store, at=at, from_scratch=from_scratch)
            summary = recorded(Scope(store=lake.store, source="site", at=at), "site", render)
    document = summary.document()
    code = run.answer(document, lambda console: _draw(console, document))
    if open_page:
        webbrowser.open(Path(document["front"]).resolve().as_uri())
    return code


def _draw(console: Console, document: Document) -> None:
    written, removed = document["written"], document["removed"]
    done = f"{plural(written, 'file')} written" if written else "Every page is up to date"
    gone = f", {removed:,} removed" if removed else ""
    console.print(f"{done}{gone}; the site has {plural(document['files'], 'file')}.")
    console.print(f"Open {document['front']}", soft_wrap=True)
