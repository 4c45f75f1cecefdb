"""Notes in `catalog/views.sql`: which vintages and files a section was made from.

A note still holds while later vintages have the same columns in the same types, no row stands in
quarantine in a table that never had one, and the files have the same layout.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

from tasks.catalog.datasets import Dataset
from tasks.catalog.file_descriptions import KINDS
from tasks.vault.manifest import Commit
from tasks.vault.reader_columns import layout_of

NOTES = re.compile(r"^-- \{.*\n", re.MULTILINE)
Note = TypedDict(  # noqa: UP013 (the names are in views.sql, which is a contract)
    "Note",
    {
        "after": int,
        "reshaped": int,
        "columns": Mapping[str, Mapping[str, str]],
        "unread": NotRequired[Sequence[str]],
        "files": NotRequired[Mapping[str, str]],
    },
)
"""
The vintages a section was made from, as JSON.

`after`: the number of vintages. `reshaped`: the commit since which vintages were only appended.
`columns`: the columns of each table, with their types. `unread`: the tables with rows that stood in
quarantine; absent in notes of earlier versions. `files`: the layout of the files of each table;
absent as before.
"""


def note_of(head: Commit, datasets: Sequence[Dataset]) -> Note | None:
    """Return the note for a section made from a commit; None if its SQL depends on times."""
    for one in datasets:
        is_shown = not any(figure.shown for figure in one.figures)
        if not is_shown or not one.is_steady or one.is_empty or one.since is not None:
            return None
    columns = {one.table: dict(one.types) for one in datasets}
    unparsable = [one.table for one in datasets if one.has_unparsable]
    return Note(
        after=_count(head),
        reshaped=head.reshaped,
        columns=columns,
        unread=unparsable,
        files={table: _layout(table) for table in columns},
    )


def _layout(table: str) -> str:
    """Return which columns the files of a table have beside those of its vintages."""
    return " ".join("/".join(layout_of(kind, table).values()) for kind in KINDS)


def read_note(section: str) -> Note | None:
    """Return the note at the top of a section; None where there is none, or no readable one."""
    first = section.partition("\n")[0]
    if not first.startswith("-- {"):
        return None
    try:
        note: Note = json.loads(first.removeprefix("-- "))
    except ValueError:
        return None
    return note if Note.__required_keys__ <= note.keys() else None


def still_holds(head: Commit, noted: Note) -> bool:
    """Return whether a section with this note is right at a commit."""
    added = _count(head) - noted["after"]
    if noted["reshaped"] != head.reshaped or not 0 <= added <= len(head.tail):
        return False
    if noted.get("files") != {table: _layout(table) for table in noted["columns"]}:
        return False
    may_lack = noted.get("unread", [])
    return all(
        (entry.quarantine is None or table in may_lack)
        and dict(entry.schema) == noted["columns"].get(table)
        for vintage in head.tail[len(head.tail) - added :]
        for table, entry in vintage.tables.items()
    )


def _count(head: Commit) -> int:
    return sum(page.count for page in head.pages) + len(head.tail)
