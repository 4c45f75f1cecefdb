"""Headers that differ from a declaration in blanks or case alone."""

import polars as pl
import pytest

from schemas.columns_read import columns_read
from tasks.formats.column_names import with_declared_names
from tasks.formats.delimited import read_csv
from tasks.sources import SOURCES
from tests.golden import BODIES, bodies_of
from tests.parsed import readings


@pytest.mark.parametrize(
    ("there", "declared", "expected"),
    [
        (["ISO3", "Doses"], ["ISO3", "Doses"], ["ISO3", "Doses"]),
        (
            [" Country_code", "\ufeffDay", "TOTAL  doses"],
            ["Country_code", "Day", "Total Doses"],
            None,
        ),
        (["iso3", "ISO3"], ["ISO3"], ["iso3", "ISO3"]),
        (["iso3", "Iso3"], ["ISO3"], ["iso3", "Iso3"]),
        (["Country", "ISO3"], ["ISO3", "COUNTRY", "Country"], ["Country", "ISO3"]),
    ],
)
def test_a_name_is_compared_without_blanks_and_case(
    there: list[str], declared: list[str], expected: list[str] | None
) -> None:
    """What is exact stays, and of two that are alike none is taken."""
    frame = pl.DataFrame({name: ["1"] for name in there})
    assert with_declared_names(frame, declared).columns == (expected or declared)


def test_every_source_reads_a_header_with_blanks_and_other_case() -> None:
    """Each CSV of a fixture gives the same rows under names as spreadsheets leave them."""
    sources = {source.name: source for source in SOURCES}
    compared = 0
    for path in BODIES:
        source = sources[path.parent.name]
        bodies = bodies_of(path)
        if path.suffix != ".csv" or set(bodies) != {"main"} or "round" in path.stem:
            continue
        names, _, below = bodies["main"].decode("utf-8-sig").partition("\n")
        if '"' in names:
            continue
        read = set().union(*columns_read(source).values())
        bent = ", ".join(
            name.upper() if name.strip() in read else name for name in names.split(",")
        )
        expected, found = (
            readings(source, {"main": text.encode()})
            for text in (f"{names}\n{below}", f"{bent}\n{below}")
        )
        assert {name: table.frame.rows() for name, table in found.items()} == {
            name: table.frame.rows() for name, table in expected.items()
        }, path
        compared += 1
    assert compared > 8


def test_cells_keep_their_blanks() -> None:
    """Names alone are compared without them."""
    assert read_csv(b"a, b\n 1, 2\n", where="here").rows() == [(" 1", " 2")]
