"""DuckDB, by the published SQL, says what the vault says: every vintage, every comparison."""

import itertools
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tasks.catalog.datapackage import PACKAGE
from tasks.catalog.system_tables import SYSTEM_SOURCES
from tasks.catalog.views import VIEWS, publish_catalog
from tasks.origins import plan
from tasks.pipeline.backfill import wanted
from tasks.pipeline.backfill_chunk import take
from tasks.sources import source_named
from tasks.vault import table_publisher
from tasks.vault.backdated_insert import Draft, TableDraft
from tasks.vault.backends.open_store import open_store
from tasks.vault.commit import commit_snapshots
from tasks.vault.compact import compact_vault
from tasks.vault.derived_tables import publish_tables
from tasks.vault.parquet_metadata import to_parquet
from tasks.vault.queries import difference
from tasks.vault.states import state_of
from tasks.vault.vault_reader import VaultReader
from tests.tasks.vault.conftest import draft, quarantine
from tests.thorough import one_in, quick
from tests.vaxwatch.lakes import fill
from vaxwatch.archive import archive_folder
from vaxwatch.commands.demo import ARCHIVES
from vaxwatch.reader import Lake, open_lake

pytestmark = pytest.mark.long

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def duck(lake: Path) -> duckdb.DuckDBPyConnection:
    """Return DuckDB, in a time zone of its own, with the lake's views and macros."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'Asia/Kolkata'")
    connection.execute(f"SET VARIABLE lake = '{lake}'")
    connection.execute((lake / VIEWS).read_text())
    return connection


def asked(connection: duckdb.DuckDBPyConnection, sql: str, *times: Any) -> pl.DataFrame:
    """Return an answer of DuckDB."""
    answer = connection.sql(sql, params=list(times))
    return pl.DataFrame(
        answer.fetchall(), schema=answer.columns, orient="row", infer_schema_length=None
    )


def compare(vault: VaultReader, lake: Path, *, each: int = 1, step: int = quick(3, 1)) -> int:
    """Compare each as-of, and every `step`th pair of vintages; return how many cells differed."""
    connection, seen = duck(lake), 0
    for table in vault.tables():
        name, vintages = f"{vault.source}_{table}", vault.vintages(table)
        for one in vintages[::each]:
            known = state_of(vault, table, one)
            answer = asked(connection, f"FROM {name}_asof(?)", one.as_of)
            assert_frame_equal(known, answer.select(known.columns).cast(known.schema))
            others = [name for name in answer.columns if name not in known.columns]
            assert all(answer[name].is_null().all() for name in others)
        pairs = itertools.product(vintages, repeat=2)
        # from the second on: of two vintages every third pair from the first is one with itself
        for a, b in itertools.islice(pairs, int(step > 1), None, step):
            known = difference(vault, table, a, b)
            answer = asked(connection, f"FROM {name}_diff(?, ?)", a.as_of, b.as_of)
            assert answer.columns == known.columns
            assert_frame_equal(known, answer.cast(known.schema))
            seen += known.height
    return seen


def committed(lake: Path, drafts: Sequence[Draft]) -> VaultReader:
    """Return a vault with these snapshots, published, and its catalog."""
    store = open_store(str(lake))
    vault = VaultReader(store, "s")
    commit_snapshots(vault, drafts, at=NOW)
    publish_tables(vault)
    publish_catalog(store, vault)
    return vault


def wide(day: int, rows: Sequence[tuple[Any, ...]], names: Sequence[str], **table: Any) -> Draft:
    """Return a snapshot with columns of its own."""
    return draft(day, pl.DataFrame(rows, schema=["iso3", "product", *names], orient="row"), **table)


def test_sql_matches_the_vault_on_a_small_lake(tmp_path: Path) -> None:
    """Cuts, additions, withdrawals, a source that is held and has a row in quarantine."""
    fill(str(tmp_path))
    lake = open_lake(str(tmp_path))
    for vault in lake.vaults().values():
        publish_catalog(lake.store, vault)
    assert sum(compare(vault, tmp_path, step=1) for vault in lake.vaults().values()) > 10


@pytest.mark.parametrize("each", [17, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("source", one_in(4, ARCHIVES))
def test_sql_matches_the_vault_on_the_embedded_archive(
    tmp_path: Path, source: str, each: int
) -> None:
    """Real pages: scopes, slices, columns that come later."""
    store, declared = open_store(str(tmp_path)), source_named(source)
    planned = wanted(store, declared, plan(source, f"dir:{archive_folder(source)}"))
    assert not take(store, declared, planned, at=NOW).failed
    vault = VaultReader(store, source)
    publish_tables(vault)
    publish_catalog(store, vault)
    steps = {"each": each, "step": 197} if len(planned) > 20 else {}
    assert compare(vault, tmp_path, **steps) > 0


def test_column_that_comes_and_goes_is_not_compared(tmp_path: Path) -> None:
    """As of a vintage without the column it is null, and no figure of it was withdrawn."""
    x = [("PRK", "AZ", 1, 5), ("GHA", "AZ", 2, None)]
    drafts = [
        wide(1, x, ["doses", "other"]),
        wide(2, [("PRK", "AZ", 3), ("GHA", "AZ", 2)], ["doses"]),
        wide(3, [("PRK", "AZ", 3, 6), ("MMR", "AZ", 2, 9)], ["doses", "other"]),
        wide(4, [("PRK", "AZ", 3, 6, True), ("MMR", "AZ", 2, 9, None)], ["doses", "other", "late"]),
    ]
    assert compare(committed(tmp_path, drafts), tmp_path) > 0
    answer = asked(duck(tmp_path), "SELECT other FROM s_doses_asof(DATE '2022-01-02')")
    assert answer["other"].to_list() == [None, None]


def test_row_in_quarantine_is_neither_added_nor_withdrawn(tmp_path: Path) -> None:
    """Its key is not compared with the vintages in which it could not be read."""
    rows = [("GHA", "AZ", 1), ("PRK", "AZ", 2)]
    drafts = [
        draft(1, rows),
        draft(2, rows[:1], quarantined=quarantine(("PRK", "AZ"), ("MMR", "AZ"))),
        draft(3, [("GHA", "AZ", 9)], quarantined=quarantine(("PRK", "AZ"))),
        draft(4, [*rows, ("MMR", "AZ", 3)]),
        draft(5, rows[:1], quarantined=quarantine(("MMR", "AZ"))),
        draft(6, rows[:1]),
    ]
    assert compare(committed(tmp_path, drafts), tmp_path) > 0


def test_sql_matches_the_vault_on_slices_with_quarantined_rows(tmp_path: Path) -> None:
    """A hidden row stays out of comparisons until a later report has it again."""

    def week(day: int, product: str, *rows: tuple[str, int], bad: str | None = None) -> Draft:
        lines = [(iso3, product, doses) for iso3, doses in rows]
        unparsable = quarantine((bad, product)) if bad else None
        return draft(day, lines, covers={"product": [product]}, quarantined=unparsable)

    drafts = [
        week(1, "AZ", ("GHA", 1), ("PRK", 2)),
        week(2, "AZ", ("GHA", 1), bad="PRK"),
        week(3, "CV", ("GHA", 5), bad="MMR"),
        week(4, "CV", ("GHA", 6), ("PRK", 6)),
        week(5, "AZ", ("GHA", 1), ("PRK", 7)),
        week(6, "AZ", ("GHA", 2), bad="PRK"),
        week(7, "CV", ("GHA", 6)),
        week(8, "AZ", ("GHA", 2)),
    ]
    assert compare(committed(tmp_path, drafts), tmp_path, step=3) > 0


def test_sql_matches_the_vault_on_a_part_with_its_own_columns(tmp_path: Path) -> None:
    """A snapshot of one country has fewer columns; those of the others are still known."""
    names = ["doses", "other"]
    part = {"scope": ("PRK",), "covers": {"iso3": ["PRK"]}}
    drafts = [
        wide(1, [("PRK", "AZ", 1)], ["doses"], **part),
        wide(2, [("GHA", "AZ", 2, 2), ("PRK", "AZ", 1, 7)], names),
        wide(3, [("PRK", "AZ", 4)], ["doses"], **part),
        wide(4, [("GHA", "AZ", 2), ("PRK", "AZ", 4)], ["doses"]),
        wide(5, [("GHA", "AZ", 3, 8), ("PRK", "AZ", 4, 8)], names),
    ]
    assert compare(committed(tmp_path, drafts), tmp_path) > 0


def test_country_that_comes_into_scope_is_not_added(tmp_path: Path) -> None:
    """Nobody spoke of it before."""

    def of(day: int, *countries: str) -> Draft:
        rows = [(iso3, "AZ", day) for iso3 in countries]
        return draft(day, rows, scope=countries, covers={"iso3": list(countries)})

    drafts = [of(1, "PRK"), of(2, "GHA"), of(3, "GHA", "PRK"), draft(4, [("MMR", "AZ", 1)])]
    assert compare(committed(tmp_path, drafts), tmp_path) > 0
    answer = asked(duck(tmp_path), "FROM s_doses_diff('2022-01-01', '2022-01-02')")
    assert answer.is_empty()


def test_history_that_lags_is_never_taken_for_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest vintage comes from `latest`; one between is refused until a compaction."""
    monkeypatch.setattr(table_publisher, "SMALL_HISTORY", 0)
    rows = [(f"A{number:02d}", "AZ", number) for number in range(60)]
    vault = committed(tmp_path, [draft(1, rows)])
    for day in (2, 3):
        rows[day] = (rows[day][0], "AZ", 1000)
        committed(tmp_path, [draft(day, rows)])
    sql, connection = "SELECT sum(doses)::BIGINT AS doses FROM s_doses_asof(?)", duck(tmp_path)
    sums = [1770, 1770 - 2 + 1000, 1770 - 2 - 3 + 2000]
    assert asked(connection, sql, date(2022, 1, 1))["doses"].to_list() == sums[:1]
    assert asked(connection, sql, date(2022, 1, 3))["doses"].to_list() == sums[2:]
    with pytest.raises(duckdb.Error, match="vaxwatch compact"):
        asked(connection, sql, date(2022, 1, 2))
    compact_vault(vault, at=NOW)
    assert asked(connection, sql, date(2022, 1, 2))["doses"].to_list() == sums[1:2]


def test_time_is_read_as_on_the_command_line(tmp_path: Path) -> None:
    """A bare date means its end, a time without a zone is UTC, whatever the session's zone."""
    committed(tmp_path, [draft(1, [("PRK", "AZ", 1)]), draft(2, [("PRK", "AZ", 2)], hour=6)])
    connection = duck(tmp_path)
    answer = {
        "DATE '2022-01-01'": [1],
        "'2022-01-02'": [2],
        "'2022-01-02T05:59'": [1],
        "'2022-01-02T06:00'": [2],
        "'2022-01-02T06:00Z'": [2],
        "'2022-01-02T14:59+09:00'": [1],
        "'2022-01-02T15:00+09:00'": [2],
        "TIMESTAMP '2022-01-02 05:59:59'": [1],
        "TIMESTAMPTZ '2022-01-02 11:30:00'": [2],
        "DATE '2021-12-31'": [],
    }
    for text, doses in answer.items():
        answer = asked(connection, f"FROM s_doses_asof({text})")
        assert (answer["doses"].to_list() if answer.height else []) == doses, text
    assert asked(connection, "FROM s_doses_diff(DATE '2021-12-31', '2022-01-02')").is_empty()


def test_views_are_what_the_files_hold(tmp_path: Path) -> None:
    """`latest` does not show what is held back; the history and the vintages are there."""
    drafts = [draft(1, [("PRK", "AZ", 1)]), draft(2, [("PRK", "AZ", 2)], held=True)]
    committed(tmp_path, drafts)
    connection = duck(tmp_path)
    assert asked(connection, "SELECT doses FROM s_doses")["doses"].to_list() == [1]
    history = asked(connection, "SELECT doses, valid_to IS NULL FROM s_doses_history ORDER BY 1")
    assert history.rows() == [(1, False), (2, True)]
    assert asked(connection, "SELECT held FROM s_doses_vintages")["held"].sum() == 1


def test_each_source_has_its_own_section(tmp_path: Path) -> None:
    """A source replaces its section, leaves the others, and writes only what differs."""
    fill(str(tmp_path))
    (tmp_path / VIEWS).unlink()
    lake: Lake = open_lake(str(tmp_path))
    vaults = {name: vault for name, vault in lake.vaults().items() if name not in SYSTEM_SOURCES}
    assert [publish_catalog(lake.store, vault) for vault in vaults.values()] == [True, True]
    before = (tmp_path / VIEWS).read_text()
    assert [publish_catalog(lake.store, vault) for vault in vaults.values()] == [False, False]
    (tmp_path / VIEWS).write_text(
        before.replace("-- [unicef_market]\n", "-- [unicef_market]\n-- x\n")
    )
    assert publish_catalog(lake.store, vaults["unicef_market"])
    assert (tmp_path / VIEWS).read_text() == before
    assert not publish_catalog(lake.store, VaultReader(lake.store, "undp_vaccine_equity"))


def test_vintage_that_goes_on_as_before_costs_two_reads(tmp_path: Path) -> None:
    """Only what the SQL depends on rebuilds it: a column, a quarantine, an older snapshot."""
    rows = [("PRK", "AZ", 1), ("GHA", "AZ", 2)]
    vault = committed(tmp_path, [draft(day, rows) for day in (5, 6)])
    text = (tmp_path / VIEWS).read_text()
    committed(tmp_path, [draft(7, [("PRK", "AZ", 3)])])
    assert (tmp_path / VIEWS).read_text() == text
    vault.refresh()
    reads: list[str] = []
    store = open_store(str(tmp_path))
    get = store.get

    def counted(key: str) -> Any:
        reads.append(key)
        return get(key)

    object.__setattr__(store, "get", counted)
    assert vault.head is not None
    assert not publish_catalog(store, vault)
    assert reads == [VIEWS, PACKAGE]
    committed(tmp_path, [draft(1, rows)])
    compare(vault, tmp_path, step=3)
    committed(tmp_path, [draft(8, rows, quarantined=quarantine(("MMR", "AZ")))])
    assert (tmp_path / VIEWS).read_text() != text
    vault.refresh()
    compare(vault, tmp_path, step=3)
    committed(tmp_path, [wide(9, [("PRK", "AZ", 3, 1)], ["doses", "other"])])
    vault.refresh()
    compare(vault, tmp_path, step=3)


def test_table_without_a_row_has_its_view_alone(tmp_path: Path) -> None:
    """What was never published cannot break the views of the others."""
    empty = pl.DataFrame(schema={"iso3": pl.String, "product": pl.String, "doses": pl.Int64})
    one = draft(1, [("PRK", "AZ", 1)])
    tables = {**one.tables, "none": TableDraft(frame=empty, key=("iso3", "product"))}
    committed(tmp_path, [Draft(snapshot=one.snapshot, tables=tables)])
    assert asked(duck(tmp_path), "FROM s_none").is_empty()
    assert asked(duck(tmp_path), "FROM s_doses_asof('2022-01-01')").height == 1


def test_sql_matches_the_vault_on_a_lake_of_an_earlier_version(tmp_path: Path) -> None:
    """Its history says not yet why rows went: then nobody does, and the rest is the same."""
    rows = [("GHA", "AZ", 1), ("PRK", "AZ", 2)]
    vault = committed(tmp_path, [draft(1, rows), draft(2, rows[:1])])
    sql = "FROM s_doses_diff('2022-01-01', '2022-01-02')"
    now = asked(duck(tmp_path), sql)
    assert now["gone"].to_list() == ["source_removed"]
    older = vault.published("doses", "history")
    later = {"form", "own", "layout", "declares"}
    metadata = {name: fact for name, fact in older.metadata.items() if name not in later}
    body = to_parquet(older.frame().drop("gone"), metadata)
    (tmp_path / "s/doses/history.parquet").write_bytes(body)
    assert asked(duck(tmp_path), sql).drop("gone").equals(now.drop("gone"))
    assert asked(duck(tmp_path), sql)["gone"].to_list() == [None]
    assert compare(committed(tmp_path, [draft(3, rows)]), tmp_path) > 0
