import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

from schemas.errors import Damaged
from schemas.records import Body, Fetched, Snapshot
from schemas.source import Source
from tasks.pipeline.bulk.parsed_object import parsed_key, take_parsed, write_parsed
from tasks.sources import source_named
from tasks.steps.parse import ReadSnapshot, read_snapshot
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.open_store import open_store
from tasks.vault.garbage import DAY, WEEK, collect_garbage
from tasks.vault.vault_reader import VaultReader
from tests.golden import BODIES, bodies_of
from tests.parsed import HAD_AT
from tests.tasks.pipeline.bulk.archives import NOW, SOURCE, archive, backfilled


def fetched_fixture(path: Path) -> Fetched:
    """Return a fixture as it is fetched."""
    contents = bodies_of(path)
    bodies = tuple(
        Body(name=name, sha256=hashlib.sha256(body).hexdigest(), size=len(body))
        for name, body in contents.items()
    )
    snapshot = Snapshot(source=path.parent.name, retrieved_at=HAD_AT, bodies=bodies, url="")
    return Fetched(snapshot=snapshot, contents=contents, evidence={})


def read_fixture(path: Path) -> tuple[Source, ReadSnapshot]:
    """Return the source of a fixture, and what the fixture says."""
    source = source_named(path.parent.name)
    return source, read_snapshot(source, fetched_fixture(path))


MARKET = next(path for path in BODIES if path.parent.name == SOURCE and path.stem == "export")


def test_every_source_is_the_same_behind_an_object() -> None:
    """Rows with their types, quarantined rows, counts, schema and notes; the object is gone."""
    store = MemoryStore()
    for path in BODIES:
        source, read = read_fixture(path)
        assert read.error is None
        assert read.tables is not None
        assert read.published is not None
        sha256 = write_parsed(store, source, read)
        again = take_parsed(store, source, read.fetched, sha256)
        assert again.tables is not None
        assert again.published is not None
        assert (again.schema, [*again.notes]) == (read.schema, [*read.notes])
        for name, table in read.tables.items():
            other = again.tables[name]
            assert_frame_equal(other.frame, table.frame)
            assert_frame_equal(other.quarantined, table.quarantined)
            assert (other.rows, other.bad, other.left_out) == (
                (table.rows, table.bad, table.left_out)
            )
            assert other.no_countries == table.no_countries
        assert {*again.published} == {*read.published}
        for name, frame in read.published.items():
            assert_frame_equal(again.published[name], frame)
        assert store.get(parsed_key(source.name, sha256)) is None


@pytest.mark.parametrize("spoilt", [None, b"PK other bytes"])
def test_an_object_that_is_gone_or_spoilt_is_damage(spoilt: bytes | None) -> None:
    """The reader then reads the snapshot by itself."""
    store, (source, read) = MemoryStore(), read_fixture(MARKET)
    sha256 = write_parsed(store, source, read)
    store.update(parsed_key(source.name, sha256), lambda _: spoilt)
    if spoilt is None:
        store.delete(parsed_key(source.name, sha256))
    with pytest.raises(Damaged, match="no object or other bytes"):
        take_parsed(store, source, read.fetched, sha256)


def test_what_another_version_of_the_parser_read_is_refused() -> None:
    """A worker of a cluster may run an older release."""
    store, (source, read) = MemoryStore(), read_fixture(MARKET)
    old = replace(read, schema=replace(read.schema, parser_version=source.parser_version - 1))
    sha256 = write_parsed(store, source, old)
    with pytest.raises(Damaged, match="version"):
        take_parsed(store, source, read.fetched, sha256)


def test_an_object_that_is_left_behind_is_garbage_of_the_vault(tmp_path: Path) -> None:
    """A killed run leaves some; `compact --collect` removes them after a week."""
    backfilled(tmp_path / "lake", archive(tmp_path / "archive", 2))
    store = open_store(str(tmp_path / "lake"))
    source, read = read_fixture(MARKET)
    key = parsed_key(SOURCE, write_parsed(store, source, read))
    vault = VaultReader(store, SOURCE)
    written = store.written_at(key)
    assert written is not None
    name = key.removeprefix(f"{SOURCE}/")
    assert name not in collect_garbage(vault, at=written + WEEK - DAY, dry_run=False)
    assert name in collect_garbage(vault, at=max(written, NOW) + WEEK + DAY, dry_run=False)
    assert store.get(key) is None
