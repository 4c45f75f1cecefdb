"""Figures side by side: every filled cell is a row, and totals are compared and not published."""

from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.columns import ROW, Across, Always, Columns, From, SumOf, missing_names
from schemas.source import Source
from tasks.parsing.parse_snapshot import parse_tables
from tasks.parsing.transform import transform_table
from tasks.parsing.validate import ParsedTable, validate_table
from tests.parsed import HAD_AT
from tests.tasks.publisher import SMALL

MONTHLY: Columns = {
    "iso3": From(("Country",)),
    "product": Always("unspecified"),
    "month": From(("Month",), dates=("%b %Y",)),
    "doses_delivered_new": Across(
        names=("Gifts", "COVAX"), into="mechanism", total="All", thousands=","
    ),
}
NAMES = ("Country", "Month", "Gifts", "COVAX", "All")
Rows = list[tuple[str | None, ...]]


def source(layout: Columns = MONTHLY) -> Source:
    """Return a source of that one table."""
    return replace(SMALL, name="somebody", tables={"deliveries_monthly": layout})


def read(rows: Rows, layout: Columns = MONTHLY, names: tuple[str, ...] = NAMES) -> ParsedTable:
    """Return what a table of such rows says."""
    raw = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    return validate_table(
        transform_table(raw, "deliveries_monthly", source(layout)), "deliveries_monthly"
    )


def cells(table: ParsedTable) -> list[tuple[object, ...]]:
    """Return code, channel and doses of the sound rows."""
    return table.frame.select("iso3", "mechanism", "doses_delivered_new").rows()


def test_every_filled_cell_is_a_row() -> None:
    """Its column is its channel; a blank is no row, 0 is one, and a row without any stays."""
    table = read(
        [
            ("PRK", "Jul 2021", "1,000", " ", "1,000"),
            ("KHM", "Jul 2021", "0", "5", "5"),
            ("ERI", "Jul 2021", None, "", ""),
        ]
    )
    assert cells(table) == [
        ("PRK", "Gifts", 1000),
        ("KHM", "Gifts", 0),
        ("KHM", "COVAX", 5),
        ("ERI", "unspecified", None),
    ]
    assert "All" not in table.frame.columns
    assert (table.rows, table.bad) == (4, 0)


def test_total_that_is_another_sum_holds_its_whole_row_back() -> None:
    """Nobody knows which is wrong; the sentence has both, the row is the publisher's."""
    table = read([("PRK", "Jul 2021", "1", "", "1"), ("KHM", "Jul 2021", "1,000", "40", "1,000")])
    assert cells(table) == [("PRK", "Gifts", 1)]
    faults = table.quarantined.select("row", "column", "rule", "value", "mechanism").rows()
    assert faults == [
        (2, "All", "total_is_sum", "1,000", "Gifts"),
        (2, "All", "total_is_sum", "1,000", "COVAX"),
    ]
    assert table.quarantined["reason"][0] == (
        "'All' is 1,000 and its parts are 1,040 together; which of them holds is unknown, so none "
        "of this row is published."
    )


@pytest.mark.parametrize("total", ["", "  ", None])
def test_total_that_is_not_printed_is_not_compared(total: str | None) -> None:
    """A blank says nothing."""
    assert cells(read([("PRK", "Jul 2021", "1", "", total)])) == [("PRK", "Gifts", 1)]


def test_cell_that_cannot_be_read_is_quoted_under_its_own_column() -> None:
    """The cell beside it stands; a total cannot be compared with a sum that nobody knows."""
    table = read([("PRK", "Jul 2021", "few", "5", "9"), ("KHM", "Jul 2021", "1", "", "many")])
    assert cells(table) == [("PRK", "COVAX", 5)]
    faults = table.quarantined.select("row", "column", "rule", "value").rows()
    assert faults == [(1, "Gifts", "readable", "few"), (2, "All", "readable", "many")]


def test_sum_beyond_a_count_is_compared_exactly() -> None:
    """The parts of a total may be more than 64 bits hold together."""
    most = str(2**63 - 1)
    table = read([("PRK", "Jul 2021", most, most, "-2")])
    assert table.quarantined["rule"].to_list() == ["total_is_sum", "total_is_sum"]
    assert "are 18,446,744,073,709,551,614 together" in table.quarantined["reason"][0]


def test_columns_may_come_and_go_and_their_total_may_not() -> None:
    """A column that is gone with its figures makes another sum; so one is enough."""
    names = ("Country", "Month", "COVAX", "All")
    assert cells(read([("PRK", "Jul 2021", "5", "5")], names=names)) == [("PRK", "COVAX", 5)]
    assert missing_names(MONTHLY, names) == []
    assert missing_names(MONTHLY, ("Country", "Month", "COVAX")) == ["All"]
    assert missing_names(MONTHLY, ("Country", "Month", "All")) == ["Gifts or COVAX"]


def test_parser_that_numbers_its_rows_is_believed() -> None:
    """Where a row of the parser is no row of the publisher, the fault names the publisher's."""
    table = read([("PRK", "Jul 2021", "1", "", "2", "17")], names=(*NAMES, ROW))
    assert table.quarantined["row"].to_list() == [17]


counts = st.one_of(st.just(""), st.integers(0, 10**6).map(lambda count: f"{count:,}"))


@given(rows=st.lists(st.tuples(counts, counts), min_size=1, max_size=6))
def test_no_cell_is_lost_and_none_is_added(rows: list[tuple[str, str]]) -> None:
    """Row by row, what is published is what is printed."""
    months = [f"{date(2021, at, 1):%b %Y}" for at in range(1, len(rows) + 1)]
    printed = [("PRK", month, *row, "") for month, row in zip(months, rows, strict=True)]
    table = read([*printed])
    for at, row in enumerate(rows, start=1):
        found = table.frame.filter(month=date(2021, at, 1)).select(
            "mechanism", "doses_delivered_new"
        )
        filled = [
            (name, int(cell.replace(",", "")))
            for name, cell in zip(("Gifts", "COVAX"), row, strict=True)
            if cell
        ]
        assert found.rows() == (filled or [("unspecified", None)])


def test_a_table_of_sums_is_summed_from_the_finer_one() -> None:
    """Over the months, exactly; blank where all are; a sum with a bad row waits with its reason."""
    tables: dict[str, Columns] = {
        "deliveries": {
            "iso3": From(("Country",)),
            "product": Always("unspecified"),
            "mechanism": Always("unspecified"),
            "doses_delivered": From(("Doses",)),
        },
        "deliveries_monthly": MONTHLY,
    }
    sums = {"deliveries": SumOf("deliveries_monthly", {"doses_delivered": "doses_delivered_new"})}
    summing = replace(source(), tables=tables, sums=sums, may_lack=frozenset(tables))
    rows = [
        ("PRK", "Jul 2021", "1", "", ""),
        ("PRK", "Aug 2021", "20", "", ""),
        ("PRK", "Aug 2021", "", "300", ""),
        ("PRK", "Sep 2021", "", "few", ""),
        ("ERI", "Sep 2021", "", "", ""),
        ("Atlantis", "Sep 2021", "7", "", ""),
        ("KHM", "Sep 2021", str(2**63 - 1), "", ""),
        ("KHM", "Oct 2021", "1", "", ""),
    ]
    raw = pl.DataFrame(rows, schema=dict.fromkeys(NAMES, pl.String), orient="row")
    read = parse_tables(summing, {"deliveries_monthly": raw}, retrieved_at=HAD_AT)
    summed = read["deliveries"]
    assert summed.frame.rows() == [
        ("PRK", "unspecified", "Gifts", 21),
        ("ERI", "unspecified", "unspecified", None),
    ]
    assert summed.quarantined.select("row", "iso3", "mechanism", "value").rows() == [
        (4, "PRK", "COVAX", "few"),
        (None, "KHM", "Gifts", None),
    ]
    assert summed.quarantined["reason"].to_list() == [
        (
            "'few' is no number. It is a row of deliveries_monthly, so the sum over them is not "
            "published."
        ),
        "The sum of doses_delivered over the rows of deliveries_monthly is too large for a count.",
    ]
    assert (summed.rows, summed.bad, read["deliveries_monthly"].bad) == (4, 2, 2)
    own = raw.with_columns(pl.lit("9").alias("Doses")).head(1)
    both = {"deliveries_monthly": raw, "deliveries": own}
    given_sums = parse_tables(summing, both, retrieved_at=HAD_AT)["deliveries"]
    assert given_sums.frame["doses_delivered"].to_list() == [9]
