"""The schema log of a source, and the schema expected after it."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from schemas.records import Body, Fetched, Snapshot
from tasks.formats.body_format import body_format
from tasks.schema_drift.contract import snapshot_schema
from tasks.schema_drift.contract_check import check_contract
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


def snapshot_of(text: str, day: int) -> Fetched:
    """Return a snapshot of one body, retrieved so many days later."""
    body = text.encode()
    main = Body(name="main", sha256=hashlib.sha256(body).hexdigest(), size=len(body))
    at = DAY + timedelta(days=day)
    snapshot = Snapshot(source="doses", retrieved_at=at, bodies=(main,), url="")
    return Fetched(snapshot=snapshot, contents={"main": body}, evidence={})


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

    def list(self, prefix: str, *, after: str = "") -> Iterator[str]:
        """Yield the keys."""
        self.requests += 1
        return super().list(prefix, after=after)


@pytest.mark.parametrize("count", [2, 40])
def test_requests_do_not_grow_with_the_vintages(count: int) -> None:
    """One file reads the log once and writes it once."""
    lake = Counted()
    for day in range(count):
        lake.requests = 0
        log_file = SchemaLogFile(lake, FORECASTS)
        fetched = snapshot_of(PLAIN.replace("10,", f"{day},"), day)
        parsed = {"allocations": pl.read_csv(fetched.contents["main"], infer_schema=False)}
        formats = {"main": body_format(fetched.contents["main"])}
        new = snapshot_schema(FORECASTS, formats, parsed)
        name = fetched.snapshot.id
        assert not check_contract(log_file, name, parsed=parsed, schema=new, uncommitted={})
        record_schemas(log_file, {name: new})
        assert len(log_file.log.read) == day + 1
        assert log_file.log.unresolved_refusal() is None
    assert lake.requests == 2


def test_two_writers_of_one_log_lose_no_entry() -> None:
    """A writer whose copy of the log is stale reads it again before it writes."""
    lake = MemoryStore()
    first, second = SchemaLogFile(lake, FORECASTS), SchemaLogFile(lake, FORECASTS)
    assert first.log == second.log == SchemaLog()
    record_schemas(first, {"1": schema("number")})
    second.update(lambda log: replace(log, guesses={**log.guesses, "2": ["Perhaps."]}))
    record_schemas(first, {"3": schema("text")})
    stored = SchemaLogFile(lake, FORECASTS).log
    assert set(stored.read) == {"1", "3"}
    assert stored.guesses == {"2": ["Perhaps."]}
    assert first.log == stored
