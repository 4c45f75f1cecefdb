"""What readers have written goes on to run: old queries on old vintages, by file and by view."""

import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from schemas.records import Body, Snapshot
from schemas.versions import FILE_VERSIONS, MART_VERSIONS, SYSTEM_TABLE_VERSIONS, TABLE_VERSIONS
from tasks.catalog.views import VIEWS, publish_catalog
from tasks.marts.publish_marts import publish_marts
from tasks.vault.backdated_insert import Draft, TableDraft
from tasks.vault.backends.open_store import open_store
from tasks.vault.commit import commit_snapshots
from tasks.vault.derived_tables import publish_tables
from tasks.vault.parquet_metadata import read_metadata
from tasks.vault.vault_reader import VaultReader
from tests.reader_contract import CONTRACTS, Column, Contract, kept
from tests.reader_queries import OF_MARTS, dataset_of
from tests.thorough import one_in
from tests.vaxwatch.lakes import fill_flagged

NOW = datetime(2026, 11, 22, tzinfo=UTC)
DATASETS = {**TABLE_VERSIONS, **SYSTEM_TABLE_VERSIONS}
VERSIONS = [
    (name, version)
    for name, newest in {**DATASETS, **FILE_VERSIONS}.items()
    for version in range(1, newest + 1)
]
TYPES = {
    "String": pl.String(),
    "Date": pl.Date(),
    "Datetime": pl.Datetime("us", "UTC"),
    "Int64": pl.Int64(),
    "Float64": pl.Float64(),
    "Boolean": pl.Boolean(),
}
QUERY = re.compile(r"^-- (?P<name>[^\n]+)\n(?P<sql>SELECT .*?);", re.MULTILINE | re.DOTALL)


def sample(column: Column, row: int, day: int) -> Any:
    """Return a cell of a row; `day` is 0 in a key, which does not change."""
    return {
        "String": ("GHA", "PRK")[row] if column.name == "iso3" else f"{column.name} {row}",
        "Date": date(2021, 1 + row, 1 + day),
        "Datetime": datetime(2021, 1 + row, 1 + day, tzinfo=UTC),
        "Int64": 1000 * (row + 1) + day,
        "Float64": row + day / 8,
        "Boolean": day % 2 == row,
    }[column.type.partition("(")[0]]


def snapshot_of(contract: Contract, day: int) -> Draft:
    """Return a snapshot of January 2022 with the columns of a contract, and other figures."""
    frame = pl.DataFrame(
        {
            it.name: [sample(it, row, 0 if it.name in contract.key else day) for row in (0, 1)]
            for it in contract.columns
        },
        schema={it.name: TYPES[it.type.partition("(")[0]] for it in contract.columns},
    )
    source, table = dataset_of(contract.name)
    draft = TableDraft(frame=frame, key=contract.key, version=contract.version)
    return Draft(
        snapshot=Snapshot(
            source=source,
            retrieved_at=datetime(2022, 1, day, tzinfo=UTC),
            bodies=(Body(name="main", sha256=f"{day:064}", size=1),),
            url="https://example.org",
        ),
        tables={table: draft},
    )


def added(lake: Path, drafts: Sequence[Draft]) -> None:
    """Publish snapshots in a lake."""
    store = open_store(str(lake))
    vault = VaultReader(store, drafts[0].snapshot.source)
    commit_snapshots(vault, drafts, at=NOW)
    publish_tables(vault)
    publish_catalog(store, vault)


def answers(
    lake: Path, name: str, version: int, *, but: str = ""
) -> dict[str, list[tuple[Any, ...]]]:
    """Return what the queries of a version answer, by their name; all `but` one."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"SET VARIABLE lake = '{lake}'")
    if (lake / VIEWS).exists():
        connection.execute((lake / VIEWS).read_text())
    text = (CONTRACTS / f"{name}.{version}.sql").read_text("utf-8")
    queries = {found["name"]: found["sql"] for found in QUERY.finditer(text)}
    assert text.count(";") == len(queries) > 0
    return {it: connection.sql(sql).pl().rows() for it, sql in queries.items() if it != but}


def wider(contract: Contract) -> Contract:
    """Return a version to come that has one figure more."""
    new = replace(contract.columns[-1], name="new_in_it")
    return replace(contract, columns=(*contract.columns, new), version=contract.version + 1)


def renamed(contract: Contract) -> Contract:
    """Return a version to come in which a figure has another name."""
    *others, last = contract.columns
    last = replace(last, name=f"{last.name}_renamed")
    return replace(contract, columns=(*others, last), version=contract.version + 1)


@pytest.mark.parametrize(
    ("name", "version"), one_in(5, [one for one in VERSIONS if one[0] in DATASETS])
)
def test_old_queries_run_on_old_vintages(tmp_path: Path, name: str, version: int) -> None:
    """What was known is answered as before, however the columns of later vintages are called."""
    old = kept(CONTRACTS, name, version)
    added(tmp_path, [snapshot_of(old, day) for day in (1, 2)])
    before = answers(tmp_path, name, version)
    assert all(before.values()), "a query without an answer proves nothing"
    latest = before.pop("latest")
    added(tmp_path, [snapshot_of(wider(old), 3)])
    after = answers(tmp_path, name, version)
    assert after.pop("latest") != latest
    assert after == before
    later = [kept(CONTRACTS, name, it) for it in range(version + 1, DATASETS[name] + 1)]
    for day, contract in enumerate([*later, renamed([old, *later][-1])], start=4):
        added(tmp_path, [snapshot_of(contract, day)])
    assert answers(tmp_path, name, version, but="latest") == before


@pytest.mark.parametrize(
    ("name", "version"), [(name, version) for name, version in VERSIONS if name in FILE_VERSIONS]
)
def test_old_queries_run_on_the_files_of_today(flagged: Path, name: str, version: int) -> None:
    """A file that has columns of its own may get more of them, and loses none."""
    assert all(answers(flagged, name, version).values())


@pytest.fixture(scope="module")
def flagged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small lake with an implausible figure."""
    lake = tmp_path_factory.mktemp("flagged")
    fill_flagged(str(lake))
    return lake


@pytest.fixture(scope="module")
def lake_with_marts(flagged: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the same lake with all marts."""
    lake = tmp_path_factory.mktemp("marts") / "lake"
    shutil.copytree(flagged, lake)
    publish_marts(open_store(str(lake)), at=NOW)
    return lake


@pytest.mark.parametrize(
    ("name", "version"),
    [(name, it) for name, newest in MART_VERSIONS.items() for it in range(1, newest + 1)],
)
def test_old_queries_run_on_the_marts_of_today(
    lake_with_marts: Path, name: str, version: int
) -> None:
    """Each mart has every column that it ever had; those that are never empty answer, too."""
    [rows] = answers(lake_with_marts, f"{OF_MARTS}{name}", version).values()
    assert rows or name in {"offers", "campaign_status", "compare_sources"}


def stamped(lake: Path, name: str) -> dict[str, str]:
    """Return what a published file says of itself."""
    return read_metadata((lake / f"{name}.parquet").read_bytes())


def test_every_file_has_its_version(flagged: Path) -> None:
    """That of the table's columns, and that of the columns which the file adds to them."""
    for kind in ("latest", "history", "changes", "vintages", "flags"):
        stamps = stamped(flagged, f"unicef_market/allocations/{kind}")
        layout = FILE_VERSIONS.get(kind)
        version = None if kind == "flags" else "1"
        assert (stamps.get("version"), stamps.get("layout")) == (version, layout and str(layout))
    for kind in ("alerts", "alert_events"):
        stamps = stamped(flagged, f"alerts/{kind}")
        assert stamps["layout"] == str(FILE_VERSIONS[kind])
        assert all(len(meaning) > 5 for meaning in json.loads(stamps["columns"]).values())


def test_version_is_that_of_the_newest_vintage(tmp_path: Path) -> None:
    """It is kept by the commit, also while nothing but an observation is added."""
    old = kept(CONTRACTS, "allocations", 1)
    added(tmp_path, [snapshot_of(old, 1), snapshot_of(wider(old), 2)])
    vault = VaultReader(open_store(str(tmp_path)), "publisher")
    assert vault.head is not None
    assert vault.head.tables["allocations"].version == 2
    assert stamped(tmp_path, "publisher/allocations/latest")["version"] == "2"
