from datetime import UTC, datetime

from schemas.expectations.bounds import Span
from schemas.expectations.tables import SUITES
from tasks.quality.result_wording import amount, expected, named


def test_amount_by_example() -> None:
    """`amount`, by its plainest cases."""
    known = {it.name: it for it in SUITES["allocations"].expectations}
    assert (
        amount(1, known["rows"]),
        amount(0.0312, known["keys_gone"]),
        amount(7, known["gap"]),
    ) == ("1 row", "3.1 %", "7 days")
    assert amount(0.05, known["change_median"]) == "+5 %"


def test_expected_by_example() -> None:
    """`expected`, by its plainest cases."""
    known = {it.name: it for it in SUITES["cases"].expectations}
    assert expected(Span(46, 70), known["rows"]) == "46 to 70 rows"
    assert (
        expected(Span(None, 14), known["gap"]),
        expected(Span(0.93), known["adds_up_cases"]),
    ) == ("at most 14 days", "at least 93 %")
    assert expected(Span(None, 0), known["countries_gone"]) == "none"


def test_named_by_example() -> None:
    """`named`, by its plainest cases."""
    early, late = (datetime(2022, 2, 3, tzinfo=UTC), datetime(2022, 2, 10, tzinfo=UTC))
    assert (
        named({"GHA": late, "PRK": late}, of="countries", before=late)
        == "2 countries: Ghana (GHA), Korea, DPR (PRK)"
    )
    assert (
        named({"PRK": early}, of="countries", before=late),
        named({}, of="buyers", before=late),
    ) == ("1 country: Korea, DPR (PRK), last seen on 3 Feb 2022", "none")
