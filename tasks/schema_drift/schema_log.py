"""The schema log of a source: the schemas of all snapshots, in `raw/<source>/shapes.json`.

Promises: each schema is stored once, however many snapshots have it, and one request reads all of
them. The log derives from the records beside it (`schema_records`) and is rebuilt from them where
it is missing or damaged, except for the guesses, which are lost with it. A snapshot that broke the
contract stays listed as refused after it could be read.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from typing import Any, Final, TypeVar

from schemas.errors import Damaged
from schemas.source import Source
from tasks.schema_drift.declared_columns import comparable
from tasks.schema_drift.source_schema import SourceSchema, schema_from_document
from tasks.vault.backends.store import NOT_READ, Blob, Store
from tasks.vault.own_hash import encode, parsed, with_hash
from tasks.vault.vault_reader import VaultReader

LOG_NAME: Final = "shapes.json"
"""The name on disk is a contract, as are the keys of its JSON."""
READ_FOLDER: Final = "wire"
REFUSED_FOLDER: Final = "unread"
"""Folders of the records of snapshots that were read and refused; these names are a contract."""
TEXTS: Final = ("sha256", "url", "broken", "seen", "fault")
"""The texts of a refused snapshot in the log; the names on disk are a contract."""
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class RefusedSnapshot:
    """A snapshot that broke the contract with its source.

    `broken`: the class of the error. `seen`: the breach in a few words. `fault`: the whole
    sentence. `schema`: without tables where the parser failed.
    """

    as_of: datetime
    sha256: str
    url: str
    schema: SourceSchema
    broken: str
    seen: str
    fault: str

    def document(self) -> dict[str, str]:
        """Return everything but the schema as JSON values."""
        return {"as_of": self.as_of.isoformat()} | {name: getattr(self, name) for name in TEXTS}


@dataclass(frozen=True, kw_only=True, slots=True)
class SchemaLog:
    """The schemas of a source's snapshots by id (`declared_columns.comparable`): read and refused.

    `guesses`: by snapshot id, sentences about columns that may have been renamed.
    """

    read: Mapping[str, SourceSchema] = field(default_factory=dict[str, SourceSchema])
    refused: Mapping[str, RefusedSnapshot] = field(default_factory=dict[str, RefusedSnapshot])
    guesses: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])

    def before(self, snapshot_id: str) -> tuple[str, SourceSchema] | None:
        """Return the newest snapshot before one that was read, and the schema expected after it.

        Absent tables and blank columns are as in the newest snapshot, read by the same parser
        version, in which they were not.
        """
        older = sorted(one for one in self.read if one < snapshot_id)
        if not older:
            return None
        version = self.read[older[-1]].parser_version
        alike = (schema for one in older if (schema := self.read[one]).parser_version == version)
        expected: SourceSchema | None = None
        for schema, _ in groupby(alike):  # most snapshots share one schema, also in memory
            expected = schema.filled_from(expected)
        return (older[-1], expected) if expected else None

    def refused_before(self, snapshot_id: str) -> tuple[str, SourceSchema] | None:
        """Return the newest refused snapshot before one, and its schema."""
        newest = max((one for one in self.refused if one < snapshot_id), default=None)
        return (newest, self.refused[newest].schema) if newest else None

    def document(self) -> dict[str, Any]:
        """Return the log as JSON values: each schema once, under its fingerprint."""
        # Most snapshots share one schema, also in memory: each is hashed once.
        schemas = [*self.read.values(), *(one.schema for one in self.refused.values())]
        unique = {id(schema): schema for schema in schemas}
        prints = {key: schema.fingerprint for key, schema in unique.items()}
        return {
            "shapes": {prints[key]: schema.document() for key, schema in unique.items()},
            "read": {name: prints[id(schema)] for name, schema in self.read.items()},
            "refused": {
                name: one.document() | {"shape": prints[id(one.schema)]}
                for name, one in self.refused.items()
            },
            "guesses": self.guesses,
        }

    def unresolved_refusal(self) -> RefusedSnapshot | None:
        """Return the newest refused snapshot, if neither it nor a newer one was read."""
        newest = max(self.refused, default="")
        return self.refused[newest] if newest > max(self.read, default="") else None


class SchemaLogFile:
    """The schema log of one source in the lake: read once, then kept current by its own writes."""

    def __init__(self, store: Store, source: Source) -> None:
        self.store, self.source = store, source
        self._key = f"raw/{source.name}/{LOG_NAME}"
        self._log: SchemaLog | None = None
        self._stored: Blob | None = NOT_READ

    @property
    def log(self) -> SchemaLog:
        """The log as of the first read or the last write; rebuilt where it is damaged."""
        if self._log is None:
            self._stored = self.store.get(self._key)
            self._log = self._parsed_log(self._stored.body if self._stored else None)
        return self._log

    def update(self, change: Callable[[SchemaLog], SchemaLog]) -> bool:
        """Write a changed log; return whether its bytes changed. Raises LostRace."""

        def build(present: bytes | None) -> bytes:
            self._log = change(self._parsed_log(present))
            return encode(with_hash(self._log.document()))

        stored, self._stored = self._stored, NOT_READ  # once it is written its tag is not known
        return self.store.update(self._key, build, seen=stored)

    def _parsed_log(self, body: bytes | None) -> SchemaLog:
        """Return the log of an object's bytes; made from all records where it cannot be parsed."""
        if body is not None and (log := parsed_record(body, _log_from_document)):
            return log
        retracted = VaultReader(self.store, self.source.name).retracted
        read = self._records(READ_FOLDER, schema_from_document)
        read = {name: one for name, one in read.items() if name not in retracted}
        refused = self._records(
            REFUSED_FOLDER,
            lambda one: _refused(one, schema_from_document(one)) if one.get("broken") else None,
        )
        return SchemaLog(
            read={name: comparable(schema, self.source) for name, schema in read.items()},
            refused={
                name: replace(one, schema=comparable(one.schema, self.source))
                for name, one in refused.items()
            },
        )

    def _records(self, folder: str, make: Callable[[Mapping[str, Any]], T | None]) -> dict[str, T]:
        """Return the records of a folder by snapshot id; unparsable ones are left out."""
        return {
            key.rpartition("/")[2].removesuffix(".json"): record
            for key in self.store.list(f"raw/{self.source.name}/{folder}/")
            if (blob := self.store.get(key)) and (record := parsed_record(blob.body, make))
        }


def _refused(document: Mapping[str, Any], schema: SourceSchema) -> RefusedSnapshot:
    return RefusedSnapshot(
        as_of=datetime.fromisoformat(document["as_of"]),
        schema=schema,
        **{name: document[name] for name in TEXTS},
    )


def parsed_record(body: bytes, make: Callable[[Mapping[str, Any]], T | None]) -> T | None:
    """Return the value of a JSON object, None where it cannot be parsed and so is made again."""
    try:
        return make(parsed("", body))
    except (Damaged, ValueError, KeyError, TypeError, AttributeError):
        return None


def _log_from_document(document: Mapping[str, Any]) -> SchemaLog:
    schemas = {name: schema_from_document(shape) for name, shape in document["shapes"].items()}
    return SchemaLog(
        read={name: schemas[shape] for name, shape in document["read"].items()},
        refused={
            name: _refused(entry, schemas[entry["shape"]])
            for name, entry in document["refused"].items()
        },
        guesses=document["guesses"],
    )
