"""What the cells of a column hold, and how many odd ones change that."""

from random import Random

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.schema_drift.source_schema import columns_of

KINDS = {
    "number": ["0", "-1", "1,992,000", "38 378 277", "1.5e3", "12 %", "\u22122"],
    "day": ["2022-02-10", "2022-02-10T06:00:00Z", "10/02/2022", "1.2.2022", "18Feb2021"],
    "text": ["PRK", "2022-W11", "NA", "#country+code", "1 of 2"],
    "blank": ["", " "],
}


def kind_of(*cells: str, kind: str = "") -> str:
    """Return the kind of a column from which its source reads one, if any."""
    return columns_of(pl.DataFrame({"a": cells}), read_kinds={"a": kind})[0][1]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_recognised_by_its_texts(kind: str) -> None:
    """Blank cells do not count; a column is what at least half of its cells are."""
    for cell in KINDS[kind]:
        assert kind_of(cell, "", " ") == kind, cell
    assert kind_of("7", "", "NA", "x") == "text"
    assert kind_of("7", "", "NA") == "number"


ODD = {
    "one of two": (("7", "n/a"), "number"),
    "two of three": (("7", "n/a", "8*"), "number"),
    "five of six": (("7", "n/a", "8*", "n/a", "n/a", "n/a"), "number"),
    "six of seven": (("7", "n/a", "8*", "n/a", "n/a", "n/a", "n/a"), "text"),
    "six of twelve": (("n/a",) * 6 + ("7",) * 6, "number"),
    "all of three": (("ten", "many", "8*"), "text"),
    "all that are filled": (("ten", "many", ""), "text"),
    "the only one of a row": (("n/a",), "text"),
    "the only one among blanks": (("n/a", "", ""), "blank"),
    "days": (("2022-02-10", "2022-02-11", "1.2.2022"), "day"),
    "days and one figure": (("2022-02-10", "1.2.2022", "7"), "number"),
    "a lone day among blanks": (("1.2.2022", ""), "blank"),
}


@pytest.mark.parametrize(("cells", "kind"), ODD.values(), ids=ODD.keys())
def test_a_few_odd_cells_do_not_change_the_kind(cells: tuple[str, ...], kind: str) -> None:
    """While one cell is left of the kind that is read; without one the kind is different."""
    assert kind_of(*cells, kind="number") == kind
    assert kind_of(*reversed(cells), kind="number") == kind


def test_a_few_odd_days_do_not_change_the_kind() -> None:
    """In a column of days figures are the odd cells; words are of neither kind."""
    assert kind_of("2022-02-10", "7", "8", kind="day") == "day"
    assert kind_of("6", "7", "8", kind="day") == "number"
    assert kind_of("7", "n/a", "x") == "text"


@given(
    cells=st.lists(st.sampled_from(["7", "8", "n/a", "8*", "2022-02-10", ""]), max_size=14),
    order=st.randoms(use_true_random=False),
)
def test_the_kind_does_not_depend_on_order_and_some_cell_has_it(
    cells: list[str], order: Random
) -> None:
    """A column without any figure is no column of figures."""
    kind = kind_of(*cells, "n/a", kind="number")
    other = [*cells, "n/a"]
    order.shuffle(other)
    assert kind_of(*other, kind="number") == kind
    assert kind != "number" or {"7", "8"} & set(cells)


def test_a_declared_blank_is_no_odd_cell() -> None:
    """Nor does it make a column of words."""
    frame = pl.DataFrame({"a": ["NA", "NA"], "b": ["NA", "7"]})
    blanks, wanted = {"a": ("NA",)}, {"a": "number", "b": "number"}
    assert columns_of(frame, blanks=blanks, read_kinds=wanted) == (("a", "blank"), ("b", "number"))
