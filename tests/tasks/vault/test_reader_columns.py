"""One kind of file is one table over all sources; lakes of earlier versions get there by a run."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow.dataset as ds
import pytest
from polars.testing import assert_frame_equal

from schemas.tables import dtypes_of, key_of
from schemas.versions import TABLE_VERSIONS
from tasks.vault.backdated_insert import Draft, TableDraft
from tasks.vault.backends.folder_store import FolderStore
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.store import Store
from tasks.vault.commit import commit_snapshots
from tasks.vault.derived_tables import publish_tables
from tasks.vault.parquet_metadata import PublishedFile, to_parquet
from tasks.vault.queries import difference
from tasks.vault.states import state_of
from tasks.vault.vault_reader import VaultReader
from tasks.vault.verify import repair_vault, verify_vault
from tests.published import NOW, allocations, draft

KINDS = ("latest", "history", "changes", "vintages")
FIRST, SECOND = datetime(2022, 1, 3, tzinfo=UTC), datetime(2022, 1, 10, tzinfo=UTC)


def filled(store: Store) -> VaultReader:
    """Publish the allocations of two sources; the second one publishes other figures."""
    vault = VaultReader(store, "unicef_market")
    known: list[dict[str, int | None]] = [{"GHA": 5_000, "PRK": 8_115_600}, {"PRK": 1_540_800}]
    drafts = [
        draft("unicef_market", "allocations", allocations(doses), week=week)
        for week, doses in enumerate(known)
    ]
    commit_snapshots(vault, drafts, at=NOW)
    publish_tables(vault)
    other = VaultReader(store, "covax_allocations")
    announced = allocations({"PRK": 1_992_000}).rename({"doses_allocated": "doses_announced"})
    commit_snapshots(other, [draft(other.source, "allocations", announced, week=0)], at=NOW)
    publish_tables(other)
    return vault


def opened(store: Store, kind: str, source: str = "unicef_market") -> PublishedFile:
    """Return a published file."""
    return VaultReader(store, source).published("allocations", kind)


@pytest.mark.parametrize("kind", ["latest", "history"])
def test_every_file_has_all_declared_columns_in_their_order(kind: str) -> None:
    """Each names its source, and the instant and day of each version."""
    store = MemoryStore()
    filled(store)
    one, other = (opened(store, kind, it).whole() for it in ("unicef_market", "covax_allocations"))
    assert one.schema == other.schema
    declared = dtypes_of("allocations")
    assert list(one.schema.items())[1 : len(declared) + 1] == list(declared.items())
    assert one.columns[0] == "source"
    assert one["source"].unique().to_list() == ["unicef_market"]
    assert one["doses_announced"].null_count() == one.height
    days = one.select("as_of", "as_of_date").unique().sort("as_of").rows()
    latest = [(SECOND, date(2022, 1, 10))]
    assert days == (latest if kind == "latest" else [(FIRST, date(2022, 1, 3)), *latest])


def test_changes_and_vintages_name_source_and_day() -> None:
    """A figure that is gone has a change of -1."""
    store = MemoryStore()
    filled(store)
    changed = opened(store, "changes").whole()
    shown = changed.select("source", "as_of_date", "iso3", "after", "change", "rel_change")
    day = date(2022, 1, 10)
    assert shown.rows() == [
        ("unicef_market", day, "GHA", None, -5_000.0, -1.0),
        ("unicef_market", day, "PRK", 1_540_800.0, -6_574_800.0, -6_574_800 / 8_115_600),
    ]
    listed = opened(store, "vintages").whole().select("source", "as_of", "as_of_date")
    assert listed.row(1) == ("unicef_market", SECOND, day)


def test_readers_that_match_no_names_read_one_kind_over_all_sources(tmp_path: Path) -> None:
    """Neither pyarrow, which takes the columns of the first file for those of all, loses one."""
    filled(FolderStore(tmp_path))
    paths: Sequence[str] = sorted(map(str, tmp_path.glob("*/allocations/latest.parquet")))
    together: Any = ds.dataset(paths).to_table()
    sums = pl.DataFrame(together).select(pl.col("doses_announced", "doses_allocated").sum())
    assert sums.row(0) == (1_992_000, 1_540_800)
    by_pandas: Any = pd.concat(map(pd.read_parquet, paths))
    assert by_pandas.groupby("source")["doses_allocated"].sum()["unicef_market"] == 1_540_800


def test_a_table_keeps_columns_that_it_declares_no_more() -> None:
    """And one with another key is no table that is declared; its own `source` stays where it is."""
    store = MemoryStore()
    vault = VaultReader(store, "s")
    frame = pl.DataFrame({"day": [1], "source": ["x"], "given": [2.0]})
    made = draft("s", "allocations", allocations({"PRK": 1}), week=0)
    odd = Draft(
        snapshot=made.snapshot, tables={"allocations": TableDraft(frame=frame, key=("day",))}
    )
    commit_snapshots(vault, [odd], at=NOW)
    publish_tables(vault)
    expected = ["day", "source", "given", "as_of", "as_of_date"]
    assert opened(store, "latest", "s").whole().columns == expected
    more = allocations({"PRK": 1}).with_columns(given=pl.lit(2.0))
    commit_snapshots(VaultReader(store, "t"), [draft("t", "allocations", more, week=0)], at=NOW)
    publish_tables(VaultReader(store, "t"))
    columns = opened(store, "latest", "t").whole().columns
    assert columns == ["source", *dtypes_of("allocations"), "given", "as_of", "as_of_date"]
    assert {*key_of("allocations")} < {*columns}


def aged(store: MemoryStore) -> MemoryStore:
    """Return a lake whose files an earlier version wrote: their own columns, no change if gone."""
    old = MemoryStore()
    for key in store.list(""):
        blob = store.get(key)
        assert blob is not None
        body = blob.body
        if key.endswith(".parquet") and "_vault" not in key:
            file = PublishedFile.read(key, blob)
            rows, later = file.frame(), {"own", "layout", "declares"}
            if key.endswith("changes.parquet"):
                is_there = pl.col("after").is_not_null()
                changed = [
                    pl.when(is_there).then(name).alias(name) for name in ("change", "rel_change")
                ]
                rows = rows.with_columns(changed)
            body = to_parquet(rows, {n: v for n, v in file.metadata.items() if n not in later})
        old.put_if_absent(key, body)
    return old


def no_read(*_: object, **__: object) -> None:
    """Fail where a history is made from its segments again."""
    raise AssertionError


def test_a_lake_of_an_earlier_version_is_read_and_gets_the_columns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is sound and answers; the next run on an unchanged page writes its files, cheaply."""
    store = MemoryStore()
    vault = filled(store)
    old = aged(store)
    ancient = VaultReader(old, "unicef_market")
    assert verify_vault(ancient, deep=True) == []
    first, second = ancient.vintages()
    assert_frame_equal(
        difference(ancient, "allocations", first, second),
        difference(vault, "allocations", first, second),
    )
    assert state_of(ancient, "allocations", second).equals(state_of(vault, "allocations", second))
    monkeypatch.setattr("tasks.vault.table_publisher.operations", no_read)
    assert len(publish_tables(VaultReader(old, "unicef_market"))) == len(KINDS)
    monkeypatch.undo()
    for kind in KINDS:
        assert_frame_equal(opened(old, kind).whole(), opened(store, kind).whole())
    assert publish_tables(VaultReader(old, "unicef_market")) == []
    assert verify_vault(VaultReader(old, "unicef_market"), deep=True) == []


def test_a_new_column_of_a_table_reaches_files_without_news(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The metadata have the version of the table, so that a file of an earlier one is rewritten."""
    vault = filled(MemoryStore())
    assert publish_tables(vault) == []
    raised = {**TABLE_VERSIONS, "allocations": 99}
    monkeypatch.setattr("tasks.vault.reader_columns.TABLE_VERSIONS", raised)
    assert len(publish_tables(vault)) == len(KINDS)
    assert publish_tables(vault) == []
    assert repair_vault(vault, at=NOW) == []
