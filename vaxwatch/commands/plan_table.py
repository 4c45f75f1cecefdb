"""The plan of a backfill as a table."""

from collections.abc import Sequence
from typing import Final

from rich.console import Console

from vaxwatch.display import draw_table, plural, when
from vaxwatch.documents import Document

NO_ID_YET: Final = "known after download"
"""Shown instead of the id of a snapshot that was never downloaded."""
ENDS: Final = 25
"""Snapshots, the oldest and the newest, that are drawn of a long plan."""
STATES: Final = {
    "missing": "not here",
    "failed": "archived, not published",
    "published": "published",
}


def draw_plan(console: Console, source: str, planned: Sequence[Document]) -> None:
    """Draw which snapshots would be taken, by age; of a long plan both ends."""
    lines = [
        (when(one["as_of"]), one["file"], STATES[one["state"]], one["id"] or NO_ID_YET)
        for one in planned
    ]
    is_long = len(lines) > 2 * ENDS
    title = f"{source}: {plural(len(planned), 'snapshot')} would be taken"
    headings = ("as of", "file", "so far", "id")
    draw_table(console, title, headings=headings, lines=lines[:ENDS] if is_long else lines)
    if is_long:
        between = plural(len(lines) - 2 * ENDS, "more snapshot")
        title = f"{between}, which --json lists; then the newest"
        draw_table(console, title, headings=headings, lines=lines[-ENDS:])
