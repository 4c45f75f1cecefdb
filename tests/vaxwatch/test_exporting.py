"""The commands `export` and `catalog`, from a folder and from S3."""

import json
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import python_calamine

from tasks.exports import delta_tables
from tests.vaxwatch.lakes import Ask, fill
from tests.vaxwatch.proof.s3_lakes import s3_lake

ALLOCATIONS = "unicef_market.allocations"


def total(path: Path, sheet: str, column: str) -> float:
    """Return the sum of a column of a sheet."""
    book = python_calamine.CalamineWorkbook.from_path(path)
    cells: list[list[Any]] = book.get_sheet_by_name(sheet).to_python()
    place = cells[0].index(column)
    return sum(row[place] or 0 for row in cells[1:])


def test_a_workbook_is_of_the_time_that_was_asked(ask: Ask, tmp_path: Path) -> None:
    """And is not replaced by accident."""
    out = tmp_path / "a.xlsx"
    done = ask("export", "xlsx", ALLOCATIONS, "--out", "a.xlsx", "--as-of", "2021-12-24", "--json")
    assert done.code == 0
    assert done.document["tables"] == [{"name": ALLOCATIONS, "rows": 2, "places": [ALLOCATIONS]}]
    assert total(out, ALLOCATIONS, "doses_allocated") == 8_115_600 + 5_000
    again = ask("export", "xlsx", ALLOCATIONS, "--out", "a.xlsx")
    assert (again.code, again.err) == (
        2,
        "vaxwatch: --out a.xlsx exists already. Name another, or replace it with --force.\n",
    )
    forced = ask("export", "xlsx", ALLOCATIONS, "--out", "a.xlsx", "--force")
    assert (
        forced.out
        == "1 table with 2 rows of the newest version, with sources and licences: a.xlsx\n"
    )
    assert total(out, ALLOCATIONS, "doses_allocated") == 1_288_800


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["xlsx", "--out", "a.xls"], "expected a name that ends in .xlsx"),
        (["xlsx", "--out", "no/a.xlsx"], "there is no folder no. Make it first."),
        (["csv", "a.b", "--out", "c"], "There is no dataset 'a.b'"),
        (["csv", "--out", "c", "--as-of", "soon"], "'soon' is no time"),
        (["csv", "--out", "c", "--as-of", "2019-01-01"], "has nothing to export as of 2019-01-01"),
        (["csv", ALLOCATIONS, "--out", "c", "--as-of", "2019-01-01"], "nothing was known at 2019"),
    ],
)
def test_a_wrong_call_is_answered_by_a_sentence(
    ask: Ask, tmp_path: Path, words: list[str], message: str
) -> None:
    """And writes nothing."""
    done = ask("export", *words)
    assert done.code == 2
    assert message in done.err
    assert not [*tmp_path.iterdir()]


def test_an_unknown_name_is_answered_with_all_that_can_be_exported(
    ask: Ask, lake: Path, tmp_path: Path
) -> None:
    """Marts are named beside datasets; with a time, datasets alone."""
    own = tmp_path / "own"
    shutil.copytree(lake, own)
    words = ("export", "csv", "a.b", "--out", "c")
    assert ask("marts", at=own).code == 0
    marts = [f"marts.{path.stem}" for path in (own / "marts").glob("*.parquet")]
    assert marts
    now = ask(*words, at=own).err
    assert "There is no dataset or mart 'a.b'" in now
    assert all(name in now for name in (ALLOCATIONS, *marts))
    then = ask(*words, "--as-of", "2022-03-01", at=own).err
    assert "There is no dataset 'a.b'" in then
    assert "marts." not in then


def test_without_deltalake_delta_names_what_to_install(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is an optional dependency."""
    monkeypatch.setattr(delta_tables, "find_spec", lambda _: None)
    done = ask("export", "delta", "--out", "delta")
    assert done.code == 2
    assert "pip install 'vaxwatch[delta]'" in done.err


def test_all_kinds_of_export_read_a_lake_on_s3(ask: Ask, tmp_path: Path) -> None:
    """The same figures as in the folder; `catalog` describes it there."""
    with s3_lake() as lake:
        fill(lake["uri"])
        assert ask("catalog", "--json", at=lake["uri"]).document["files"] > 8
        for kind, out in (("xlsx", "a.xlsx"), ("csv", "c"), ("delta", "d")):
            done = ask("export", kind, ALLOCATIONS, "--out", out, at=lake["uri"])
            assert (done.code, done.err) == (0, "")
    assert total(tmp_path / "a.xlsx", ALLOCATIONS, "doses_allocated") == 1_288_800
    rows = pl.read_csv(tmp_path / "c" / f"{ALLOCATIONS}.csv")
    assert rows["doses_allocated"].sum() == 1_288_800
    history = pl.read_delta(str(tmp_path / "d/unicef_market/allocations/history"))
    assert history.filter(pl.col("valid_to").is_null())["doses_allocated"].sum() == 1_288_800
    names = {path.name for path in (tmp_path / "d").iterdir()}
    assert names == {"unicef_market", "sources.csv", "columns.csv"}


def test_catalog_writes_nothing_where_nothing_has_changed(ask: Ask, tmp_path: Path) -> None:
    """The second time."""
    own = tmp_path / "lake"
    fill(str(own))
    assert "datapackage.json" in ask("catalog", "--json", at=own).document["written"]
    assert ask("catalog", "--json", at=own).document["written"] == []
    assert json.loads((own / "datapackage.json").read_text())["name"] == "vaxwatch-lake"
