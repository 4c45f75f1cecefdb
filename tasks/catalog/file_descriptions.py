"""Descriptions of the Parquet files of a lake: columns, their units, and what null means.

The data package, the dictionary and the README of a lake are made from them. They follow from a
commit alone, so that describing a source reads nothing.
"""

import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

import polars as pl

from schemas.versions import FILE_VERSIONS
from tasks.catalog.file_columns import NOT_PUBLISHED, FileColumn
from tasks.vault.manifest import TableInfo
from tasks.vault.parquet_metadata import read_metadata
from tasks.vault.published_columns import (
    CHANGE_COLUMNS,
    VERSION_COLUMNS,
    VINTAGE_COLUMNS,
    VINTAGE_SCHEMA,
)
from tasks.vault.reader_columns import (
    AS_OF,
    AS_OF_DATE,
    READER_COLUMNS,
    SOURCE,
    DeclaredColumn,
    reader_order,
)
from tasks.vault.vault_reader import VaultReader

KINDS: Final = {
    "latest": "the newest version that is not held",
    "history": "every version of every row, with valid_from and valid_to",
    "changes": "every figure that changed: before, after, when",
    "vintages": "every version: when it was retrieved, what it changed, where it is from",
}
"""The files that every table has, and what each holds."""
KEYS: Final = {"alerts/alerts.parquet": ("fingerprint",)}
"""Keys of files whose metadata have none."""
EXTRA_TYPES: Final[dict[str, str]] = {
    **dict.fromkeys(("before", "after", "change", "rel_change", "last_known"), "Float64"),
    **dict.fromkeys(("as_of", "last_known_until", "valid_from", "valid_to"), "Datetime"),
}
"""Types of the columns of changes and history that are no text."""
ADDED: Final = tuple(
    FileColumn(name=name, type=kind, description=READER_COLUMNS[name], null_default="never null")
    for name, kind in ((SOURCE, "String"), (AS_OF, "Datetime"), (AS_OF_DATE, "Date"))
)
"""The columns that files of all kinds have beside those of the vault."""
Declares = Callable[[str, tuple[str, ...]], Mapping[str, DeclaredColumn]]


@dataclass(frozen=True, kw_only=True, slots=True)
class FileDescription:
    """One Parquet file of a lake.

    `path`: in the lake. `name`: in the data package. `section`: the source, or the folder, that it
    belongs to. `kind`: one of KINDS, else ''. `version`: of its columns. `key`: may be empty.
    `about`: what it holds and what a row is; '' where that is not stated.
    """

    path: str
    name: str
    section: str
    kind: str
    version: int
    columns: tuple[FileColumn, ...]
    about: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that identify a row."""
        return tuple(column.name for column in self.columns if column.is_key)


def undeclared(table: str, key: tuple[str, ...]) -> Mapping[str, DeclaredColumn]:
    """Return no columns, for readers that are to load no models of tables."""
    del table, key
    return {}


def files_of_source(vault: VaultReader, declares: Declares = undeclared) -> list[FileDescription]:
    """Return the files of each table of a source as its newest commit gives them; none before.

    `declares`: returns the columns that a table declares, by its name and key.
    """
    if vault.head is None:
        return []
    return [
        one
        for table, info in vault.head.tables.items()
        for one in _of_table(vault, table, info, declares(table, tuple(info.key)))
    ]


def _of_table(
    vault: VaultReader, table: str, info: TableInfo, declared: Mapping[str, DeclaredColumn]
) -> Iterator[FileDescription]:
    own = _own_columns(vault, table, info)
    key = [column for column in own if column.is_key]
    of_changes = _extra(CHANGE_COLUMNS, EXTRA_TYPES, key=("id", "column"))
    of_kind = {
        "latest": own,
        "history": [*own, *_extra(VERSION_COLUMNS, EXTRA_TYPES, key=("valid_from",))],
        "changes": [*of_changes[:2], *key, *of_changes[2:]],
        "vintages": _extra(
            VINTAGE_COLUMNS, {n: str(t) for n, t in VINTAGE_SCHEMA.items()}, ("id",)
        ),
    }
    added = [*_declared(declared), *ADDED]
    for kind, columns in of_kind.items():
        known = {column.name: column for column in [*added, *columns]}
        order = reader_order(kind, [column.name for column in columns], [*declared])
        yield FileDescription(
            path=f"{vault.source}/{table}/{kind}.parquet",
            name=f"{vault.source}.{table}" + ("" if kind == "latest" else f".{kind}"),
            section=vault.source,
            kind=kind,
            version=info.version if kind == "latest" else FILE_VERSIONS[kind],
            columns=tuple(known[name] for name in order),
            about=KINDS[kind],
        )


def _declared(declared: Mapping[str, DeclaredColumn]) -> list[FileColumn]:
    """Return the columns that a table declares, as of a source that publishes none of them."""
    return [
        FileColumn(
            name=name,
            type=str(column.dtype),
            description=column.description,
            null_default=NOT_PUBLISHED,
        )
        for name, column in declared.items()
    ]


def _own_columns(vault: VaultReader, table: str, info: TableInfo) -> list[FileColumn]:
    """Return key and figures of a table: those of the vintages that the newest commit lists."""
    tail = vault.head.tail if vault.head else ()
    schemas = (one.tables[table].schema for one in reversed(tail) if table in one.tables)
    types: dict[str, str] = {}
    for name, kind in chain.from_iterable(schemas):
        types.setdefault(name, kind)
    return [
        FileColumn(
            name=name,
            type=kind,
            description=info.descriptions.get(name, ""),
            is_key=name in info.key,
            null_default=NOT_PUBLISHED,
        )
        for name, kind in types.items()
    ]


def _extra(
    descriptions: Mapping[str, str], types: Mapping[str, str], key: Sequence[str]
) -> list[FileColumn]:
    return [
        FileColumn(name=it, type=types.get(it, "String"), description=text, is_key=it in key)
        for it, text in descriptions.items()
    ]


def file_in(path: str, body: bytes) -> FileDescription:
    """Return the description of a published file, from what its own Parquet metadata state.

    `path`: in the lake; its folder is the section. Raises PolarsError where it is no Parquet.
    """
    metadata, types = read_metadata(body), pl.read_parquet_schema(io.BytesIO(body))
    descriptions: dict[str, str] = json.loads(metadata.get("columns", "{}"))
    key = KEYS.get(path) or [name for name in metadata.get("key", "").split(",") if name]
    section, _, file = path.rpartition("/")
    return FileDescription(
        path=path,
        name=f"{section}.{file.removesuffix('.parquet')}",
        section=section,
        kind="",
        version=int(metadata.get("layout") or metadata.get("version") or 1),
        about=metadata.get("about", ""),
        columns=tuple(
            FileColumn(
                name=name,
                type=str(kind),
                description=descriptions.get(name, ""),
                is_key=name in key,
            )
            for name, kind in types.items()
        ),
    )
