"""Bent tables of every source: what a parser returns, with cells, rows and columns spoilt.

The fixtures are the sound tables, so that a source that is new is bent without a line here.
"""

from collections.abc import Sequence
from functools import cache

import polars as pl
import pytest
from _pytest.mark import ParameterSet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.columns import Across, From
from schemas.columns_read import columns_read
from schemas.source import Source
from schemas.tables import key_of
from tasks.parsing.parse_snapshot import parse_tables
from tasks.sources import SOURCES, source_named
from tests.bending.accounts import HAD_AT, Account, account_of, is_unharmed, read, rows_of
from tests.bending.bends import Bent, cells, columns, lines, swept, tables
from tests.golden import BODIES, bodies_of
from tests.thorough import quick

ENOUGH = 3
"""So many sound rows that nobody touched are more than two bends can spoil."""
QUICK = settings(
    max_examples=quick(2, 4),
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
)
LONG = settings(QUICK, max_examples=150)
Sound = tuple[Source, dict[str, pl.DataFrame]]


@cache
def sound(fixture: str) -> Sound:
    """Return a source and what its parser makes of one of its fixtures."""
    source = source_named(fixture.partition("/")[0])
    body = next(path for path in BODIES if f"{path.parent.name}/{path.name}" == fixture)
    return source, dict(source.parse(bodies_of(body)))


@cache
def every() -> list[tuple[str, str]]:
    """Return every fixture with each of its tables, a frame of several tables once.

    Without tables of which a row is no row of the publisher; tests/tasks/parsing bends those.
    """
    found: list[tuple[str, str]] = []
    for path in BODIES:
        fixture = f"{path.parent.name}/{path.name}"
        source, parsed = sound(fixture)
        tables = parse_tables(source, parsed, retrieved_at=HAD_AT)
        found += [(fixture, table) for table in tables if is_row_by_row(source, parsed, table)]
    return found


def is_row_by_row(source: Source, parsed: dict[str, pl.DataFrame], table: str) -> bool:
    """Return whether each row of a table is one of the publisher's."""
    beside = any(isinstance(how, Across) for how in source.tables[table].values())
    return table in parsed and not beside


def slow_but_first(cases: Sequence[tuple[str, ...]]) -> list[ParameterSet]:
    """Return cases, each with a fixture first; all but the first of every source are slow."""
    firsts = {case[0].partition("/")[0]: case for case in reversed(cases)}.values()
    return [
        pytest.param(*case, marks=() if case in firsts else (pytest.mark.slow,)) for case in cases
    ]


def hold(fixture: str, table: str, bent: Bent) -> None:
    """Assert that every row of a bent table is accounted for, and that others are unharmed."""
    source, parsed = sound(fixture)
    before = baseline(fixture, table)[1]
    reading = read(source, parsed, table, bent)
    if reading is None:
        left = [origin for origin in bent.origin if origin in before.published]
        assert len(left) < ENOUGH, "sound rows were refused with a bent one"
        return
    is_unharmed(source, table, bent, before, account_of(source, table, bent, reading))


@cache
def baseline(fixture: str, table: str) -> tuple[Bent, Account]:
    """Return a sound table and what becomes of it."""
    source, parsed = sound(fixture)
    whole = rows_of(parsed[table])
    reading = read(source, parsed, table, whole)
    assert reading is not None
    return whole, account_of(source, table, whole, reading)


def test_every_source_is_bent() -> None:
    """No source is without a fixture that gives a table with a published row."""
    bent_sources = {
        fixture.partition("/")[0]
        for fixture, table in every()
        if baseline(fixture, table)[1].published
    }
    assert bent_sources == {source.name for source in SOURCES}


@pytest.mark.parametrize(("fixture", "table"), slow_but_first(every()))
def test_every_word_in_every_column_is_read_exactly_or_waits(fixture: str, table: str) -> None:
    """A row with such a word has the figures that its cells say, or waits with the cell."""
    source, _ = sound(fixture)
    whole, before = baseline(fixture, table)
    names = columns_read(source)[table] & set(whole.names)
    key = next(
        whole.names.index(name)
        for part in key_of(table)
        if isinstance(how := source.tables[table][part], From)
        for name in how.names
        if name in whole.names
    )
    for place in list(before.published)[:1]:
        for name in names:
            bent = swept(whole, place, at=whole.names.index(name), key=key)
            reading = read(source, sound(fixture)[1], table, bent)
            assert reading is not None
            is_unharmed(source, table, bent, before, account_of(source, table, bent, reading))


@pytest.mark.parametrize(("fixture", "table"), slow_but_first(every()))
@given(data=st.data())
@QUICK
def test_a_bent_cell_is_read_exactly_or_waits(
    fixture: str, table: str, data: st.DataObject
) -> None:
    """Its row is published as the cell says, or waits with the cell; all others stand."""
    hold(fixture, table, data.draw(cells(baseline(fixture, table)[0])))


@pytest.mark.parametrize(("fixture", "table"), slow_but_first(every()))
@given(data=st.data())
@QUICK
def test_bent_rows_are_distinguished_from_the_others(
    fixture: str, table: str, data: st.DataObject
) -> None:
    """Doubles, headers, totals, notes and blank rows wait or are left out; the others stand."""
    hold(fixture, table, data.draw(lines(baseline(fixture, table)[0])))


@pytest.mark.parametrize(("fixture", "table"), slow_but_first(every()))
@given(data=st.data())
@QUICK
def test_a_bent_column_is_read_exactly_or_refused(
    fixture: str, table: str, data: st.DataObject
) -> None:
    """Every row is accounted for, or the table is refused in words."""
    hold(fixture, table, data.draw(columns(baseline(fixture, table)[0])))


@pytest.mark.slow
@pytest.mark.parametrize(("fixture", "table"), every())
@given(data=st.data())
@LONG
def test_whatever_is_bent_is_accounted_for(fixture: str, table: str, data: st.DataObject) -> None:
    """Two bends at once."""
    hold(fixture, table, data.draw(tables(baseline(fixture, table)[0])))
