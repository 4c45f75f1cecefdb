from pathlib import Path

import duckdb
import pytest

from tests.vaxwatch.lakes import Ask, fill


@pytest.fixture
def lake_of_its_own(tmp_path: Path) -> Path:
    """Return a small lake that is changed."""
    folder = tmp_path / "own"
    fill(str(folder))
    return folder


def test_marts_are_built_once(ask: Ask, lake_of_its_own: Path) -> None:
    """A second call finds nothing to do; the files open in DuckDB."""
    first = ask("marts", "--json", at=lake_of_its_own)
    assert first.code == 0
    built = {one["mart"]: one for one in first.document["marts"]}
    assert all(one["written"] for one in built.values())
    with duckdb.connect() as connection:
        steps = connection.read_parquet(built["promise_steps"]["path"]).pl()
    assert steps.height == built["promise_steps"]["rows"] > 3
    again = ask("marts", at=lake_of_its_own)
    assert again.out.startswith("Every mart is up to date\n")
    scratch = ask("marts", "--from-scratch", at=lake_of_its_own)
    assert f"{len(built)} marts built" in scratch.out


def test_without_a_lake_there_are_no_marts(ask: Ask, tmp_path: Path) -> None:
    """The sentence says so, and nothing is written."""
    answer = ask("marts", at=tmp_path / "none")
    assert answer.code == 2
    assert "There is no lake at" in answer.err
    assert not (tmp_path / "none").exists()


def test_a_missing_table_is_named(ask: Ask, lake_of_its_own: Path) -> None:
    """One sentence, with the next step."""
    (lake_of_its_own / "unicef_market/allocations/history.parquet").unlink()
    answer = ask("marts", at=lake_of_its_own)
    assert answer.code == 1
    assert "unicef_market/allocations/history.parquet" in answer.err
    assert "vaxwatch repair" in answer.err
