"""The schema log of a source, and the schema expected after it."""

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


def schema(*kinds: str, version: int = 1) -> SourceSchema:
    """Return a schema of one table by the kinds of its columns."""
    columns = tuple((f"c{at}", kind) for at, kind in enumerate(kinds))
    return SourceSchema(bodies={}, sheets={}, tables={"tests": columns}, parser_version=version)


def test_the_expected_kind_of_a_column_is_that_of_the_last_filled_one() -> None:
    """Read by the same parser version; a column that is gone is not expected."""
    read = {
        "1": schema("number", "day"),
        "2": schema("number", "number", "text"),
        "3": schema("blank", "blank"),
        "4": schema("blank", "text"),
        "5": schema("day", "day"),
        "6": schema("number", "number", version=2),
    }
    log = SchemaLog(read=read)
    assert log.before("4") == ("3", schema("number", "number"))
    assert log.before("5") == ("4", schema("number", "text"))
    assert log.before("7") == ("6", schema("number", "number", version=2))
    lacking = SchemaLog(read={**read, "4": replace(schema(), tables={})})
    assert lacking.before("5") == ("4", schema("number", "number"))
    assert log.before("1") is None


class Counted(MemoryStore):
    """A store that counts requests."""

    requests = 0

    def get(self, key: str) -> Blob | None:
        """Return the object."""
        self.requests += 1
        return super().get(key)

    def put_if_match(self, key: str, body: bytes, etag: str | None) -> bool:
        """Replace the object."""
        self.requests += 1
        return super().put_if_match(key, body, etag)

    def list(self, prefix: str) -> Iterator[str]:
        """Yield the keys."""
        self.requests += 1
        return super().list(prefix)


@pytest.mark.parametrize("count", [2, 40])
def test_requests_do_not_grow_with_the_vintages(count: int) -> None:
    """One to judge a shape by all those before, two to note it, one to look at all of them."""
    lake = Counted()
    for day in range(count):
        lake.requests = 0
        body = PLAIN.replace("10,", f"{day},").encode()
        main = Body(name="main", sha256=hashlib.sha256(body).hexdigest(), size=len(body))
        snapshot = Snapshot(
            source="doses", retrieved_at=DAY + timedelta(days=day), bodies=(main,), url=""
        )
        parsed = parse_fetched(
            FORECASTS, Fetched(snapshot=snapshot, contents={"main": body}, evidence={}), store=lake
        )
        assert parsed.schema is not None
        record_schemas(SchemaLogFile(lake, FORECASTS), {snapshot.id: parsed.schema})
        assert SchemaLogFile(lake, FORECASTS).log.read
    assert lake.requests == 4
