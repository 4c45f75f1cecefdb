"""Every source: its declaration is whole, and its fixtures give its golden tables."""

from pathlib import Path

import pytest

from schemas.columns import Across
from schemas.contract_errors import SourceChanged
from schemas.errors import BadBody, UnknownName
from schemas.source import Source
from schemas.tables import dtypes_of
from tasks.parsing.declaration import require_whole_declaration
from tasks.sources import SOURCES, source_named
from tests.golden import BODIES, FIXTURES, golden_file, golden_text
from tests.parsed import readings

every_source = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)


@pytest.mark.parametrize("body", BODIES, ids=lambda body: f"{body.parent.name}-{body.stem}")
def test_a_fixture_gives_its_golden_tables(body: Path) -> None:
    """What a declaration makes of a body changes only together with its golden file."""
    assert golden_text(body) == golden_file(body).read_text(encoding="utf-8")


@every_source
def test_every_source_has_a_fixture_and_a_page(source: Source) -> None:
    """A source comes with a body to test it and a page that says whom to thank."""
    assert [body for body in BODIES if body.parent.name == source.name]
    page = FIXTURES.parents[1] / "docs" / "sources" / f"{source.name}.md"
    assert source.attribution in page.read_text(encoding="utf-8")


@every_source
def test_tables_are_declared_in_canonical_order_with_their_whole_key(source: Source) -> None:
    """A source fills known columns only, never leaves out a part of a key, and keeps the order."""
    require_whole_declaration(source)
    for table, columns in source.tables.items():
        known = list(dtypes_of(table))
        assert list(columns) == [name for name in known if name in columns]
        beside = {how.into for how in columns.values() if isinstance(how, Across)}
        assert beside.isdisjoint(columns)


@every_source
def test_a_body_without_a_declared_column_is_refused(source: Source) -> None:
    """A page that is another table says so by name, and publishes nothing."""
    with pytest.raises((SourceChanged, BadBody), match=source.name):
        readings(source, {"main": b"something,else\n1,2\n"})


@every_source
def test_an_outage_page_is_refused(source: Source) -> None:
    """A web page under status 200 is no table of any source."""
    with pytest.raises(BadBody, match=source.name):
        readings(source, {"main": b"<!DOCTYPE html>\n<title>Sorry</title>\n"})


@every_source
def test_codes_that_are_no_country_have_a_reason(source: Source) -> None:
    """Every code that is left out comes with its reason."""
    assert all(len(why) > 10 for why in source.not_countries.values())


def test_names_are_unique_and_an_unknown_one_lists_them() -> None:
    """A wrong name is answered with the right ones."""
    names = [source.name for source in SOURCES]
    assert len(set(names)) == len(names)
    assert [source_named(name).name for name in names] == names
    with pytest.raises(UnknownName, match="unicef_market, covax_allocations"):
        source_named("unicef")


def test_a_vaccine_that_is_not_named_is_unspecified() -> None:
    """A blank name is a row of its own under 'unspecified', because a key is never null."""
    body = b"Recipient ISO,Vaccine Name,Doses Allocated\nPRK,,0\nPRK,Covovax,\n"
    reading = readings(source_named("unicef_market"), {"main": body})["allocations"]
    assert sorted(reading.frame.select("product", "doses_allocated").rows()) == [
        ("Covovax", None),
        ("unspecified", 0),
    ]
    assert reading.quarantined.is_empty()
