"""Workbook, CSV folder and Delta tables of a small lake, read back by other programs."""

import io
import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import deltalake
import duckdb
import polars as pl
import pytest
import python_calamine

from schemas.errors import StoreUnavailable, WrongUse
from tasks.exports.csv_folder import write_csv_folder
from tasks.exports.delta_tables import write_delta_tables
from tasks.exports.exported_table import ExportedTable
from tasks.exports.replaced_output import replaced
from tasks.exports.workbook import write_workbook
from tests.vaxwatch.lakes import fill
from vaxwatch.export_tables import delta_dataset, exported_tables
from vaxwatch.reader import Lake, open_lake

ALLOCATIONS = "unicef_market.allocations"
HOSTILE = pl.DataFrame(
    {
        "buyer": ["=1+1", "-5", "http://example.org", None, "x" * 40_000],
        "on": [date(2022, 2, 10), date(1066, 1, 1), None, None, date(2021, 12, 23)],
        "at": [datetime(2022, 2, 10, 6, 30, tzinfo=UTC)] * 5,
        "doses": [8_115_600, 0, None, 9_007_199_254_740_991, -1],
        "rel_change": [-0.81, None, float("nan"), 0.0, 1.5],
        "columns": [["iso3", "product"], [], None, ["a"], ["b"]],
        "is_new": [True, False, None, True, False],
    }
)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Return a small lake."""
    uri = str(tmp_path_factory.mktemp("lake"))
    fill(uri)
    return open_lake(uri)


def hostile(name: str = "publisher.prices") -> ExportedTable:
    """Return a table with values that spreadsheets treat in their own ways."""
    return ExportedTable(name=name, read=lambda: HOSTILE)


def sheets(path: Path) -> dict[str, list[list[Any]]]:
    """Return all cells of a workbook, by sheet."""
    book = python_calamine.CalamineWorkbook.from_path(path)
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_workbook_has_numbers_dates_and_texts_but_no_formulas(tmp_path: Path) -> None:
    """A date before Excel's first is text; null is an empty cell, 0 is 0."""
    path = tmp_path / "a.xlsx"
    assert write_workbook([hostile()], path) == [("publisher.prices", 5, ["publisher.prices"])]
    header, *rows = sheets(path)["publisher.prices"]
    assert header == HOSTILE.columns
    assert rows[0] == [
        *("=1+1", date(2022, 2, 10), datetime(2022, 2, 10, 6, 30), 8_115_600, -0.81),  # noqa: DTZ001
        *("iso3, product", True),
    ]
    assert [row[0] for row in rows[1:4]] == ["-5", "http://example.org", ""]
    assert len(rows[4][0]) == 32_767
    assert rows[1][1] == "1066-01-01"
    assert (rows[1][3], rows[2][3]) == (0, "")


def test_a_workbook_that_cannot_be_written_is_a_sentence() -> None:
    """The library's own error is none of ours, and its archive ends with a traceback."""
    with (
        pytest.raises(StoreUnavailable, match="could not be written"),
        replaced(Path("/proc/a.xlsx"), force=False) as made,
    ):
        write_workbook([hostile()], made)


def test_the_same_tables_give_the_same_workbook(tmp_path: Path) -> None:
    """No time of the run is in it."""
    for name in ("a.xlsx", "b.xlsx"):
        write_workbook([hostile()], tmp_path / name)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_a_table_that_is_too_long_is_split(tmp_path: Path) -> None:
    """Every part has the header; long and equal names stay apart."""
    long = "undp_vaccine_equity.vaccinations_current"
    tables = [hostile(long), hostile(long.replace("undp", "undq")), hostile("sources")]
    written = write_workbook(tables, tmp_path / "a.xlsx", most_rows=2)
    assert [rows for _, rows, _ in written] == [5, 5, 5]
    cells = sheets(tmp_path / "a.xlsx")
    for _, _, places in written:
        assert [len(cells[place]) for place in places] == [3, 3, 2]
        assert all(cells[place][0] == HOSTILE.columns for place in places)
    names = [place for _, _, places in written for place in places]
    assert len(set(map(str.casefold, names))) == 9
    assert max(map(len, names)) <= 31


def test_workbook_of_a_lake_states_sources_and_columns(lake: Lake, tmp_path: Path) -> None:
    """Licence, attribution and the version that was exported, for each table."""
    tables, notes = exported_tables(lake, [], "2022-02-11")
    [note] = notes
    assert note.startswith("Left out: who_searo_testing.tests: nothing was known at 2022-02-11T23:")
    write_workbook(tables, tmp_path / "a.xlsx")
    cells = sheets(tmp_path / "a.xlsx")
    header, row = cells["sources"]
    stated = dict(zip(header, row, strict=True))
    assert stated["dataset"] == ALLOCATIONS
    assert stated["as_of"] == date(2022, 2, 10)
    assert stated["licence"].startswith("UNICEF terms of use")
    assert stated["attribution"] == "UNICEF COVID-19 Vaccine Market Dashboard"
    assert sum(row[3] or 0 for row in cells[ALLOCATIONS][1:]) == 1_288_800 + 252_000
    assert [ALLOCATIONS, "iso3"] in [row[:2] for row in cells["columns"]]


def test_csv_can_be_safe_for_spreadsheets(tmp_path: Path) -> None:
    """Null is empty, instants are UTC, lists are one text."""
    write_csv_folder([hostile()], tmp_path / "plain")
    write_csv_folder([hostile()], tmp_path / "safe", is_safe=True)
    plain, safe = (
        pl.read_csv(tmp_path / kind / "publisher.prices.csv") for kind in ("plain", "safe")
    )
    assert plain["buyer"].to_list()[:2] == ["=1+1", "-5"]
    assert safe["buyer"].to_list()[:2] == ["'=1+1", "-5"]
    assert plain["at"][0] == "2022-02-10T06:30:00Z"
    assert plain["columns"][0] == "iso3, product"
    assert plain["doses"].to_list() == HOSTILE["doses"].to_list()
    assert pl.read_csv(tmp_path / "safe" / "sources.csv")["place"].to_list() == [
        "publisher.prices.csv"
    ]


@pytest.mark.parametrize("as_of", ["latest", "2022-02-11"])
def test_delta_tables_answer_as_the_lake_does(lake: Lake, tmp_path: Path, as_of: str) -> None:
    """Totals as of each day and the changed figures, read by deltalake, polars and DuckDB."""
    tables, _ = exported_tables(lake, [ALLOCATIONS], as_of, with_marts=False)
    datasets = [(table, delta_dataset(lake, table, as_of)) for table in tables]
    [(_, rows, places)] = write_delta_tables(datasets, tmp_path / "delta")
    assert places == ["unicef_market/allocations/history", "unicef_market/allocations/changes"]
    history, changes = (tmp_path / "delta" / place for place in places)
    versions = pl.read_delta(str(history))
    assert versions.height == rows
    files = deltalake.DeltaTable(str(history)).file_uris()
    for day in ("2021-12-24", "2022-02-11", *(["2022-02-23"] if as_of == "latest" else [])):
        known = lake.asof(ALLOCATIONS, day)["doses_allocated"].sum()
        at = datetime.fromisoformat(f"{day}T23:59:59+00:00")
        by_polars = versions.filter(
            (pl.col("valid_from") <= at)
            & (pl.col("valid_to").is_null() | (pl.col("valid_to") > at))
        )
        with duckdb.connect() as connection:
            by_duckdb = connection.execute(
                "SELECT sum(doses_allocated) FROM read_parquet(?) "
                "WHERE valid_from <= ? AND (valid_to IS NULL OR valid_to > ?)",
                [files, at, at],
            ).fetchone()
        assert by_polars["doses_allocated"].sum() == known
        assert by_duckdb == (known,)
    last = lake.vintage(ALLOCATIONS, as_of).as_of
    changed = lake.store.get("unicef_market/allocations/changes.parquet")
    assert changed is not None
    expected = pl.read_parquet(io.BytesIO(changed.body)).filter(pl.col("as_of") <= last)
    assert (
        pl.read_delta(str(changes))
        .sort("as_of", "iso3", "product")
        .equals(expected.sort("as_of", "iso3", "product"))
    )
    assert versions.filter(pl.col("valid_to") > last).is_empty()
    published = lake.store.get("unicef_market/allocations/history.parquet")
    assert published is not None
    assert versions.schema == pl.read_parquet(io.BytesIO(published.body)).schema


def test_changes_that_wait_for_a_compaction_are_made_from_the_commits(lake: Lake) -> None:
    """As in the file that the lake would publish."""
    table = delta_dataset(lake, exported_tables(lake, [ALLOCATIONS], "latest")[0][0], "latest")
    published = table.changes()
    path = Path(lake.uri) / "unicef_market/allocations/changes.parquet"
    body = path.read_bytes()
    path.unlink()
    try:
        assert (
            delta_dataset(
                open_lake(lake.uri), ExportedTable(name=ALLOCATIONS, read=pl.DataFrame), "latest"
            )
            .changes()
            .equals(published)
        )
    finally:
        path.write_bytes(body)


def test_marts_are_exported_unless_a_time_is_given(lake: Lake) -> None:
    """They have no versions."""
    frame = pl.DataFrame({"iso3": ["PRK"]})
    body = io.BytesIO()
    frame.write_parquet(body)
    lake.store.update("marts/ladder.parquet", lambda _: body.getvalue())
    tables, _ = exported_tables(lake, [], "latest")
    assert [table.name for table in tables] == [
        *("marts.ladder", ALLOCATIONS),
        "who_searo_testing.tests",
    ]
    assert tables[0].read().equals(frame)
    with pytest.raises(WrongUse, match=r"marts\.ladder is a mart, and marts are of now"):
        exported_tables(lake, ["marts.ladder"], "2022-02-11")
    with pytest.raises(WrongUse, match=r"There is no mart 'marts\.x'"):
        exported_tables(lake, ["marts.x"], "latest")
    lake.store.delete("marts/ladder.parquet")


def write_two(folder: Path) -> None:
    """Write an export of two files."""
    folder.mkdir()
    (folder / "sources.csv").write_text("new")


def fail(folder: Path) -> None:
    """Fail half-way."""
    write_two(folder)
    raise OSError(28, "No space left on device")


def put(out: Path, write: Callable[[Path], None], *, force: bool) -> None:
    """Write to a place."""
    with replaced(out, force=force) as made:
        write(made)


def test_an_export_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    """An error leaves the earlier one, and nothing beside it."""
    out = tmp_path / "out"
    with pytest.raises(StoreUnavailable, match=r"could not be written: .*No space left"):
        put(out, fail, force=False)
    assert os.listdir(tmp_path) == []  # noqa: PTH208 (hidden files, too)
    put(out, write_two, force=False)
    (out / "old.csv").write_text("old")
    with pytest.raises(WrongUse, match="exists already"):
        put(out, write_two, force=False)
    with pytest.raises(StoreUnavailable):
        put(out, fail, force=True)
    assert (out / "old.csv").exists()
    put(out, write_two, force=True)
    assert os.listdir(tmp_path) == ["out"]  # noqa: PTH208
    assert [path.name for path in out.iterdir()] == ["sources.csv"]


def test_a_folder_of_other_things_is_never_replaced(tmp_path: Path) -> None:
    """Not even with --force."""
    (tmp_path / "thesis.docx").write_text("")
    with pytest.raises(WrongUse, match="no earlier export"):
        put(tmp_path, write_two, force=True)
    with pytest.raises(WrongUse, match="there is no folder"):
        put(tmp_path / "a" / "b", write_two, force=False)
    with pytest.raises(WrongUse, match="a path on this machine"):
        put(Path("s3://bucket/export"), write_two, force=False)
    assert (tmp_path / "thesis.docx").exists()
