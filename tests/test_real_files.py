"""The table of real files in docs/validation.md."""

from pathlib import Path

import pytest

from tests import real_files


@pytest.mark.corpus
@pytest.mark.slow
def test_the_table_of_real_files_is_what_becomes_of_them(corpus: Path) -> None:
    """Outcome, rows, quarantined and left out of every file, as a run makes them."""
    if not real_files.CASES.is_dir():
        pytest.skip(f"there is no folder of cases beside {corpus}")
    page = real_files.PAGE.read_text(encoding="utf-8")
    assert real_files.page_with(real_files.table()) == page


@pytest.mark.corpus
def test_every_real_file_has_a_source_or_is_named(corpus: Path) -> None:
    """A folder that is added is read by a source, or the page says why it is not."""
    page = real_files.PAGE.read_text(encoding="utf-8")
    for top, folder in (("corpus", corpus), ("cases", corpus.parent / "cases")):
        for place in filter(Path.is_dir, folder.glob("*")):
            is_read = f"{top}/{place.name}" in real_files.FOLDERS
            assert is_read or f"`{place.name}`" in page or "powerbi" in place.name, place


def test_the_page_has_the_table() -> None:
    """Facts and figures stand in the page also where the files are missing."""
    page = real_files.PAGE.read_text(encoding="utf-8")
    rows = page.partition(real_files.BEGIN)[2].partition(real_files.END)[0].splitlines()
    assert len(rows) > 80
    assert {row.count("|") for row in rows} == {7}
