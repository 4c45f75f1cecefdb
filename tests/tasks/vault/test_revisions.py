"""Two states of one table, as tables: before, after, what differs."""

from datetime import date

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tasks.vault.revisions import revisions

SHOWN = ("iso3", "column", "before", "after", "before_text", "after_text", "kind")


def doses(rows: list[tuple[str, int | None]]) -> pl.DataFrame:
    """Return a small table keyed by country."""
    return pl.DataFrame(rows, schema={"iso3": pl.String, "doses": pl.Int64}, orient="row")


def test_a_changed_figure_is_revised_with_its_change() -> None:
    """The change and its share of the earlier figure are there."""
    found = revisions(doses([("PRK", 8_115_600)]), doses([("PRK", 1_540_800)]), key=["iso3"])
    cell = found.row(0, named=True)
    assert cell["kind"] == "revised"
    assert (cell["before"], cell["after"], cell["change"]) == (8115600.0, 1540800.0, -6574800.0)
    assert round(cell["rel_change"], 3) == -0.81


def test_null_zero_and_absence_differ() -> None:
    """A figure that comes is added, one that goes is withdrawn and counts as 0; 0 is a figure."""
    before = doses([("AFG", None), ("BFA", 5), ("CAF", 7), ("CMR", None), ("ETH", 0)])
    after = doses([("AFG", 0), ("BFA", None), ("COD", 9), ("ETH", 3)])
    found = revisions(before, after, key=["iso3"])
    expected = pl.DataFrame(
        [
            ("AFG", "doses", None, 0.0, None, "0", "added"),
            ("BFA", "doses", 5.0, None, "5", None, "withdrawn"),
            ("CAF", "doses", 7.0, None, "7", None, "withdrawn"),
            ("COD", "doses", None, 9.0, None, "9", "added"),
            ("ETH", "doses", 0.0, 3.0, "0", "3", "revised"),
        ],
        schema=found.select(SHOWN).schema,
        orient="row",
    )
    assert_frame_equal(found.select(SHOWN), expected)
    assert found["rel_change"].to_list() == [None, -1.0, -1.0, None, None]
    assert found["change"].to_list() == [None, -5.0, -7.0, None, 3.0]


def test_dates_and_texts_are_compared_as_they_stand() -> None:
    """What is no number has its text, dates in ISO 8601, and no figures."""
    before = pl.DataFrame({"iso3": ["PRK"], "first_on": [date(2021, 2, 22)], "unit": ["people"]})
    after = pl.DataFrame({"iso3": ["PRK"], "first_on": [date(2021, 2, 23)], "unit": ["samples"]})
    found = revisions(before, after, key=["iso3"])
    texts = ("column", "before", "after", "before_text", "after_text")
    assert found.select(texts).rows() == [
        ("first_on", None, None, "2021-02-22", "2021-02-23"),
        ("unit", None, None, "people", "samples"),
    ]


def test_a_column_of_one_state_only_is_not_compared() -> None:
    """A column that comes or goes is no change of any cell."""
    before = doses([("PRK", 1)]).with_columns(pl.lit(1).alias("ind"))
    assert revisions(before, doses([("PRK", 1)]), key=["iso3"]).is_empty()
    assert revisions(doses([("PRK", 1)]), before, key=["iso3"]).is_empty()


def test_skipped_keys_are_not_compared() -> None:
    """Keys that are in quarantine are neither revised nor withdrawn."""
    before, after = doses([("AFG", 1), ("BFA", 2), ("CAF", 3)]), doses([("AFG", 9), ("CAF", 4)])
    skip = pl.DataFrame({"iso3": ["AFG", "BFA", None]})
    found = revisions(before, after, key=["iso3"], skip=skip)
    assert found["iso3"].to_list() == ["CAF"]


def test_figures_too_large_for_a_float_are_compared_exactly() -> None:
    """Two integers that are one float are still two figures."""
    before, after = doses([("PRK", 2**53)]), doses([("PRK", 2**53 + 1)])
    found = revisions(before, after, key=["iso3"])
    assert found.select("before_text", "after_text").row(0) == (str(2**53), str(2**53 + 1))


def test_the_answer_is_sorted_by_key_and_column() -> None:
    """The order of the rows in the states does not matter."""
    before = pl.DataFrame({"iso3": ["B", "A"], "z": [1, 1], "y": [1, 1]})
    after = pl.DataFrame({"iso3": ["A", "B"], "y": [2, 2], "z": [2, 2]})
    found = revisions(before, after, key=["iso3"])
    assert found.select("iso3", "column").rows() == [("A", "y"), ("A", "z"), ("B", "y"), ("B", "z")]


STATES = st.dictionaries(
    st.tuples(st.sampled_from("ABCD"), st.sampled_from("xy")),
    st.tuples(st.none() | st.integers(-3, 3), st.none() | st.floats(-1, 1)),
)


def table(state: dict) -> pl.DataFrame:
    """Return a drawn state as a table of two key columns and two figures."""
    rows = [(*key, *values) for key, values in state.items()]
    schema = {"iso3": pl.String, "product": pl.String, "doses": pl.Int64, "share": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


@given(STATES, STATES)
def test_changes_are_those_that_a_plain_comparison_finds(before: dict, after: dict) -> None:
    """Cell by cell in Python gives the same cells; a state beside itself gives none."""
    found = revisions(table(before), table(after), key=["iso3", "product"])
    plain = {
        (*key, name): (old, new)
        for key in before.keys() | after.keys()
        for position, name in enumerate(("doses", "share"))
        if (old := before.get(key, (None, None))[position])
        != (new := after.get(key, (None, None))[position])
    }
    cells = found.select("iso3", "product", "column", "before", "after").rows()
    assert {cell[:3]: cell[3:] for cell in cells} == plain
    assert len(cells) == len(plain)
    assert revisions(table(before), table(before), key=["iso3", "product"]).is_empty()
