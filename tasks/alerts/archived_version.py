"""An archived version in which rows are looked up: bodies, rows of the parser, lines of text."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import polars as pl

from schemas.columns import OURS, ROW
from schemas.records import Snapshot
from schemas.source import Source
from tasks.formats.text_rows import TextRow, TextRows
from tasks.parsing.canonical_texts import CanonicalTexts, canonical_texts
from tasks.parsing.published_tables import published_tables
from tasks.raw.archive import archived_snapshot
from tasks.raw.body_reader import BodyReader
from tasks.vault.backends.store import Store


class ArchivedVersion:
    """One archived version of a source; each part is read or parsed when it is first asked for.

    `snapshot`: None where the lake has no evidence of that fetch. `bodies`: the reader of a run
    that opens several versions. The properties raise Permanent for bytes that are gone, damaged or
    refused by the parser.
    """

    def __init__(
        self, store: Store, source: Source, vintage: str, bodies: BodyReader | None = None
    ) -> None:
        self.source, self.vintage = source, vintage
        self.snapshot: Snapshot | None = archived_snapshot(store, source.name, vintage)
        self._reader = bodies or BodyReader(store)
        self._tables: dict[str, ArchivedTable] = {}

    @cached_property
    def contents(self) -> Mapping[str, bytes]:
        """The bytes of each body, by its name."""
        bodies = self.snapshot.bodies if self.snapshot else ()
        return {body.name: self._reader.read(body.sha256) for body in bodies}

    @cached_property
    def parsed(self) -> Mapping[str, pl.DataFrame]:
        """The tables of the parser: the publisher's words, by the name of the table."""
        return published_tables(self.source, self.contents)

    def table(self, name: str) -> "ArchivedTable":
        """Return a table of the parser under our names."""
        if name not in self._tables:
            self._tables[name] = ArchivedTable(
                canonical_texts(self.parsed[name], name, self.source)
            )
        return self._tables[name]

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


class ArchivedTable:
    """A table of an archived version; a column is read when it is first asked for.

    Promises: rows are looked up without polars, which takes longer for a few rows.
    """

    def __init__(self, texts: CanonicalTexts) -> None:
        self._texts = texts
        self._columns: dict[str, Sequence[Any]] = {}
        self._by_text: dict[str, Mapping[str | None, Sequence[int]]] = {}

    def rows(self, key: Mapping[str, str], column: str | None) -> list[int]:
        """Return the numbers of the publisher's rows with a key; in a series the newest first.

        A key may have names that the table has no column of; they are no condition. `column`: of
        the rows those that have this figure, or all where none has it; None: all.
        """
        found: Sequence[int] = range(self._texts.cells.height)
        kinds = self._texts.kinds
        for own in (self._rows_by_text(name).get(key[name], ()) for name in key if name in kinds):
            found = own if len(found) == self._texts.cells.height else sorted({*found} & {*own})
        if column is not None and column in kinds:
            figures = self._column(column)
            found = [at for at in found if figures[at] is not None] or found
        if days := [name for name, kind in kinds.items() if kind == pl.Date()]:
            on = self._column(days[0])
            found = sorted(found, key=lambda at: (on[at] is not None, on[at] or 0), reverse=True)
        numbers = self._numbers
        return [number for at in found if (number := numbers[at]) is not None]

    @cached_property
    def _numbers(self) -> Sequence[int | None]:
        """The number of the publisher's row of each row."""
        numbers, origin = self._texts.cells[ROW].cast(pl.Int64), self._texts.origin
        return (numbers if origin is None else origin.gather(numbers - 1)).to_list()

    def _column(self, name: str) -> Sequence[Any]:
        """Return the values of a column, days as numbers."""
        if name not in self._columns:
            self._columns[name] = self._texts.column(name).to_physical().to_list()
        return self._columns[name]

    def _rows_by_text(self, name: str) -> Mapping[str | None, Sequence[int]]:
        if name not in self._by_text:
            found: dict[str | None, list[int]] = {}
            for at, text in enumerate(self._texts.column(name).cast(pl.String).to_list()):
                found.setdefault(text, []).append(at)
            self._by_text[name] = found
        return self._by_text[name]
