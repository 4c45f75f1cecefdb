"""The shapes of all snapshots of a source, and what is expected after them."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from schemas.records import Body, Fetched, Snapshot
from tasks.pipeline.parse import parse_fetched
from tasks.schema_drift.schema_log import SchemaLog, SchemaLogFile
from tasks.schema_drift.schema_records import record_schemas
from tasks.schema_drift.source_schema import SourceSchema
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.store import Blob
from tests.tasks.publisher import FORECASTS

DAY = datetime(2022, 2, 10, tzinfo=UTC)
PLAIN = "iso3,doses,forecast,note\nPRK,10,100,a\nKHM,20,200,b\nLAO,30,300,c\n"


def wire(*kinds: str, version: int = 1) -> SourceSchema:
    """Return a shape of one table by the kinds of its columns."""
    told = tuple((f"c{at}", kind) for at, kind in enumerate(kinds))
    return SourceSchema(bodies={}, sheets={}, tables={"tests": told}, parser_version=version)


def test_what_is_expected_is_what_each_column_held_when_it_was_last_filled() -> None:
    """In an older snapshot that the same parser read; of one that is gone nothing is expected."""
    read = {
        "1": wire("number", "day"),
        "2": wire("number", "number", "text"),
        "3": wire("blank", "blank"),
        "4": wire("blank", "text"),
        "5": wire("day", "day"),
        "6": wire("number", "number", version=2),
    }
    shapes = SchemaLog(read=read)
    assert shapes.before("4") == ("3", wire("number", "number"))
    assert shapes.before("5") == ("4", wire("number", "text"))
    assert shapes.before("7") == ("6", wire("number", "number", version=2))
    lacking = SchemaLog(read={**read, "4": replace(wire(), tables={})})
    assert lacking.before("5") == ("4", wire("number", "number"))
    assert shapes.before("1") is None


class Counted(MemoryStore):
    """A store that counts what it is asked."""

    asked = 0

    def get(self, key: str) -> Blob | None:
        """Return the object."""
        self.asked += 1
        return super().get(key)

    def put_if_match(self, key: str, body: bytes, etag: str | None) -> bool:
        """Replace the object."""
        self.asked += 1
        return super().put_if_match(key, body, etag)

    def list(self, prefix: str) -> Iterator[str]:
        """Yield the keys."""
        self.asked += 1
        return super().list(prefix)


@pytest.mark.parametrize("count", [2, 40])
def test_requests_do_not_grow_with_the_vintages(count: int) -> None:
    """One to judge a shape by all those before, two to note it, one to look at all of them."""
    lake = Counted()
    for day in range(count):
        lake.asked = 0
        body = PLAIN.replace("10,", f"{day},").encode()
        told = Body(name="main", sha256=hashlib.sha256(body).hexdigest(), size=len(body))
        snapshot = Snapshot(
            source="doses", retrieved_at=DAY + timedelta(days=day), bodies=(told,), url=""
        )
        item = parse_fetched(
            FORECASTS, Fetched(snapshot=snapshot, contents={"main": body}, evidence={}), store=lake
        )
        assert item.schema is not None
        record_schemas(SchemaLogFile(lake, FORECASTS), {snapshot.id: item.schema})
        assert SchemaLogFile(lake, FORECASTS).log.read
    assert lake.asked == 4
