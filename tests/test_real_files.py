"""The table of real files in docs/validation.md."""

import re
from pathlib import Path

import pytest

from tests import real_files

YEARS = {
    "covax_allocations": 1,
    "find_tests": 2,
    "hdx_humanitarian": 2,
    "owid_vaccinations": 1,
    "undp_vaccine_equity": 2,
    "unicef_market": 1,
    "who_cases": 5,
    "who_vaccination": 3,
}
"""How many years the real files of a source are of that are published without a bad row."""


@pytest.fixture(scope="module")
def lines(corpus: Path) -> list[tuple[str, real_files.Line]]:
    """Return what becomes of every real file."""
    if not real_files.CASES.is_dir():
        pytest.skip(f"there is no folder of cases beside {corpus}")
    return list(real_files.lines())


@pytest.mark.corpus
@pytest.mark.slow
def test_the_table_of_real_files_is_what_becomes_of_them(
    lines: list[tuple[str, real_files.Line]],
) -> None:
    """Outcome, rows, quarantined and left out of every file, as a run makes them."""
    page = real_files.PAGE.read_text(encoding="utf-8")
    assert real_files.page_with(real_files.table(lines)) == page


@pytest.mark.corpus
@pytest.mark.slow
def test_a_declaration_reads_files_of_other_years(lines: list[tuple[str, real_files.Line]]) -> None:
    """Where there are such files, each is published whole, whatever its year."""
    years: dict[str, set[str]] = {}
    for file, line in lines:
        year = re.search(r"/[a-z_]*(20\d\d)-", file)
        if file.startswith("corpus/") and line.outcome.startswith("published") and year:
            assert set(line.quarantined) <= set("0 \N{MIDDLE DOT}"), file
            years.setdefault(line.source, set()).add(year[1])
    assert {source: len(found) for source, found in years.items()} == YEARS


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
