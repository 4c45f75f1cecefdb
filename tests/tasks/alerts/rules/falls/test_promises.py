"""R0, R1, R2 and R4 at their edges, as small tables."""

import pytest

from schemas.alerts import Finding
from tasks.alerts.evaluate import evaluate
from tests.rule_inputs import ALLOCATIONS, allocations, rule_input_of

SLOW = (1_000_000, 910_000, 830_000, 790_000)
"""No step is a cut; the last one is a drawdown."""
Rows = list[tuple[str, str, int | None]]


def found_in(*states: Rows, column: str = "doses_allocated") -> list[Finding]:
    """Return the findings in vintages given as rows of (iso3, product, doses)."""
    tables = {
        f"2022-01-{day:02d}": allocations(rows, column) for day, rows in enumerate(states, start=1)
    }
    return evaluate([rule_input_of("s.allocations", ALLOCATIONS, tables)], shown_by="The list")


def ladder(*doses: int | None) -> list[Finding]:
    """Return the findings in one figure's vintages."""
    return found_in(*([("ERI", "unspecified", value)] for value in doses))


def short(findings: list[Finding]) -> list[tuple[str, str, int]]:
    """Return rule, severity and grain of each finding."""
    return [(f.rule, f.events[0].severity, len(f.key)) for f in findings]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (100_000, 90_000, [("R1", "medium", 1)]),
        (100_000, 90_001, []),
        (90_000, 80_001, []),
        (99_999, 0, [("R1", "medium", 1)]),
        (99_999, None, [("R13", "medium", 1)]),
        (100_000, None, [("R2", "high", 1)]),
        (100_000, 110_000, [("R0", "info", 1)]),
        (100_000, 109_999, []),
        (None, 10_000, [("R0", "info", 1)]),
        (0, 9_999, []),
    ],
)
def test_thresholds_are_met_exactly(before: int | None, after: int | None, expected: list) -> None:
    """Ten percent and ten thousand doses, withdrawn from a hundred thousand, inclusive."""
    other = ("SYR", "unspecified", 1_020_000)
    found = found_in(
        [other, ("ERI", "unspecified", before)], [other, ("ERI", "unspecified", after)]
    )
    assert short(found) == expected


def test_a_first_vintage_raises_nothing() -> None:
    """All figures of a new source are new, and that is no news."""
    assert ladder(5_000_000) == []


def test_a_fall_that_is_back_within_two_percent_is_reverted() -> None:
    """98 percent of the earlier figure counts as back, less does not."""
    assert [e.kind for e in ladder(100_000, 50_000, 98_000)[0].events] == ["opened", "reverted"]
    assert [e.kind for e in ladder(100_000, 50_000, 97_999)[0].events] == ["opened", "confirmed"]
    assert [e.kind for e in ladder(100_000, 50_000, 50_000)[0].events] == ["opened", "confirmed"]


def test_a_rise_that_undoes_a_fall_is_the_end_of_that_fall() -> None:
    """What comes back later resolves the fall, and is no raise of its own; beyond that it is."""
    [cut] = ladder(100_000, 50_000, 50_000, 100_000)
    assert [(e.kind, e.after) for e in cut.events] == [
        ("opened", 50_000),
        ("confirmed", 50_000),
        ("resolved", 100_000),
    ]
    assert cut.events[-1].sentence.endswith("Back: the version of 4 Jan 2022 shows 100,000.")
    assert [f.rule for f in ladder(100_000, 50_000, 50_000, 150_000)] == ["R1", "R0"]


def test_a_rise_that_is_undone_is_no_peak() -> None:
    """What stood in one version only is not what later falls are measured from."""
    found = ladder(900_000, 900_000, 9_000_000, 910_000, 880_000)
    assert [f.rule for f in found if f.rule == "R4"] == []
    [cut] = [f for f in ladder(900_000, 9_000_000, 900_000, 800_000) if f.rule == "R1"][1:]
    assert cut.events[0].evidence["peak"] == 900_000


def test_a_product_that_falls_within_an_unchanged_total_is_a_finding() -> None:
    """The country shows nothing and no single product gains as much: the row's own fall stands."""
    found = found_in(
        [("ERI", "A", 500_000), ("ERI", "B", 100_000), ("ERI", "C", 0)],
        [("ERI", "A", 100_000), ("ERI", "B", 300_000), ("ERI", "C", 200_000)],
    )
    assert short(found) == [("R1", "medium", 3)]
    text = found[0].events[0].sentence
    assert text.startswith("The list showed 100,000 doses of A allocated to Eritrea (ERI)")
    assert text.endswith("; the country's total stayed the same.")
    gains = found[0].events[0].evidence["also"]
    assert {(gain["rule"], gain["key"]["product"]) for gain in gains} == {("R0", "B"), ("R0", "C")}


def test_a_part_without_a_figure_is_not_zero() -> None:
    """Absent and not published are no figure; only a published 0 is 0."""
    before: Rows = [("ERI", "A", 500_000), ("ERI", "B", 100_000), ("ERI", "C", 90_000)]
    after: Rows = [("ERI", "A", 500_000), ("ERI", "B", 0), ("ERI", "C", None)]
    cut = found_in(before, after)[0].events[0]
    assert "with B 100,000 → 0, C 90,000 → no figure" in cut.sentence
    gone = found_in(before, before[:1])[0].events[0]
    assert "with B 100,000 → no figure, C 90,000 → no figure" in gone.sentence


def test_a_country_without_a_row_has_no_figure_and_not_zero() -> None:
    """A total is none when the last row goes, and 0 when a row says so."""
    other = ("SYR", "A", 1)
    gone = found_in([other, ("ERI", "A", 300_000)], [other])
    assert gone[0].events[0].after is None
    assert "no figure any more" in gone[0].events[0].sentence
    zero = found_in([other, ("ERI", "A", 300_000)], [other, ("ERI", "A", 0)])
    assert zero[0].events[0].after == 0
    assert [f.events[0].severity for f in (gone[0], zero[0])] == ["critical", "critical"]


def test_the_drawdown_opens_resolves_and_opens_again() -> None:
    """Slow falls that no single step shows; closed above 90 percent of the peak."""
    found = ladder(1_000_000, 910_000, 830_000, 790_000, 905_000, 840_000, 770_000, 760_000)
    drawdowns = [f for f in found if f.rule == "R4"]
    assert [[(e.kind, e.after) for e in f.events] for f in drawdowns] == [
        [("opened", 790_000), ("resolved", 905_000)],
        [("opened", 770_000), ("updated", 760_000)],
    ]
    assert drawdowns[0].events[0].previous_as_of == drawdowns[1].events[0].previous_as_of


def test_the_end_of_a_drawdown_has_its_own_sentence_and_figures() -> None:
    """Back below the peak, or above it: measured against the peak that it fell from."""
    (near,) = [f for f in ladder(*SLOW, 905_000) if f.rule == "R4"]
    end = near.events[-1]
    assert (end.kind, end.severity, end.before, end.after) == (
        "resolved",
        "high",
        1_000_000,
        905_000,
    )
    assert end.sentence == (
        "The list showed 905,000 doses allocated to Eritrea (ERI) on 5 Jan 2022: the figure is "
        "back within 10 % of its peak of 1,000,000, first seen on 1 Jan 2022; the drawdown was "
        "open since 4 Jan 2022."
    )
    (above,) = [f for f in ladder(*SLOW, 1_200_000) if f.rule == "R4"]
    end = above.events[-1]
    assert (end.before, end.after, end.rel_change) == (1_000_000, 1_200_000, 0.2)
    assert "back at or above its peak of 1,000,000, first seen on 1 Jan 2022" in end.sentence
    assert (end.evidence["peak"], end.evidence["drawdown"]) == (1_000_000, 0.2)


def test_a_drawdown_needs_three_vintages_of_its_figure() -> None:
    """With two, the peak is the version before; a cut of one version is left to R1 and R2."""
    assert [f.rule for f in ladder(1_000_000, 300_000)] == ["R1"]
    assert [f.rule for f in ladder(1_000_000, 300_000, 300_000)] == ["R1"]
    assert [f.rule for f in ladder(1_000_000, 300_000, 310_000)] == ["R1"]
    assert [f.rule for f in ladder(1_000_000, 300_000, 290_000)] == ["R1"]
    (drawdown,) = [f for f in ladder(1_000_000, 850_000, 780_000) if f.rule == "R4"]
    assert [(e.kind, e.after) for e in drawdown.events] == [("opened", 780_000)]
    (late,) = [f for f in ladder(1_000_000, None, 500_000) if f.rule == "R4"]
    assert [(e.kind, e.after) for e in late.events] == [("opened", 500_000)]
    other = ("SYR", "unspecified", 1)
    new = ("ERI", "unspecified", 1_000_000)
    fallen = ("ERI", "unspecified", 300_000)
    assert [f.rule for f in found_in([other], [other, new], [other, fallen])] == ["R0", "R1"]


def test_a_drawdown_that_stays_is_confirmed_once() -> None:
    """An unchanged next vintage confirms it, further ones say nothing."""
    (drawdown,) = [f for f in ladder(*SLOW, *[790_000] * 2) if f.rule == "R4"]
    assert [(e.kind, e.confidence) for e in drawdown.events] == [
        ("opened", "unconfirmed"),
        ("confirmed", "confirmed"),
    ]


def test_other_figures_than_promises_are_left_to_other_rules() -> None:
    """A cumulative counter that falls is not R1."""
    found = found_in([("BGD", "A", 539_438_635)], [("BGD", "A", 0)], column="doses_delivered")
    assert short(found) == [("R7", "critical", 1)]
