"""How one published text becomes a value, and which texts never do."""

import math
from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.columns import From
from tasks.parsing.cell_values import (
    UnreadableError,
    country,
    day,
    plain_whole_numbers,
    real_number,
    whole_number,
    with_fitting_dates,
    words,
)

PLAIN = From(("x",))
GROUPED = From(("x",), thousands=", ")
THOUSANDS = From(("x",), multiply=1000)
PERCENT = From(("x",), divide=100)


@pytest.mark.parametrize(
    ("text", "how", "value"),
    [
        ("0", PLAIN, 0),
        ("-0", PLAIN, 0),
        ("+7", PLAIN, 7),
        ("12.0", PLAIN, 12),
        ("1.2e3", PLAIN, 1200),
        ("-889137", PLAIN, -889_137),
        ("\N{MINUS SIGN}889,137", GROUPED, -889_137),
        ("1,992,000", GROUPED, 1_992_000),
        ("38 378 277", GROUPED, 38_378_277),
        ("8,115,600.0", GROUPED, 8_115_600),
        ("1.992.000", From(("x",), thousands="."), 1_992_000),
        ("9223372036854775807", PLAIN, 9_223_372_036_854_775_807),
        ("38928.341", THOUSANDS, 38_928_341),
        ("57.005", THOUSANDS, 57_005),
        (".8090000000000001", THOUSANDS, 809),
        ("1200", PERCENT, 12),
    ],
)
def test_counts_are_exact(text: str, how: From, value: int) -> None:
    """Signs, zero fractions, declared separators and declared units never cost a unit."""
    assert whole_number(text, how) == value


@pytest.mark.parametrize(
    ("text", "how", "reason"),
    [
        ("NaN", PLAIN, "'NaN' is no number."),
        ("nan", PLAIN, "'nan' is no number."),
        ("inf", PLAIN, "'inf' is no number."),
        ("-Infinity", PLAIN, "'-Infinity' is no number."),
        ("abc", PLAIN, "'abc' is no number."),
        ("1_000", PLAIN, "'1_000' is no number."),
        ("0x10", PLAIN, "'0x10' is no number."),
        ("1e9999", PLAIN, "'1e9999' is no number."),
        ("\u0663", PLAIN, "'\u0663' is no number."),
        ("12 %", PLAIN, "'12 %' is no number."),
        ("1,2,3", PLAIN, "'1,2,3' is no number."),
        ("1,2,3", GROUPED, "'1,2,3' is no number with its digits grouped in threes."),
        ("12,5", GROUPED, "'12,5' is no number with its digits grouped in threes."),
        ("12.5", PLAIN, "'12.5' is not a whole number."),
        ("38928.3415", THOUSANDS, "'38928.3415' times 1,000 is not a whole number."),
        ("150", PERCENT, "'150' divided by 100 is not a whole number."),
        ("12345678901234567.8", PLAIN, "'12345678901234567.8' is not a whole number."),
        ("about 1.2345678901234568e+16", PLAIN, "'about 1.2345678901234568e+16' is no number."),
        ("12345678901234.95", PLAIN, "'12345678901234.95' is not a whole number."),
        ("123456789012345.6", PERCENT, "'123456789012345.6' divided by 100 is not a whole number."),
        ("1" * 400 + ".5", PLAIN, f"'{'1' * 59}…' is too large for a count."),
        ("9223372036854775808", PLAIN, "'9223372036854775808' is too large for a count."),
        ("1e300", PLAIN, "'1e300' is too large for a count."),
        ("x" * 99, PLAIN, f"'{'x' * 59}…' is no number."),
    ],
)
def test_what_is_no_count_is_unreadable(text: str, how: From, reason: str) -> None:
    """The reason quotes the cell and says what is wrong with it."""
    with pytest.raises(UnreadableError) as fault:
        whole_number(text, how)
    assert (fault.value.rule, str(fault.value)) == ("readable", reason)


@given(st.integers(min_value=-(2**63) + 1, max_value=2**63 - 1))
def test_every_integer_is_read_as_it_is(count: int) -> None:
    """Written plainly or with thousands commas, it is the same number."""
    assert whole_number(str(count), PLAIN) == count
    assert whole_number(f"{count:,}", GROUPED) == count


@given(st.integers(min_value=0, max_value=10**15 - 1))
def test_thousands_become_units_exactly(units: int) -> None:
    """A figure printed in thousands with three decimals gives back every unit."""
    assert whole_number(f"{units // 1000}.{units % 1000:03}", THOUSANDS) == units


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_shares_are_the_published_figure_divided(figure: float) -> None:
    """A percentage is divided by 100 as a double, and nothing else happens to it."""
    assert real_number(repr(figure), PERCENT) == float(repr(figure)) / 100


def test_zero_has_no_sign() -> None:
    """-0.0 equals 0.0, so that its bytes must not differ."""
    assert str(real_number("-0.0", PERCENT)) == "0.0"


@pytest.mark.parametrize("text", ["NaN", "inf", "1e999", "1e-999", "", "1,5", "44.17%"])
def test_what_is_no_figure_is_unreadable(text: str) -> None:
    """A figure that is not finite is no figure."""
    with pytest.raises(UnreadableError):
        real_number(text, PLAIN)


def test_days_are_read_in_the_declared_forms() -> None:
    """The first form that fits is the form."""
    how = From(("x",), dates=("%d%b%Y", "%d/%m/%Y"))
    assert day("18feb2021", how) == date(2021, 2, 18)
    assert day("03/02/2021", how) == date(2021, 2, 3)
    with pytest.raises(UnreadableError) as fault:
        day("2021-02-29", PLAIN)
    assert str(fault.value) == "'2021-02-29' is no day of the form %Y-%m-%d."


def test_a_day_that_may_be_two_days_is_unreadable() -> None:
    """Two declared forms that mean different days are never chosen between."""
    how = From(("x",), dates=("%m/%d/%Y", "%d/%m/%Y"))
    assert day("5/5/2021", how) == date(2021, 5, 5)
    assert day("4/14/2021", how) == date(2021, 4, 14)
    with pytest.raises(UnreadableError) as fault:
        day("4/5/2021", how)
    assert str(fault.value) == "'4/5/2021' may be 2021-04-05 or 2021-05-04."


@pytest.mark.parametrize(
    ("texts", "dates"),
    [
        (["4/5/2021", "4/14/2021", ""], ("%m/%d/%Y",)),
        (["4/5/2021", "14/4/2021"], ("%d/%m/%Y",)),
        (["4/5/2021", "5/4/2021"], ("%m/%d/%Y", "%d/%m/%Y")),
        (["14/4/2021", "4/14/2021"], ("%m/%d/%Y", "%d/%m/%Y")),
    ],
)
def test_the_form_of_a_column_is_that_which_reads_all_of_it(
    texts: list[str], dates: tuple[str, ...]
) -> None:
    """Where none or several do, all stay, and what is ambiguous is unreadable."""
    assert with_fitting_dates(texts, From(("x",), dates=("%m/%d/%Y", "%d/%m/%Y"))).dates == dates


def test_words_are_kept_and_countries_resolved() -> None:
    """Text is text; a country that nobody knows says where to make it known."""
    assert words("Oxford/AZ", PLAIN) == "Oxford/AZ"
    assert country("DPR Korea", PLAIN) == "PRK"
    with pytest.raises(UnreadableError) as fault:
        country("Atlantis", PLAIN)
    assert fault.value.rule == "known_country"
    assert str(fault.value) == (
        "'Atlantis' is no country that ISO 3166 or our aliases know; add it to ALIASES in "
        "schemas/countries.py, or to not_countries of its source."
    )


def test_dated_by_example() -> None:
    """`with_fitting_dates`, by its plainest cases."""
    style = From(("day",), dates=("%m/%d/%Y", "%d/%m/%Y"))
    assert with_fitting_dates(["4/5/2021", "", "4/14/2021"], style).dates == ("%m/%d/%Y",)


@example(whole=15_624_999_999_999_996, fraction="1")  # a multiple of ten is 3.9 away
@example(whole=1_000_000_000_000_004, fraction="5")
@given(whole=st.integers(0, 10**18), fraction=st.from_regex(r"[0-9]{1,20}", fullmatch=True))
def test_a_count_is_exact_or_unreadable(whole: int, fraction: str) -> None:
    """A fraction is noise only where a double cannot hold it."""
    text = f"{whole}.{fraction}"
    try:
        value = whole_number(text, PLAIN)
    except UnreadableError:
        return
    off = abs(Decimal(text) - value)
    assert off <= 2 * Decimal(math.ulp(whole))
    assert off < 1
    assert value == whole or whole < 2**53


@given(
    st.lists(
        st.one_of(
            st.from_regex(r"[+-]?\d{0,20}(\.0{0,2})?", fullmatch=True),
            st.text(alphabet="0123456789.,-+eE \n\u0661", max_size=6),
        )
    )
)
def test_counts_read_at_once_are_those_read_one_by_one(texts: list[str]) -> None:
    """Polars reads fewer texts than the reader, and none in another way."""
    found = plain_whole_numbers(pl.Series("x", texts, dtype=pl.String), PLAIN)
    for text, value in zip(texts, [] if found is None else found, strict=found is not None):
        if value is not None:
            assert whole_number(text, PLAIN) == value


@pytest.mark.parametrize("how", [THOUSANDS, PERCENT, GROUPED, From(("x",), blanks=("-1",))])
def test_counts_that_mean_something_else_are_read_one_by_one(how: From) -> None:
    """Units, separators and blanks that are numbers."""
    assert plain_whole_numbers(pl.Series("x", ["5"]), how) is None


@pytest.mark.parametrize("text", ["1.55E+08", "2E+07", "-3.50E+07"])
def test_a_number_that_a_spreadsheet_has_rounded_is_not_read(text: str) -> None:
    """Its digits behind the third are lost; R's 1e+05 is a whole number that it writes so."""
    with pytest.raises(UnreadableError, match="was rounded by a spreadsheet"):
        whole_number(text, From(("doses",)))
    assert whole_number("1e+05", From(("doses",))) == 100_000
