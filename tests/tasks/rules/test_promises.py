"""R0, R1, R2 and R4 at their edges, as small tables."""

import pytest

from schemas.alerts import Finding
from tasks.detect import detect
from tests.panels import ALLOCATIONS, allocations, panel_of

Rows = list[tuple[str, str, int | None]]


def found_in(*states: Rows, column: str = "doses_allocated") -> list[Finding]:
    """Return the findings in vintages given as rows of (iso3, product, doses)."""
    tables = {
        f"2022-01-{day:02d}": allocations(rows, column) for day, rows in enumerate(states, start=1)
    }
    return detect([panel_of("s.allocations", ALLOCATIONS, tables)], shown_by="The list")


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
        (99_999, None, []),
        (100_000, None, [("R2", "high", 1), ("R4", "high", 1)]),
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


def test_only_the_very_next_vintage_judges_a_fall() -> None:
    """What comes back later is a raise, and the fall stays confirmed."""
    cut, _ = [f for f in ladder(100_000, 50_000, 50_000, 100_000) if f.rule in {"R1", "R0"}]
    assert [e.kind for e in cut.events] == ["opened", "confirmed"]


def test_a_product_that_falls_within_an_unchanged_total_is_told_itself() -> None:
    """The country shows nothing, so the row's own fall stands alone, and the gain beside it."""
    found = found_in(
        [("ERI", "A", 500_000), ("ERI", "B", 100_000)],
        [("ERI", "A", 100_000), ("ERI", "B", 500_000)],
    )
    assert short(found) == [("R0", "info", 3), ("R1", "high", 3)]
    assert (
        found[1]
        .events[0]
        .sentence.startswith("The list showed 100,000 doses of A allocated to Eritrea (ERI)")
    )


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
    found = ladder(1_000_000, 910_000, 830_000, 790_000, 905_000, 700_000, 690_000)
    drawdowns = [f for f in found if f.rule == "R4"]
    assert [[(e.kind, e.after) for e in f.events] for f in drawdowns] == [
        [("opened", 790_000), ("resolved", 905_000)],
        [("opened", 700_000), ("updated", 690_000)],
    ]
    assert drawdowns[0].events[0].previous_as_of == drawdowns[1].events[0].previous_as_of


def test_a_drawdown_that_stays_is_confirmed_once() -> None:
    """An unchanged next vintage confirms it, further ones say nothing."""
    (drawdown,) = [f for f in ladder(1_000_000, 700_000, 700_000, 700_000) if f.rule == "R4"]
    assert [(e.kind, e.confidence) for e in drawdown.events] == [
        ("opened", "unconfirmed"),
        ("confirmed", "confirmed"),
    ]


def test_other_figures_than_promises_are_left_to_other_rules() -> None:
    """A cumulative counter that falls is not R1."""
    assert found_in([("BGD", "A", 539_438_635)], [("BGD", "A", 0)], column="doses_delivered") == []
