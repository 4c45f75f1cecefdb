"""Notes that record which vintages a section of the catalog was made from.

Promises: a section still holds while later vintages have the same columns in the same types, and no
row in quarantine in a table that never had one.
"""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

from tasks.catalog.datasets import ALWAYS, Dataset
from tasks.vault.manifest import Commit, TableVintage

Note = TypedDict(  # noqa: UP013 (the names are in views.sql, which is a contract)
    "Note",
    {
        "after": int,
        "reshaped": int,
        "columns": Mapping[str, Mapping[str, str]],
        "unread": NotRequired[Sequence[str]],
    },
)
"""
The vintages a section was made from, as JSON.

`after`: the number of vintages. `reshaped`: the commit since which vintages were only appended.
`columns`: the columns of each table, with their types. `unread`: the tables with rows that stood in
quarantine; absent in notes of earlier versions.
"""


def note_of(head: Commit, datasets: Sequence[Dataset]) -> Note | None:
    """Return the note for a section made from a commit; None if its SQL depends on times."""
    if not all(_is_plain(dataset) for dataset in datasets):
        return None
    columns = {dataset.table: dict(dataset.types) for dataset in datasets}
    unparsable = [dataset.table for dataset in datasets if dataset.has_unparsable]
    return Note(after=_count(head), reshaped=head.reshaped, columns=columns, unread=unparsable)


def still_holds(head: Commit, noted: Note) -> bool:
    """Return whether a section still holds at a commit with further vintages."""
    added = _count(head) - noted["after"]
    if noted["reshaped"] != head.reshaped or not 0 <= added <= len(head.tail):
        return False
    newest = head.tail[len(head.tail) - added :]
    return all(
        _fits(entry, noted["columns"].get(table), may_lack=table in noted.get("unread", []))
        for vintage in newest
        for table, entry in vintage.tables.items()
    )


def _count(head: Commit) -> int:
    return sum(page.count for page in head.pages) + len(head.tail)


def _is_plain(dataset: Dataset) -> bool:
    shown = all(figure.shown == ALWAYS for figure in dataset.figures)
    return shown and dataset.is_steady and not dataset.is_empty and dataset.since is None


def _fits(entry: TableVintage, columns: Mapping[str, str] | None, *, may_lack: bool) -> bool:
    is_read = entry.quarantine is None or may_lack
    return is_read and columns is not None and dict(entry.schema) == dict(columns)
