"""What BI tools open: whole, stamped, never older over newer; and the checks that watch over it."""

import json
from datetime import timedelta

import duckdb
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest
from polars.testing import assert_frame_equal

from tasks.vault.backends.folder_store import FolderStore
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.store import Store
from tasks.vault.commit import commit_snapshots
from tasks.vault.compact import compact_vault
from tasks.vault.derived_tables import publish_tables
from tasks.vault.garbage import collect_garbage
from tasks.vault.own_hash import encode, with_hash
from tasks.vault.parquet_metadata import PublishedFile, read_metadata, to_parquet
from tasks.vault.rewrite import rebuild_vault, release_vintage
from tasks.vault.states import state_of
from tasks.vault.vault_reader import VaultReader
from tasks.vault.verify import repair_vault, verify_vault
from tests.tasks.vault.conftest import NOW, draft
from tests.tasks.vault.test_vault import AZ, LADDER, vault_of

NAMES = ["latest", "history", "changes", "vintages"]


def published(store: Store, name: str) -> pl.DataFrame:
    """Return what the vault keeps in one derived object."""
    return PublishedFile.read(name, store.get(f"s/doses/{name}.parquet")).frame()


def test_publishing_twice_is_publishing_once(store: Store) -> None:
    """The second time, nothing is written."""
    vault = vault_of(*LADDER, store=store)
    assert publish_tables(vault) == [f"doses/{name}.parquet" for name in NAMES]
    assert publish_tables(vault) == []


def test_latest_is_the_newest_vintage() -> None:
    """The object holds the state of the greatest as_of, and says which."""
    store = MemoryStore()
    vault = vault_of(*LADDER, store=store)
    publish_tables(vault)
    assert published(store, "latest").rows() == [(*AZ, 0)]
    blob = store.get("s/doses/latest.parquet")
    assert blob is not None
    seen = read_metadata(blob.body)
    assert seen["id"] == vault.vintages()[-1].id
    assert seen["gen"] == "5"
    described = json.loads(seen["columns"])
    assert [*described] == ["source", "iso3", "product", "doses", "as_of", "as_of_date"]
    assert described["as_of_date"] == "day (UTC) of as_of"


def test_history_answers_as_of_any_day() -> None:
    """valid_from <= t < valid_to gives the rows of every vintage."""
    store = MemoryStore()
    vault = vault_of(*LADDER, store=store)
    publish_tables(vault)
    history = published(store, "history")
    for vintage in vault.vintages():
        at = pl.lit(vintage.as_of)
        stands = pl.col("valid_to").is_null() | (pl.col("valid_to") > at)
        rows = history.filter((pl.col("valid_from") <= at) & stands)
        assert_frame_equal(
            rows.drop("valid_from", "valid_to", "gone"), state_of(vault, "doses", vintage)
        )


def test_changes_are_cells() -> None:
    """Every change of every figure, with before, after and kind; beginnings are none."""
    store = MemoryStore()
    publish_tables(vault_of(*LADDER, store=store))
    found = published(store, "changes").select("product", "before", "after", "kind")
    assert found.rows() == [
        ("AstraZeneca", 8_115_600.0, 1_288_800.0, "revised"),
        ("Covovax", None, 252_000.0, "added"),
        ("Covovax", 252_000.0, None, "withdrawn"),
        ("AstraZeneca", 1_288_800.0, 0.0, "revised"),
    ]


def test_an_older_writer_never_overwrites_a_newer_one() -> None:
    """A slow writer with an old view leaves the newer object alone."""
    store = MemoryStore()
    slow = vault_of(*LADDER[:2], store=store)
    publish_tables(vault_of(*LADDER[2:], store=store))
    assert publish_tables(slow) == []
    assert published(store, "latest").rows() == [(*AZ, 0)]


def test_an_old_backfill_publishes_history_too() -> None:
    """A vintage inserted before the newest changes the history, and latest stays right."""
    store = MemoryStore()
    vault = vault_of(LADDER[0], LADDER[4], store=store)
    publish_tables(vault)
    commit_snapshots(vault, [LADDER[1]], at=NOW)
    publish_tables(vault)
    assert published(store, "latest").rows() == [(*AZ, 0)]
    assert published(store, "vintages").height == 3
    assert published(store, "changes").height == 4
    assert verify_vault(vault, deep=True) == []


def test_four_readers_read_the_same(tmp_path: object) -> None:
    """polars, pyarrow, pandas and DuckDB agree on every published object."""
    store = FolderStore(tmp_path)  # pyright: ignore[reportArgumentType]
    publish_tables(vault_of(*LADDER, store=store))
    for name in NAMES:
        path = f"{tmp_path}/s/doses/{name}.parquet"
        rows = pl.read_parquet(path).rows()
        table = pq.ParquetFile(path).read()
        assert pl.DataFrame(table).rows() == rows
        assert len(pd.read_parquet(path)) == len(rows)
        assert duckdb.connect().execute(
            "select count(*) from read_parquet(?)", [path]
        ).fetchall() == [(len(rows),)]


def test_verify_finds_what_is_wrong() -> None:
    """A lost segment, other bytes, a stale object: each is a sentence with the place."""
    store = MemoryStore()
    vault = vault_of(*LADDER[:2], store=store)
    assert [line.split(" ")[1] for line in verify_vault(vault)] == ["is"] * 4
    publish_tables(vault)
    assert verify_vault(vault, deep=True) == []
    segments = list(store.list("s/_vault/seg/"))
    kept = store.get(segments[0])
    assert kept is not None
    store.put_if_match(segments[0], kept.body[:-1] + b"x", kept.etag)
    assert any(
        "has other bytes" in line for line in verify_vault(VaultReader(store, "s"), deep=True)
    )
    store.delete(segments[0])
    assert any("is gone" in line for line in verify_vault(VaultReader(store, "s")))


@pytest.mark.parametrize("name", NAMES)
def test_repair_brings_back_what_was_deleted(name: str) -> None:
    """A derived object that is gone is missed by the quick check and published again."""
    store = MemoryStore()
    publish_tables(vault_of(*LADDER, store=store))
    before = store.get(f"s/doses/{name}.parquet")
    store.delete(f"s/doses/{name}.parquet")
    assert "is missing" in verify_vault(VaultReader(store, "s"))[0]
    assert repair_vault(VaultReader(store, "s"), at=NOW)
    assert verify_vault(VaultReader(store, "s"), deep=True) == []
    after = store.get(f"s/doses/{name}.parquet")
    assert before is not None
    assert after is not None
    assert after.body == before.body


@pytest.mark.parametrize("name", ["latest", "history"])
def test_rows_that_somebody_changed_are_found(name: str) -> None:
    """Under true stamps, only the deep check sees other rows; a writer does not build on them."""
    store = MemoryStore()
    vault = vault_of(*LADDER, store=store)
    publish_tables(vault)
    there = vault.published("doses", name)
    assert there.blob is not None
    other = there.frame().with_columns(pl.col("doses") + 1)
    store.put_if_match(f"s/{there.name}", to_parquet(other, there.metadata), there.blob.etag)
    assert verify_vault(VaultReader(store, "s")) == []
    assert "has other rows" in verify_vault(VaultReader(store, "s"), deep=True)[0]
    newer = draft(9, [(*AZ, 7)])
    commit_snapshots(VaultReader(store, "s"), [newer], at=NOW)
    assert VaultReader(store, "s").vintages()[-1].tables["doses"].updated == 1


def test_verify_walks_the_chain_of_commits() -> None:
    """A log entry that was changed afterwards breaks the chain, also with a hash of its own."""
    store = MemoryStore()
    vault = vault_of(*LADDER[:3], store=store)
    publish_tables(vault)
    entry = store.get("s/_vault/log/000000000001.json")
    assert entry is not None
    changed = encode(with_hash(dict(vault.log.read(1)) | {"kind": "edited"}))
    store.put_if_match("s/_vault/log/000000000001.json", changed, entry.etag)
    assert any(
        "does not follow its parent" in line
        for line in verify_vault(VaultReader(store, "s"), deep=True)
    )


@pytest.mark.parametrize("name", NAMES)
def test_stale_objects_are_found(name: str) -> None:
    """A commit that was not published yet shows in the quick check."""
    store = MemoryStore()
    vault = vault_of(*LADDER[:2], store=store)
    publish_tables(vault)
    commit_snapshots(vault, [LADDER[4]], at=NOW)
    assert any(f"{name}.parquet does not show" in line for line in verify_vault(vault))


def test_released_or_restated_vintages_that_are_not_published_are_found() -> None:
    """The quick check compares what is shown, not only which vintage is the newest."""
    store = MemoryStore()
    vault = vault_of(LADDER[0], draft(2, [(*AZ, 5)], held=True), store=store)
    publish_tables(vault)
    assert verify_vault(vault) == []
    release_vintage(vault, vault.vintages()[1].id, at=NOW)
    assert any("latest.parquet does not show" in line for line in verify_vault(vault))
    assert len(repair_vault(vault, at=NOW)) == 4
    rebuild_vault(vault, lambda: [LADDER[0], draft(2, [(*AZ, 6)])], at=NOW)
    assert len([line for line in verify_vault(vault) if "does not show" in line]) == 4
    publish_tables(vault)
    assert verify_vault(vault, deep=True) == []
    assert published(store, "latest").rows() == [(*AZ, 6)]


def test_a_generation_before_stays_readable() -> None:
    """A rebuild leaves the earlier commit, and collecting garbage leaves what it needs."""
    store = MemoryStore()
    vault = vault_of(*LADDER, store=store)
    rebuild_vault(vault, lambda: [LADDER[0]], at=NOW)
    publish_tables(vault)
    collect_garbage(vault, at=NOW + timedelta(days=400), dry_run=False)
    before = VaultReader(store, "s", number=5)
    for one, vintage in zip(LADDER, before.vintages(), strict=True):
        assert_frame_equal(state_of(before, "doses", vintage), one.tables["doses"].frame)
    assert [v.id for v in VaultReader(store, "s").vintages()] == [LADDER[0].snapshot.id]


def test_what_was_superseded_stays_readable() -> None:
    """Another truth for an instant takes its place; the one before is under its commit's number."""
    store = MemoryStore()
    vault = vault_of(*LADDER, store=store)
    other = draft(2, [(*AZ, 7)])
    commit_snapshots(vault, [other], at=NOW, supersede=True)
    assert state_of(vault, "doses", vault.find("2022-01-02")).rows() == [(*AZ, 7)]
    compact_vault(vault, at=NOW)
    collect_garbage(vault, at=NOW + timedelta(days=400), dry_run=False)
    before = VaultReader(store, "s", number=5)
    assert state_of(before, "doses", before.find("2022-01-02")).height == 2
    assert verify_vault(VaultReader(store, "s"), deep=True) == []
