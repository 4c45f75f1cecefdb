"""An archived version in which rows are looked up: bodies, rows of the parser, lines of text."""

from collections.abc import Mapping, Sequence
from functools import cached_property

import polars as pl

from schemas.columns import OURS
from schemas.records import Snapshot
from schemas.source import Source
from tasks.formats.text_rows import TextRow, TextRows
from tasks.parsing.published_tables import published_tables
from tasks.parsing.transform import Canonical, transform_table
from tasks.raw.archive import archived_snapshot
from tasks.raw.body_reader import BodyReader
from tasks.vault.backends.store import Store


class ArchivedVersion:
    """One archived version of a source; each part is read or parsed when it is first asked for.

    `snapshot`: None where the lake has no evidence of that fetch. The properties raise Permanent
    for bytes that are gone, damaged or refused by the parser.
    """

    def __init__(self, store: Store, source: Source, vintage: str) -> None:
        self.source, self.vintage = source, vintage
        self.snapshot: Snapshot | None = archived_snapshot(store, source.name, vintage)
        self._store = store
        self._tables: dict[str, Canonical] = {}
        self._newest_first: dict[str, pl.DataFrame] = {}

    @cached_property
    def contents(self) -> Mapping[str, bytes]:
        """The bytes of each body, by its name."""
        reader = BodyReader(self._store)
        bodies = self.snapshot.bodies if self.snapshot else ()
        return {body.name: reader.read(body.sha256) for body in bodies}

    @cached_property
    def parsed(self) -> Mapping[str, pl.DataFrame]:
        """The tables of the parser: the publisher's words, by the name of the table."""
        return published_tables(self.source, self.contents)

    def canonical(self, table: str) -> Canonical:
        """Return the rows of a table of the parser under our names."""
        if table not in self._tables:
            self._tables[table] = transform_table(self.parsed[table], table, self.source)
        return self._tables[table]

    def newest_first(self, table: str) -> pl.DataFrame:
        """Return these rows, in a series the newest day first."""
        if table not in self._newest_first:
            rows = self.canonical(table).frame
            days = [name for name, kind in rows.schema.items() if kind == pl.Date()]
            if days:
                rows = rows.sort(days[0], descending=True, nulls_last=True, maintain_order=True)
            self._newest_first[table] = rows
        return self._newest_first[table]

    def lines(
        self, table: str, cells: Mapping[int, Mapping[str, str | None]]
    ) -> dict[int, tuple[str, TextRow]]:
        """Return by the number of a row the name of its body, and where in it the row stands.

        `cells`: by the number of a row of the table its cells, by the publisher's column.
        """
        columns = [name for name in self.parsed[table].columns if name not in OURS]
        wanted = {place: [row.get(name) for name in columns] for place, row in cells.items()}
        found: dict[int, tuple[str, TextRow]] = {}
        for name, text in self._texts.items():
            found |= {place: (name, row) for place, row in text.rows(columns, wanted).items()}
        return found

    @cached_property
    def _texts(self) -> Mapping[str, TextRows]:
        return {name: TextRows(body) for name, body in self.contents.items()}

    def body_of(self, name: str | None) -> str | None:
        """Return the sha256 of a body; without a name that of the only one, None among several."""
        bodies: Sequence[tuple[str, str]] = [
            (body.name, body.sha256) for body in (self.snapshot.bodies if self.snapshot else ())
        ]
        named = [sha256 for own, sha256 in bodies if name in {own, None}]
        return named[0] if len(named) == 1 else None
