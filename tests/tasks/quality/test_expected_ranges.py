from collections.abc import Sequence
from datetime import UTC, datetime

import polars as pl
import pytest

from schemas.expectations.bounds import Span
from schemas.expectations.tables import SUITES
from tasks.quality.expected_ranges import ExpectedRange, expected_ranges
from tasks.quality.measurements import Measurements
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.manifest import Vintage
from tasks.vault.vault_reader import VaultReader
from tests.published import allocations, publish

SUITE = SUITES["vaccinations_current"]


def vintages(number: int) -> tuple[Vintage, ...]:
    """Return so many vintages; what they say does not matter."""
    store = MemoryStore()
    for week in range(number):
        publish(store, "unicef_market", "allocations", allocations({"AAA": week}), week=week)
    return tuple(VaultReader(store, "unicef_market").vintages())


def asked(measured: dict[str, Sequence[float | None]], number: int) -> dict[str, ExpectedRange]:
    """Return what is asked where this was measured; nothing else could be."""
    nothing: Sequence[float | None] = [None] * number
    columns = {it.name: measured.get(it.name, nothing) for it in SUITE.expectations}
    measurements = Measurements(
        dataset="s.vaccinations_current",
        vintages=vintages(number),
        frame=pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.Float64)),
        gone={"PRK": datetime(2022, 1, 3, tzinfo=UTC)},
    )
    return {one.expectation.name: one for one in expected_ranges(measurements, SUITE, cadence=7)}


def test_what_a_table_never_had_is_not_asked() -> None:
    """Neither a figure nor a day that the publisher never printed."""
    names = set(asked({"rows": [5, 5], "total_people_first_dose": [1, 2]}, 2))
    assert {"rows", "countries_gone", "gap", "total_people_first_dose"} <= names
    assert not {"newest_day", "total_doses_administered"} & names


@pytest.mark.parametrize(
    ("name", "values", "why_not"),
    [
        ("total_people_booster", [4, None], "no such figure, though an earlier one had"),
        ("newest_day", [4, None], "no such figure, though an earlier one had"),
        ("change_median", [0.1, None], "Too few figures were changed"),
        ("keys_gone", [0.1, None], "The vintage before has nothing to compare with"),
        ("figures_changed", [None, 0.1], "It takes 3 vintages before to say what is usual; none"),
        ("change_large", [0.2, 0.1], "It takes 3 vintages before to say what is usual; only 1"),
    ],
)
def test_an_expectation_that_cannot_be_judged_has_a_reason(
    name: str, values: Sequence[float | None], why_not: str
) -> None:
    """It has no range, so that it can be neither met nor unmet."""
    one = asked({name: values}, 2)[name]
    assert one.within is None
    assert why_not in one.why_not
    assert one.expected == "not known yet"


def test_a_first_vintage_has_that_as_its_reason() -> None:
    """Even where something could be measured."""
    for one in asked({"rows": [5], "total_people_booster": [3]}, 1).values():
        assert one.why_not == "This is the first vintage: there is nothing to compare it with."


def test_counts_are_expected_in_whole_numbers() -> None:
    """Rounded outwards, so that what is shown is what holds."""
    one = asked({"rows": [27, 27]}, 2)["rows"]
    assert one.within == Span(21, 37)
    assert (one.seen, one.expected) == ("27 rows", "21 to 37 rows")


def test_whoever_is_gone_is_named() -> None:
    """A number alone would help nobody."""
    one = asked({"countries_gone": [None, 1]}, 2)["countries_gone"]
    assert (one.seen, one.expected) == ("1 country: Korea, DPR (PRK)", "none")


def test_an_entity_that_is_gone_for_longer_has_its_last_day() -> None:
    """The second time it is no news."""
    one = asked({"countries_gone": [None, 0, 1, 1]}, 4)["countries_gone"]
    assert one.seen == "1 country: Korea, DPR (PRK), last seen on 3 Jan 2022"


def test_after_a_long_gap_growth_is_no_surprise() -> None:
    """What follows from how long it was is not judged; what is lost is, as ever."""
    ranges = asked(
        {
            "gap": [7, 7, 7, 90],
            "rows": [100, 100, 100, 300],
            "total_people_first_dose": [100, 101, 102, 900],
            "figures_changed": [0.1, 0.1, 0.1, 0.9],
            "figures_withdrawn": [0, 0, 0, 0.5],
        },
        4,
    )
    assert ranges["gap"].within == Span(None, 14)
    assert ranges["rows"].within == Span(87, None)
    assert ranges["total_people_first_dose"].expected == "at least 100 people"
    assert ranges["figures_changed"].within is None
    assert ranges["figures_changed"].why_not == (
        "The vintage before is 90 days older: too long to say what is usual by now."
    )
    assert ranges["figures_withdrawn"].within == Span(None, 0.02)


def test_what_was_seen_across_a_long_gap_is_not_usual() -> None:
    """Else a table that was once left alone for months could grow, and lose, what it likes."""
    ranges = asked(
        {
            "gap": [None, 200, 7, 7, 7, 7],
            "total_people_first_dose": [100, 9000, 9100, 9200, 9300, 9400],
            "figures_changed": [None, 0.9, 0.1, 0.2, 0.2, 0.1],
            "keys_gone": [None, 0.3, 0, 0, 0, 0],
            "newest_day": [30, 30, 3, 3, 3, 3],
        },
        6,
    )
    assert ranges["gap"].within == Span(None, 56)
    assert ranges["total_people_first_dose"].expected == "9,207 to 11,625 people"
    assert ranges["figures_changed"].expected == "at most 40 %"
    assert ranges["keys_gone"].expected == "at most 2 %"
    assert ranges["newest_day"].expected == "at most 60 days"
