"""R7 in tables without days: counters that fall, are corrected, or come back lower."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from schemas.alerts import Finding
from tasks.alerts.evaluate import evaluate
from tasks.alerts.rules.model.reversals import reversal
from tests.rule_inputs import ALLOCATIONS, allocations, first, rule_input_of

Rows = Sequence[tuple[str, str, int | None]]
QUIET: Rows = [(f"X{letter}A", "A", 2_000_000) for letter in "ABCDEFGHIJKLMNOPQRSTUVW"]


def found_in(*states: Rows, column: str = "doses_delivered") -> list[Finding]:
    """Return the findings in vintages given as rows of (iso3, product, doses)."""
    tables = {
        f"2022-04-{day:02d}": allocations([*QUIET, *rows], column)
        for day, rows in enumerate(states, start=1)
    }
    return evaluate([rule_input_of("s.deliveries", ALLOCATIONS, tables)], shown_by="The table")


def ladder(iso3: str, *doses: int | None) -> list[Finding]:
    """Return the findings in one country's deliveries."""
    return found_in(*([(iso3, "unspecified", value)] for value in doses))


def short(findings: list[Finding]) -> list[tuple[str, str, int]]:
    """Return rule, severity and grain of each finding."""
    return [(f.rule, f.events[0].severity, len(f.key)) for f in findings]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (50_000, 49_000, [("R7", "low", 1)]),
        (50_000, 49_001, []),
        (50_001, 49_001, []),
        (40_000, 39_001, []),
        (40_000, 39_000, [("R7", "low", 1)]),
        (240_000, 0, [("R7", "high", 1)]),
        (250_000, 0, [("R7", "critical", 1)]),
        (0, 0, []),
        (5_000, 9_000, []),
    ],
)
def test_thresholds_are_met_exactly(before: int, after: int, expected: list) -> None:
    """Two percent and a thousand, inclusive; a rise is nothing."""
    assert short(ladder("SYR", before, after)) == expected


@pytest.mark.parametrize(
    ("iso3", "before", "after", "severity"),
    [
        ("BGD", 539_438_635, 462_490_027, "medium"),
        ("JPN", 293_547_100, 263_698_261, "medium"),
        ("ECU", 64_267_919, 48_391_898, "high"),
        ("CZE", 27_415_175, 135_129, "critical"),
    ],
)
def test_deliveries_that_fell_on_a_real_page(
    iso3: str, before: int, after: int, severity: str
) -> None:
    """UNDP's table of 2022: the severity is by the scale, and the first report is unconfirmed."""
    [found] = ladder(iso3, before, after)
    assert short([found]) == [("R7", severity, 1)]
    event = found.events[0]
    assert (event.before, event.after, event.confidence) == (before, after, "unconfirmed")
    assert f"The table showed {after:,} doses delivered to " in event.sentence
    assert f"; {before:,} in the version before (\u2212" in event.sentence


def test_donations_that_fell_on_a_real_page() -> None:
    """Myanmar's donations, 22 June 2022."""
    [found] = found_in(
        [("MMR", "unspecified", 17_936_000)],
        [("MMR", "unspecified", 12_936_000)],
        column="doses_donated",
    )
    assert short([found]) == [("R7", "high", 1)]
    assert "12,936,000 doses donated to Myanmar (MMR)" in found.events[0].sentence


def test_the_next_version_confirms_or_reverts() -> None:
    """98 percent of the earlier figure counts as back."""
    [undone] = ladder("PAK", 238_000_000, 17_000_000, 238_100_000)
    assert [(e.kind, e.severity) for e in undone.events] == [
        ("opened", "critical"),
        ("reverted", "critical"),
    ]
    [stands] = ladder("PAK", 238_000_000, 17_000_000, 17_000_000)
    assert [e.kind for e in stands.events] == ["opened", "confirmed"]


def test_a_counter_that_reaches_its_old_figure_again_ends_the_alert() -> None:
    """Within two percent of it; the verdict of the version between stays in the sentence."""
    [fall] = ladder("KAZ", 24_000_000, 20_000_000, 22_000_000, 23_519_999, 23_520_000, 25_000_000)
    assert [event.kind for event in fall.events] == ["opened", "confirmed", "resolved"]
    assert fall.events[-1].after == 23_520_000
    assert fall.events[-1].sentence.endswith(" shows 23,520,000.")


def test_a_fall_that_takes_back_a_jump_is_low_and_worded_as_such() -> None:
    """Pakistan's deliveries of August 2021, and Palestine's digit too many, some versions long."""
    [spike] = ladder("PAK", 21_559_384, 29_659_884, 21_659_384)
    assert short([spike]) == [("R7", "low", 1)]
    assert spike.events[0].sentence == (
        "The table showed 21,659,384 doses delivered to Pakistan (PAK) on 3 Apr 2022; 29,659,884 "
        "in the version before (\u221227.0 %). It is back near the 21,559,384 shown before "
        "2 Apr 2022."
    )
    assert spike.events[0].evidence["back_to"]["value"] == 21_559_384
    digit = ladder("PSE", 2_522_776, 12_922_776, 12_922_776, 12_922_776, 2_922_776)
    assert short(digit) == [("R7", "low", 1)]


@pytest.mark.parametrize(
    ("figures", "level"),
    [
        ([100, 1_000, 110], 100),
        ([100, 1_000, 99], None),
        ([100, 1_000, 300], None),
        ([80, 100, 130, 102], 100),
        ([60, 100, 130, 102], None),
        ([100, 105, 110, 160, 112], 110),
        ([1_000, 900], None),
        ([5, None, 100, 6], 5),
        ([100, 1_000, 1_000, 1_001, 110], 100),
        ([100, 1_000, *range(1_000, 1_008), 110], None),
    ],
)
def test_what_a_fall_goes_back_to(figures: list[float | None], level: float | None) -> None:
    """Only a recent, unusual jump that the fall takes back as good as whole is one."""
    values = list(enumerate(figures))
    days = [datetime(2022, 4, 1, tzinfo=UTC) + timedelta(days=day) for day in range(len(figures))]
    found = reversal(values, len(figures) - 1, days)
    assert (found and found.level) == level


def test_a_figure_that_comes_back_lower_after_a_blank_is_a_fall() -> None:
    """It is compared with the last one known, and the sentence states of when that is."""
    falls = [f for f in ladder("NGA", 3_000_000, None, 2_000_000) if f.rule == "R7"]
    assert short(falls) == [("R7", "high", 1)]
    event = falls[0].events[0]
    assert event.sentence == (
        "The table showed 2,000,000 doses delivered to Nigeria (NGA) on 3 Apr 2022; 3,000,000 on "
        "1 Apr 2022 and no figure in between (\u221233.3 %)."
    )
    assert event.previous_as_of == falls[0].events[0].as_of.replace(day=1)


def test_a_product_is_reported_only_when_it_is_worse_than_its_country() -> None:
    """A part of a fall is evidence; a product that falls in a steady total is at most medium."""
    [total] = found_in(
        [("ERI", "A", 500_000), ("ERI", "B", 100_000)], [("ERI", "A", 300_000), ("ERI", "B", 0)]
    )
    assert short([total]) == [("R7", "high", 1)]
    assert "with B 100,000 → 0." in total.events[0].sentence
    assert [part["key"]["product"] for part in total.events[0].evidence["parts"]] == ["A", "B"]
    [single] = found_in(
        [("ERI", "A", 500_000), ("ERI", "B", 100_000)],
        [("ERI", "A", 100_000), ("ERI", "B", 500_000)],
    )
    assert short([single]) == [("R3", "info", 3)]
    assert [one["rule"] for one in single.events[0].evidence["also"]] == ["R7"]
    [grown] = found_in(
        [("ERI", "A", 500_000), ("ERI", "B", 100_000), ("ERI", "C", 1)],
        [("ERI", "A", 100_000), ("ERI", "B", 300_000), ("ERI", "C", 200_001)],
    )
    assert short([grown]) == [("R7", "medium", 3)]
    assert grown.events[0].sentence.endswith("; the country's total stayed the same.")


def test_many_countries_at_once_are_one() -> None:
    """A collapse of eight countries, one of them critical, which stays apart."""
    codes = ["AFG", "BFA", "COL", "ETH", "NGA", "PAK", "SOM", "UKR"]
    before = [(iso3, "A", 900_000) for iso3 in codes[1:]] + [("AFG", "A", 9_000_000)]
    after = [(iso3, "A", 600_000) for iso3 in codes[1:]] + [("AFG", "A", 600_000)]
    group, apart = sorted(found_in(before, after), key=lambda f: f.rule)
    assert (group.rule, group.about, apart.rule) == ("R17", "fall", "R7")
    assert "fewer doses delivered for 8 of 31 countries" in group.events[0].sentence
    assert apart.group == group.fingerprint


def test_figures_that_nobody_moved_raise_nothing() -> None:
    """The same figures again, in another order, rounded, or grown."""
    rows = [("ERI", "A", 503_417), ("NGA", "B", 1_730_201)]
    again = [*reversed(rows)]
    rounded = [("ERI", "A", 503_000), ("NGA", "B", 1_730_000)]
    grown = [("ERI", "A", 653_000), ("NGA", "B", 2_249_000)]
    assert found_in(rows, rows, again, rounded, grown) == []


def test_later_vintages_change_no_earlier_fall() -> None:
    """The findings of a prefix are the prefix of the findings."""
    doses = [5_000_000, 7_000_000, None, 4_000_000, 40_000_000, 4_100_000, 0, 4_100_000]
    tables = {
        f"2022-04-{day:02d}": allocations([*QUIET, ("ERI", "A", value)], "doses_delivered")
        for day, value in enumerate(doses, start=1)
    }
    whole = rule_input_of("s.deliveries", ALLOCATIONS, tables)
    everything = evaluate([whole], shown_by="It")
    for count in range(1, len(doses) + 1):
        ids = set(whole.vintages["id"][:count])
        early = evaluate([first(whole, count)], shown_by="It")
        assert {f.fingerprint: f.events for f in early} == {
            f.fingerprint: tuple(e for e in f.events if e.id in ids)
            for f in everything
            if f.events[0].id in ids
        }


def test_flows_are_not_counters() -> None:
    """New cases of a week may be fewer than the week before."""
    tables = {
        f"2022-04-0{day}": pl.DataFrame({"iso3": ["PRK"], "cases_new": [value]})
        for day, value in ((1, 90_000), (2, 10_000))
    }
    assert evaluate([rule_input_of("s.cases_current", ("iso3",), tables)], shown_by="It") == []
