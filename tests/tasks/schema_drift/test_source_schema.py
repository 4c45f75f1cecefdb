"""The schema of a snapshot, and the notes when it changes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.columns_read import columns_read
from schemas.records import Outcome
from tasks.pipeline.rebuild import rebuild
from tasks.raw.archive import archive_snapshot
from tasks.schema_drift.schema_log import SchemaLogFile
from tasks.schema_drift.schema_records import record_schemas
from tasks.schema_drift.source_schema import (
    SourceSchema,
    columns_of,
    schema_from_document,
    source_schema_of,
)
from tasks.sources import source_named
from tasks.steps.parse import parse_fetched
from tasks.steps.publish import publish
from tasks.vault.backends.memory_store import MemoryStore
from tasks.web.fetch import from_file
from tests.tasks.publisher import DOSES, SMALL

DAY = datetime(2022, 2, 10, tzinfo=UTC)


@given(cells=st.lists(st.text(max_size=5), min_size=1, max_size=5), version=st.integers(1, 9))
def test_a_schema_survives_its_document(cells: list[str], version: int) -> None:
    """With the same fingerprint, whatever the cells are."""
    schema = source_schema_of(
        {}, {"tests": columns_of(pl.DataFrame({"a": cells}))}, parser_version=version
    )
    assert schema_from_document(schema.document()) == schema
    assert schema_from_document(schema.document()).fingerprint == schema.fingerprint


Take = Callable[[str, int], Outcome]


@pytest.fixture
def lake() -> MemoryStore:
    """Return an empty lake."""
    return MemoryStore()


@pytest.fixture
def take(lake: MemoryStore, tmp_path: Path) -> Take:
    """Return how a body that was retrieved so many days later is published."""

    def taken(body: str, day: int) -> Outcome:
        path = tmp_path / "at_hand.csv"
        path.write_text(body)
        fetched = from_file(DOSES, path, retrieved_at=DAY + timedelta(days=day))
        archive_snapshot(lake, fetched)
        return publish(lake, DOSES, [parse_fetched(DOSES, fetched)], at=DAY)[0]

    return taken


PLAIN = "iso3,doses\nPRK,0\n"
WITH_MORE = "iso3,doses,extra\nPRK,0,1\n"


def test_a_schema_change_is_a_note_of_the_outcome_and_schemas_are_recorded(
    lake: MemoryStore, take: Take
) -> None:
    """One note for all tables that changed alike; none without a change."""
    assert take(PLAIN, 0).notes == ()
    assert take(PLAIN, 1).notes == ()
    [note] = take(WITH_MORE, 2).notes
    assert note == "The wire format changed in allocations, deliveries: new column 'extra'."
    assert take(WITH_MORE, 2).notes == ()
    keys = list(lake.list("raw/doses/wire/"))
    assert len(keys) == 3
    record = lake.get(keys[0])
    assert record is not None
    assert b'"fingerprint": "' in record.body


def test_a_backfilled_snapshot_is_compared_with_the_one_before_it_in_time(take: Take) -> None:
    """Not with the newest."""
    take(PLAIN, 0)
    take(WITH_MORE, 9)
    assert take(PLAIN, 5).notes == ()


def test_a_rebuild_records_the_schemas_again(lake: MemoryStore, take: Take) -> None:
    """So that the next snapshot is compared with the schema of today's parser."""
    take(PLAIN, 0)
    [key] = lake.list("raw/doses/wire/")
    good = lake.get(key)
    lake.delete(key)
    lake.put_if_absent(key, b"noise")
    lake.delete("raw/doses/shapes.json")
    assert take(WITH_MORE, 1).notes == ()
    rebuild(lake, DOSES, at=DAY)
    again = lake.get(key)
    assert good is not None
    assert again is not None
    assert again.body == good.body


def test_no_schemas_write_nothing(lake: MemoryStore) -> None:
    """An empty lake stays empty."""
    assert record_schemas(SchemaLogFile(lake, SMALL), {}) == {}
    assert list(lake.list("")) == []


def test_columns_that_are_read_are_those_declared() -> None:
    """Every declared name of every canonical column, and the columns of `row_shape`."""
    read = columns_read(source_named("who_flunet"))["tests"]
    assert {"COUNTRY_CODE", "COUNTRY_AREA_TERRITORY", "INF_ALL", "ISOYW"} <= read
    assert "AH1" not in read


def test_source_schema_of_by_example() -> None:
    """`source_schema_of`, by its plainest cases."""
    frame = pl.DataFrame({"iso3": ["PRK"], "doses": ["1,992,000"], "note": [""]})
    assert source_schema_of({}, {"allocations": columns_of(frame)}, parser_version=1).tables == {
        "allocations": (("iso3", "text"), ("doses", "number"), ("note", "blank"))
    }


def test_filled_from_by_example() -> None:
    """`filled_from`, by its plainest cases."""
    earlier = SourceSchema(
        bodies={}, sheets={}, tables={"a": (("x", "number"),), "b": ()}, parser_version=1
    )
    now = replace(earlier, tables={"a": (("x", "blank"), ("y", "blank"))})
    assert now.filled_from(earlier).tables == {"a": (("x", "number"), ("y", "blank")), "b": ()}
