"""
Notes: from which vintages a section of the catalog was made, so that it need not be made again.

Promises: a section goes on to hold as long as the vintages behind those it was made from are plain:
the same columns in the same types, the whole table, no row in quarantine.
"""

from collections.abc import Mapping, Sequence
from typing import TypedDict

from tasks.catalog.datasets import ALWAYS, Dataset
from tasks.vault.manifest import Commit, TableVintage


class Note(TypedDict):
    """
    What a section was made from.

    `after`: so many vintages. `reshaped`: the commit since which vintages were only appended.
    `columns`: the columns of each table, with their types.
    """

    after: int
    reshaped: int
    columns: Mapping[str, Mapping[str, str]]


def note_of(head: Commit, datasets: Sequence[Dataset]) -> Note | None:
    """Return the note for a section made from a commit; None where a table is not plain."""
    if not all(_is_plain(one) for one in datasets):
        return None
    columns = {one.table: dict(one.types) for one in datasets}
    return Note(after=_count(head), reshaped=head.reshaped, columns=columns)


def goes_on(head: Commit, noted: Note) -> bool:
    """Return whether what a commit has beyond the noted vintages leaves the section as it is."""
    fresh = _count(head) - noted["after"]
    if noted["reshaped"] != head.reshaped or not 0 <= fresh <= len(head.tail):
        return False
    newest = head.tail[len(head.tail) - fresh :]
    return all(
        _fits(entry, noted["columns"].get(table))
        for vintage in newest
        for table, entry in vintage.tables.items()
    )


def _count(head: Commit) -> int:
    return sum(page.count for page in head.pages) + len(head.tail)


def _is_plain(one: Dataset) -> bool:
    shown = all(figure.shown == ALWAYS for figure in one.figures)
    return shown and one.is_steady and not one.is_empty and not one.has_unread and one.since is None


def _fits(entry: TableVintage, columns: Mapping[str, str] | None) -> bool:
    is_whole = entry.covers is None and entry.quarantine is None
    return is_whole and columns is not None and dict(entry.schema) == dict(columns)
