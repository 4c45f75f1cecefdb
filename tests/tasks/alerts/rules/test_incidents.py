"""Incidents that are over leave no trace in what rules find later."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.alerts.evaluate import evaluate
from tasks.alerts.rules.reading.usual_increments import SOON, increments_before, with_most_before
from tests.rule_inputs import rule_input_of
from tests.thorough import examples

BEGIN = date(2021, 6, 6)
FALLS = st.tuples(st.sampled_from([0.3, 0.5, 0.8]), st.integers(1, 3))
SLIPS = st.tuples(st.sampled_from([6, 10, 100]), st.integers(1, 3))
SPIKES = st.tuples(st.sampled_from([1.5, 2, 3]), st.integers(1, 2))
"""How many times the figure, and in how many versions."""


def later_findings(counter: Sequence[int], promise: Sequence[int], after: int) -> list[Any]:
    """Return what opens after a version, as it was first reported."""
    schema = {"iso3": pl.String, "doses_administered": pl.Int64, "doses_allocated": pl.Int64}
    figures = zip(counter, promise, strict=True)
    states = {
        (BEGIN + timedelta(weeks=week)).isoformat(): pl.DataFrame(
            [("PRK", *both)], schema=schema, orient="row"
        )
        for week, both in enumerate(figures)
    }
    found = evaluate([rule_input_of("s.stock", ("iso3",), states)], shown_by="It")
    first = [(finding, finding.events[0]) for finding in found if finding.rule != "R10"]
    since = BEGIN + timedelta(weeks=after)
    return [
        (finding.rule, finding.column, one.as_of, one.severity, one.sentence)
        for finding, one in first
        if one.as_of.date() > since
    ]


@settings(max_examples=examples(8), deadline=None)
@given(FALLS | SLIPS | SPIKES, st.integers(6, 9), st.sampled_from([1_000, 2_500, 9_000]))
def test_an_incident_that_is_over_is_in_no_baseline(
    incident: tuple[float, int], begin: int, step: int
) -> None:
    """A jump, a slip, a cut and what falls from a peak are reported as if it had never been."""
    factor, count = incident
    counter = [300_000 + step * week for week in range(18)]
    counter += [counter[-1] * 3 // 2, *(counter[-1] * 15 + step * week for week in range(6))]
    promise = [8_000_000] * 20 + [6_000_000] * 2 + [5_500_000, 5_000_000, 4_900_000]
    touched = range(begin, begin + count)
    shown = [
        [int(value * factor) if week in touched else value for week, value in enumerate(clean)]
        for clean in (counter, promise)
    ]
    end = begin + count
    expected = later_findings(counter, promise, end)
    assert {rule for rule, *_ in expected} >= {"R1", "R12", "R19"}
    assert later_findings(shown[0], shown[1], end) == expected


@settings(max_examples=examples(25), deadline=None)
@given(st.lists(st.integers(0, 20), min_size=2, max_size=16), st.integers(SOON, 8))
def test_both_ways_to_leave_incidents_out_are_the_same(figures: list[int], count: int) -> None:
    """The increments of one figure, and those of a table by columns, have the same largest."""
    rows = pl.DataFrame(
        {"name": "a", "before": figures[:-1], "change": [b - a for a, b in pairwise(figures)]}
    )
    table = pl.concat([rows, rows.with_columns(pl.lit("b").alias("name"))])
    found = with_most_before(table, {"most": pl.col("change")}, cell=["name"], count=count)
    ends = [found.filter(name=name)["most"].to_list() for name in ("a", "b")]
    expected = [
        max(increments_before(figures[: end + 2], count=count), default=None)
        for end in range(rows.height)
    ]
    assert ends == [expected, expected]
