"""How a declared source becomes canonical columns."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from schemas.columns import Always, Columns, From, LeaveOut
from schemas.contract_errors import SourceChanged
from schemas.source import Source
from schemas.tables import dtypes_of
from tasks.parsing.transform import transform_table
from tasks.sources import source_named


def source(
    tables: Mapping[str, Columns], *, not_countries: Mapping[str, str] | None = None
) -> Source:
    """Return a source with these tables."""
    some = source_named("covax_allocations")
    return replace(some, name="somebody", tables=tables, not_countries=not_countries or {})


ALLOCATIONS: Columns = {
    "iso3": From(("Country", "ISO")),
    "product": From(("Vaccine",), default="unspecified"),
    "mechanism": Always("COVAX"),
    "doses_announced": From(("Forecast",), thousands=",", optional=True),
    "doses_allocated": From(("Doses",), thousands=",", blanks=("", "n/a")),
}


def test_columns_come_from_the_declared_names() -> None:
    """Names, separators, blanks, defaults and constants are applied; outer spaces are not kept."""
    raw = pl.DataFrame(
        {
            "Doses": ["1,288,800", "n/a", " 0 ", ""],
            "Note": ["x", "x", "x", "x"],
            "ISO": ["North Korea", " GHA ", "NA", "oPt"],
            "Vaccine": [" AstraZeneca ", "Covovax", "", None],
        },
        schema_overrides={"Vaccine": pl.String},
    )
    expected = pl.DataFrame(
        {
            "_row": [1, 2, 3, 4],
            "iso3": ["PRK", "GHA", "NAM", "PSE"],
            "product": ["AstraZeneca - Vaxzevria", "Covovax", "unspecified", "unspecified"],
            "mechanism": ["COVAX"] * 4,
            "doses_allocated": [1_288_800, None, 0, None],
            "product_published": ["AstraZeneca", "Covovax", None, None],
        },
        schema_overrides={"_row": pl.UInt32},
    )
    table = transform_table(raw, "allocations", source({"allocations": ALLOCATIONS}))
    assert_frame_equal(table.frame, expected)
    assert table.published == {"iso3": "ISO", "product": "Vaccine", "doses_allocated": "Doses"}
    assert table.unreadable.is_empty()


def test_units_and_days_are_converted_as_declared() -> None:
    """Percent becomes a share by true division, and a day is read in the publisher's form."""
    declared: dict[str, Columns] = {
        "secured_supply": {
            "iso3": From(("iso3",)),
            "secured_share": From(("secured",), divide=100),
        },
        "vaccinations_current": {
            "iso3": From(("iso3",)),
            "people_last_dose": From(("last", "full"), multiply=1000),
            "first_vaccinated_on": From(("first",), dates=("%d%b%Y",)),
        },
    }
    raw = pl.DataFrame(
        {
            "iso3": ["KHM", "AFG"],
            "secured": ["441.7", "-0"],
            "full": ["38928.341", ".809"],
            "first": ["10Feb2021", ""],
        }
    )
    shares = transform_table(raw, "secured_supply", source(declared)).frame
    assert shares["secured_share"].to_list() == [float("441.7") / 100, 0.0]
    people = transform_table(raw, "vaccinations_current", source(declared)).frame
    assert people["people_last_dose"].to_list() == [38_928_341, 809]
    assert people["first_vaccinated_on"].to_list() == [date(2021, 2, 10), None]


def test_unreadable_cells_are_listed_and_not_guessed() -> None:
    """Each cell that cannot be read is named by row and column, as published, with a reason."""
    raw = pl.DataFrame(
        {
            "Country": ["Atlantis", "GHA", "PRK", "KEN"],
            "Vaccine": ["a", "b", "c", "d"],
            "Doses": ["1", " NaN", "-889,137", "12.5"],
        }
    )
    table = transform_table(raw, "allocations", source({"allocations": ALLOCATIONS}))
    no_country = (
        "'Atlantis' is no country that ISO 3166 or our aliases know; add it to ALIASES in "
        "schemas/countries.py, or to not_countries of its source."
    )
    assert table.unreadable.rows() == [
        (1, "iso3", "known_country", "Atlantis", no_country),
        (2, "doses_allocated", "readable", " NaN", "'NaN' is no number."),
        (4, "doses_allocated", "readable", "12.5", "'12.5' is not a whole number."),
    ]
    assert table.frame["iso3"].to_list() == [None, "GHA", "PRK", "KEN"]
    assert table.frame["doses_allocated"].to_list() == [1, None, -889_137, None]


def test_declared_non_countries_are_left_out() -> None:
    """Rows that are no country by declaration are gone, and the others keep their row number."""
    raw = pl.DataFrame(
        {"Country": ["World", "PRK", " ", "WBG"], "Vaccine": [""] * 4, "Doses": ["1"] * 4}
    )
    reasons = {"World": "a sum", "WBG": "PSE has its own row", "": "an unnamed entity"}
    declared = source({"allocations": ALLOCATIONS}, not_countries=reasons)
    table = transform_table(raw, "allocations", declared)
    assert table.frame.select("_row", "iso3").rows() == [(2, "PRK")]
    assert table.cells["_row"].to_list() == [2]
    assert table.unreadable.is_empty()


def test_a_missing_column_stops_the_table() -> None:
    """A column under none of its names is a change of the source; an optional one is not."""
    raw = pl.DataFrame({"Vaccine": ["a"], "Quantity": ["1"]})
    with pytest.raises(SourceChanged) as change:
        transform_table(raw, "allocations", source({"allocations": ALLOCATIONS}))
    assert change.value.missing == ["Country or ISO", "Doses"]
    assert change.value.found == ["Vaccine", "Quantity"]
    assert str(change.value).startswith(
        "somebody: columns Country or ISO, Doses are gone from allocations;"
    )


def test_an_empty_table_keeps_its_types() -> None:
    """A table without rows has the same columns and types as a full one."""
    raw = pl.DataFrame(schema={"Country": pl.String, "Vaccine": pl.String, "Doses": pl.String})
    table = transform_table(raw, "allocations", source({"allocations": ALLOCATIONS}))
    types = dtypes_of("allocations")
    types.pop("doses_announced")
    assert table.frame.schema == {"_row": pl.UInt32(), **types}
    assert table.unreadable.is_empty()


def test_a_blank_code_is_read_from_the_name() -> None:
    """Where the publisher's first column is blank, the column declared beside it is read."""
    columns: Columns = {
        "iso3": From(("ISO",), instead=("Country",)),
        "secured_share": From(("share",)),
    }
    raw = pl.DataFrame({"ISO": ["KHM", " ", ""], "Country": ["?", "DRC", ""], "share": ["1"] * 3})
    one = replace(source({"secured_supply": columns}), not_countries={"": "nobody"})
    table = transform_table(raw, "secured_supply", one)
    assert table.frame["iso3"].to_list() == ["KHM", "COD"]
    assert table.cells["iso3"].to_list() == ["KHM", "DRC"]


def test_a_row_that_has_slipped_is_unreadable() -> None:
    """A cell that does not look as declared marks its row; an absent column marks none."""
    columns: Columns = {"iso3": From(("ISO",)), "secured_share": From(("share",))}
    raw = pl.DataFrame({"ISO": ["KHM", "PRK"], "share": ["1", "2"], "week": ["MK", "202201"]})
    one = replace(
        source({"secured_supply": columns}), row_shape={"week": r"\d{6}", "absent": r"\d"}
    )
    assert transform_table(raw, "secured_supply", one).unreadable.rows() == [
        (
            1,
            "week",
            "row_shape",
            "MK",
            r"'MK' in week does not look like \d{6}: the row has slipped.",
        )
    ]
    long = transform_table(
        raw.with_columns(week=pl.lit("x" * 999)), "secured_supply", one
    ).unreadable
    assert long["value"].to_list() == ["x" * 999] * 2
    assert long["reason"][0].startswith(f"'{'x' * 59}…' in week does not look like")


def test_a_table_need_not_be_about_countries() -> None:
    """Deals are keyed by buyer: no country is looked for, and none is left out."""
    columns: Columns = {
        "buyer": From(("Buyer",)),
        "supplier": From(("Maker",), default="unspecified"),
        "product": From(("Vaccine",), default="unspecified"),
        "deal_on": From(("Date",)),
        "doses_committed": From(("Doses",), thousands=","),
    }
    raw = pl.DataFrame(
        {
            "Buyer": ["African Union"],
            "Maker": [""],
            "Vaccine": ["J&J"],
            "Date": ["2021-03-29"],
            "Doses": ["220,000,000"],
        }
    )
    one = replace(source({"supply_deals": columns}), not_countries={"African Union": "a union"})
    frame = transform_table(raw, "supply_deals", one).frame
    assert frame.rows() == [
        (
            1,
            "African Union",
            "unspecified",
            "Janssen - Ad26.COV 2.S",
            date(2021, 3, 29),
            220_000_000,
            "J&J",
        )
    ]


def test_a_table_without_any_of_its_figures_is_refused() -> None:
    """Where all figures are optional, one of them must be there all the same."""
    columns: Columns = {
        "iso3": From(("ISO",)),
        "cases_new": From(("new",), optional=True),
        "cases_cumulative": From(("sum",), optional=True),
    }
    with pytest.raises(SourceChanged, match="column new or sum is gone"):
        transform_table(
            pl.DataFrame({"ISO": ["KHM"]}), "cases_current", source({"cases_current": columns})
        )


def test_rows_are_left_out_by_the_value_of_a_column_and_counted() -> None:
    """Each row is counted for the first declaration that names it; the others keep their number."""
    regions = LeaveOut(column="Region", reason="sub-national rows")
    drafts = LeaveOut(column="Status", reason="drafts", values=("draft", "withdrawn"))
    absent = LeaveOut(column="Other", reason="nothing")
    raw = pl.DataFrame(
        {
            "Country": ["GHA", "GHA", "KEN", "PRK"],
            "Region": ["", "Accra", " ", None],
            "Status": ["final", "draft", " draft ", "final"],
            "Doses": ["1", "2", "3", "4"],
            "Vaccine": [""] * 4,
        }
    )
    declared = source({"allocations": ALLOCATIONS})
    table = transform_table(
        raw, "allocations", replace(declared, leave_out=(regions, drafts, absent))
    )
    assert table.frame.select("_row", "iso3").rows() == [(1, "GHA"), (4, "PRK")]
    assert table.left_out == 2
    assert table.left_out_by == {regions: 1, drafts: 1}


def test_the_first_layout_that_fits_is_read() -> None:
    """Each layout has its own columns and units; without a fitting one the nearest is named."""
    later: Columns = {
        "iso3": From(("code",)),
        "product": Always("all"),
        "mechanism": Always("COVAX"),
        "doses_announced": From(("Doses",)),
        "doses_allocated": From(("thousands",), multiply=1000),
    }
    declared = source({"allocations": ALLOCATIONS})
    declared = replace(declared, layouts={"allocations": (later,)})
    old = pl.DataFrame({"ISO": ["PRK"], "Vaccine": ["a"], "Doses": ["5"]})
    new = pl.DataFrame({"code": ["PRK"], "Doses": ["7"], "thousands": ["5"]})
    figures = [
        transform_table(raw, "allocations", declared)
        .frame.drop("_row", "mechanism", "product_published", strict=False)
        .rows()
        for raw in (old, new)
    ]
    assert figures == [[("PRK", "a", 5)], [("PRK", "all", 7, 5000)]]
    with pytest.raises(SourceChanged) as change:
        transform_table(new.drop("thousands"), "allocations", declared)
    assert change.value.missing == ["thousands"]
    with pytest.raises(SourceChanged) as change:
        transform_table(old.drop("Vaccine"), "allocations", declared)
    assert change.value.missing == ["Vaccine"]


def test_a_name_of_one_source_is_its_own() -> None:
    """A declared name overrides what everybody knows, and is unknown to other sources."""
    columns: Columns = {"iso3": From(("Country",)), "secured_share": From(("share",))}
    raw = pl.DataFrame({"Country": ["Kosova", "Congo", "PRK"], "share": ["1"] * 3})
    other = source({"secured_supply": columns})
    one = replace(other, countries={"Kosova": "XKX", "Congo": "COD"})
    assert transform_table(raw, "secured_supply", one).frame["iso3"].to_list() == [
        "XKX",
        "COD",
        "PRK",
    ]
    found = transform_table(raw, "secured_supply", other).frame["iso3"].to_list()
    assert found == [None, "COG", "PRK"]
