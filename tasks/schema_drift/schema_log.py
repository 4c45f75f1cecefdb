"""
Line: in which shape each snapshot of a source came, all of them in one small object.

Promises: each shape is written once, however many snapshots have it; one request reads the line of
all of them. It is a fold over the schema records beside it and is made again from them where it is
missing or damaged, all but the guesses, which are lost with it. A snapshot that broke the contract
with its source stays in it after it could be read at last, so that both are known.

    raw/<source>/shapes.json
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any, Final, TypeVar

from schemas.errors import LostRace
from schemas.source import Source
from tasks.schema_drift.declared_columns import settled
from tasks.schema_drift.refusals import RefusedSnapshot, refusal, refused_from
from tasks.schema_drift.source_schema import SourceSchema, schema_from_document
from tasks.vault.backends.store import Blob, Store

FORMAT: Final = 1
TRIES: Final = 50
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class SchemaLog:
    """
    The shape, as `declared.settled` has it, of each snapshot by id: read ones, refused ones.

    `guesses`: in sentences which columns of a snapshot may be others of the one before.
    """

    read: Mapping[str, SourceSchema] = field(default_factory=dict[str, SourceSchema])
    refused: Mapping[str, RefusedSnapshot] = field(default_factory=dict[str, RefusedSnapshot])
    guesses: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])

    def before(self, name: str) -> tuple[str, SourceSchema] | None:
        """
        Return the newest snapshot before one that was read, and the shape to expect after it.

        A table that it lacked is as in the newest one that had it and was read by that parser; a
        column that is blank in it held what it held when it was last filled.
        """
        older = sorted(one for one in self.read if one < name)
        if not older:
            return None
        version = self.read[older[-1]].parser_version
        alike = (schema for one in older if (schema := self.read[one]).parser_version == version)
        expected: SourceSchema | None = None
        for schema, _ in groupby(alike):  # most snapshots share one schema, also in memory
            expected = schema.filled_from(expected)
        return (older[-1], expected) if expected else None

    def refused_before(self, name: str) -> tuple[str, SourceSchema] | None:
        """Return the newest snapshot before one that was refused, and its shape."""
        newest = max((one for one in self.refused if one < name), default=None)
        return (newest, self.refused[newest].schema) if newest else None

    def waiting(self) -> RefusedSnapshot | None:
        """Return the newest snapshot that was refused, if neither it nor a newer one was read."""
        newest = max(self.refused, default="")
        return self.refused[newest] if newest > max(self.read, default="") else None


def schema_log_of(store: Store, source: Source) -> SchemaLog:
    """Return what is known of the shapes of a source's snapshots."""
    return _read(store, source)[0]


def update_schema_log(
    store: Store, source: Source, change: Callable[[SchemaLog], SchemaLog]
) -> None:
    """Change what is known. Raises LostRace when others were faster, again and again."""
    key = _key(source.name)
    for _ in range(TRIES):
        known, blob = _read(store, source)
        body = json.dumps(_document(change(known)), sort_keys=True, ensure_ascii=False).encode()
        if blob is not None and blob.body == body:
            return
        if store.put_if_match(key, body, blob.etag if blob else None):
            return
    raise LostRace(f"{store.uri}/{key}", TRIES)


def note_guesses(store: Store, source: Source, name: str, said: Sequence[str]) -> None:
    """Write down which columns of a snapshot may have another name now. Raises LostRace."""
    update_schema_log(
        store, source, lambda known: replace(known, guesses={**known.guesses, name: list(said)})
    )


def _key(source: str) -> str:
    return f"raw/{source}/shapes.json"


def _read(store: Store, source: Source) -> tuple[SchemaLog, Blob | None]:
    blob = store.get(_key(source.name))
    known = _parsed(blob.body, _shapes) if blob else None
    return known or _made_again(store, source), blob


def _made_again(store: Store, source: Source) -> SchemaLog:
    """Return the fold over the records, each of which is read for it."""
    schemas = _records(store, f"raw/{source.name}/wire/", schema_from_document)
    unread = _records(store, f"raw/{source.name}/unread/", refusal)
    return SchemaLog(
        read={name: settled(schema, source) for name, schema in schemas.items()},
        refused={
            name: replace(one, schema=settled(one.schema, source)) for name, one in unread.items()
        },
    )


def _records(
    store: Store, folder: str, make: Callable[[Mapping[str, Any]], T | None]
) -> dict[str, T]:
    """Return what the records of a folder say, by the id of the snapshot, of those that say it."""
    return {
        key.rpartition("/")[2].removesuffix(".json"): one
        for key in store.list(folder)
        if (blob := store.get(key)) and (one := _parsed(blob.body, make))
    }


def _parsed(body: bytes, make: Callable[[Mapping[str, Any]], T | None]) -> T | None:
    """Return what an object of JSON says, None where it cannot be read: it can be made again."""
    try:
        return make(json.loads(body))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _document(shapes: SchemaLog) -> dict[str, Any]:
    schemas = [*shapes.read.values(), *(one.schema for one in shapes.refused.values())]
    # Most snapshots share one shape, also in memory: each is hashed once.
    prints = {
        id(schema): schema.fingerprint
        for schema in {id(schema): schema for schema in schemas}.values()
    }
    refused = {
        name: one.document() | {"shape": prints[id(one.schema)]}
        for name, one in shapes.refused.items()
    }
    return {
        "format": FORMAT,
        "shapes": {prints[id(schema)]: schema.document() for schema in schemas},
        "read": {name: prints[id(schema)] for name, schema in shapes.read.items()},
        "refused": refused,
        "guesses": {name: list(said) for name, said in shapes.guesses.items()},
    }


def _shapes(document: Mapping[str, Any]) -> SchemaLog:
    schemas = {name: schema_from_document(shape) for name, shape in document["shapes"].items()}
    return SchemaLog(
        read={name: schemas[shape] for name, shape in document["read"].items()},
        refused={
            name: refused_from(told, schemas[told["shape"]])
            for name, told in document["refused"].items()
        },
        guesses=document["guesses"],
    )
