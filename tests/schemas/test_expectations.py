from collections.abc import Sequence

import pytest

from schemas.expectations.bounds import AtLeast, AtMost, Bound, Days, Near, NotOne, Span
from schemas.expectations.common import TOPICS
from schemas.expectations.tables import SUITES
from schemas.tables import TABLES, dtypes_of, key_of


def test_every_table_has_a_suite() -> None:
    """A new table without one is a table that nobody looks at."""
    assert list(SUITES) == list(TABLES)


@pytest.mark.parametrize("table", SUITES)
def test_a_suite_is_about_its_table(table: str) -> None:
    """It asks every question that can be asked of the table, about columns that it has."""
    suite, columns = SUITES[table], dtypes_of(table)
    names = [it.name for it in suite.expectations]
    assert len(set(names)) == len(names)
    assert suite.member in key_of(table)
    assert not suite.day or suite.day in columns
    assert set(names) >= {"rows", suite.members, f"{suite.members}_gone", "keys_gone", "gap"}
    assert ("newest_day" in names) == bool(suite.day)
    for it in suite.expectations:
        stems = {it.figure, f"{it.figure}_new", f"{it.figure}_cumulative"}
        assert not it.figure or stems & set(columns), it.name


@pytest.mark.parametrize("table", SUITES)
def test_every_expectation_has_a_title_and_a_sentence(table: str) -> None:
    """A title without a stop, and a sentence that people read; the topics are questions."""
    for it in SUITES[table].expectations:
        assert it.topic in TOPICS
        assert it.title[0].isupper()
        assert not it.title.endswith(".")
        assert it.note.endswith(".")
        assert it.bound.words


@pytest.mark.parametrize("table", [name for name in SUITES if "observed_on" in key_of(name)])
def test_what_is_new_adds_up_wherever_a_table_has_both(table: str) -> None:
    """For every pair of a new and a cumulative column of a series there is an expectation."""
    columns = set(dtypes_of(table))
    stems = {it.removesuffix("_new") for it in columns if it.endswith("_new")}
    pairs = {stem for stem in stems if f"{stem}_cumulative" in columns}
    names = {it.name for it in SUITES[table].expectations}
    assert {f"adds_up_{stem}" for stem in pairs} <= names


@pytest.mark.parametrize(
    ("bound", "earlier", "within"),
    [
        (Near(fall=0.1, rise=0.2), [100], Span(90, 120)),
        (Near(fall=0.1, rise=0.2), [100, 80], Span(48, 96)),
        (Near(fall=0.1, rise=0.2), [100, 40], Span(4, 48)),
        (Near(fall=0.1, rise=0.2, rise_needs=2), [100], Span(90, None)),
        (Near(fall=0.1, rise=0.2, rise_needs=2), [100, 200], Span(180, 600)),
        (Near(fall=0.1, rise=0.2, slack=3, floor=1), [2], Span(1, 5.4)),
        (Near(fall=0.1, rise=0.2), [80, 0], Span(0, 80)),
        (Near(fall=0.1, rise=0.2), [-100], Span(-110, -80)),
        (AtMost(always=0.02, never=0.9), [0.8], Span(None, 0.9)),
        (Days(cadences=2, always=4), [], Span(None, 14)),
        (Days(cadences=2, always=20), [], Span(None, 20)),
        (Days(cadences=2, always=4), [9], Span(None, 18)),
        (Days(cadences=2, always=4, never=8), [500], Span(None, 56)),
        (AtMost(always=0.1, is_either_way=True), [-0.4, 0.1], Span(-0.8, 0.8)),
        (AtLeast(margin=0.1), [0.9, 1], Span(0.8, None)),
        (NotOne(), [], Span(None, 0)),
    ],
    ids=str,
)
def test_bounds_follow_from_what_was_seen(
    bound: Bound, earlier: Sequence[float], within: Span
) -> None:
    """Never tighter than declared, wider where it has moved more."""
    found = bound.range(earlier, 7)
    assert found.least == (None if within.least is None else pytest.approx(within.least))
    assert found.most == (None if within.most is None else pytest.approx(within.most))


def test_one_bad_vintage_teaches_nothing() -> None:
    """Of five or more changes the one farthest out is left aside."""
    steady = [100.0, 101, 100, 101, 20, 100, 101]
    assert Near(fall=0.1, rise=5).range(steady, 7).least == pytest.approx(90.9)
    assert AtMost(always=0.02).range([0.01] * 4 + [0.9], 7).most == 0.02


def test_no_past_lets_everything_be_lost() -> None:
    """However much was lost of late: a table that is all gone is never as expected."""
    fallen = [100.0, 30, 10]
    for it in SUITES["allocations"].expectations:
        within = it.bound.range(fallen if it.unit == "count" else [0.7, 0.9], 7)
        if it.fact in {"rows", "members", "sum"}:
            assert not within.holds(0.5), it.name
        if it.fact in {"keys_gone", "figures_withdrawn"}:
            assert not within.holds(1), it.name


def test_a_range_includes_its_ends() -> None:
    """As people read "46 to 70 rows"."""
    assert Span(46, 70).holds(46)
    assert Span(46, 70).holds(70)
    assert not Span(46, 70).holds(45.9)
    assert not Span(46, 70).holds(70.1)
    assert Span().holds(-1e9)
