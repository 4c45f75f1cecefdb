"""
Notes: from which vintages a section of the catalog was made, so that it need not be made again.

Promises: a section goes on to hold as long as the vintages behind those it was made from have the
same columns in the same types, and no row in quarantine where there never was one.
"""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

from tasks.catalog.datasets import ALWAYS, Dataset
from tasks.vault.manifest import Commit, TableVintage


class Note(TypedDict):
    """
    What a section was made from.

    `after`: so many vintages. `reshaped`: the commit since which vintages were only appended.
    `columns`: the columns of each table, with their types. `unread`: the tables of which rows stood
    in quarantine; a note of before has none of them.
    """

    after: int
    reshaped: int
    columns: Mapping[str, Mapping[str, str]]
    unread: NotRequired[Sequence[str]]


def note_of(head: Commit, datasets: Sequence[Dataset]) -> Note | None:
    """Return the note for a section made from a commit; None where a table is not plain."""
    if not all(_is_plain(one) for one in datasets):
        return None
    columns = {one.table: dict(one.types) for one in datasets}
    unread = [one.table for one in datasets if one.has_unread]
    return Note(after=_count(head), reshaped=head.reshaped, columns=columns, unread=unread)


def goes_on(head: Commit, noted: Note) -> bool:
    """Return whether what a commit has beyond the noted vintages leaves the section as it is."""
    fresh = _count(head) - noted["after"]
    if noted["reshaped"] != head.reshaped or not 0 <= fresh <= len(head.tail):
        return False
    newest = head.tail[len(head.tail) - fresh :]
    return all(
        _fits(entry, noted["columns"].get(table), may_lack=table in noted.get("unread", []))
        for vintage in newest
        for table, entry in vintage.tables.items()
    )


def _count(head: Commit) -> int:
    return sum(page.count for page in head.pages) + len(head.tail)


def _is_plain(one: Dataset) -> bool:
    shown = all(figure.shown == ALWAYS for figure in one.figures)
    return shown and one.is_steady and not one.is_empty and one.since is None


def _fits(entry: TableVintage, columns: Mapping[str, str] | None, *, may_lack: bool) -> bool:
    is_read = entry.quarantine is None or may_lack
    return is_read and columns is not None and dict(entry.schema) == dict(columns)
