"""A copied source is what writing it would have left."""

import io
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import polars as pl

from benchmarks.copied_source import CopiedSource
from benchmarks.scale import made_source, write_source, write_table
from benchmarks.simulation import problems
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.store import Store
from tests.tasks.vault.faults import copied

VINTAGES = 70
"""Two commits of a backfill, and the one that gathers their small segments."""


def frame(store: Store, key: str) -> pl.DataFrame:
    """Return the rows of a Parquet object."""
    blob = store.get(key)
    assert blob is not None
    return pl.read_parquet(io.BytesIO(blob.body))


def test_a_copy_is_what_writing_it_would_have_left(tmp_path: Path) -> None:
    """Every object of a lake of two written sources is that of one with a written one and a copy.

    Commits have random ids, which are made the same here. Of published tables the rows are
    compared: those of the copy are published after small segments were gathered, and state so.
    """
    for number in range(VINTAGES):
        write_table(tmp_path, number)
    written = MemoryStore("memory:lake")
    first, second = made_source(1), made_source(2)
    with patch("uuid.uuid4", lambda: SimpleNamespace(hex="0" * 32)):
        write_source(written, first, tmp_path)
        lake = copied(written, MemoryStore("memory:lake"))
        write_source(written, second, tmp_path)
        CopiedSource(lake, first.name).copy(second.name)
    assert [*lake.list("")] == [*written.list("")]
    other = {key for key in written.list("") if lake.get(key) != written.get(key)}
    assert all(Path(key).parent.name == "allocations" for key in other)
    for key in other:
        assert frame(lake, key).equals(frame(written, key))
    assert problems(lake, second.name) == []
