from typing import Any

import pytest

from schemas.expectations.bounds import Span
from schemas.expectations.expectation import Expectation
from schemas.expectations.tables import SUITES
from tasks.quality.expected_ranges import ExpectedRange
from tasks.quality.run_quality import lean_import

with lean_import():
    from tasks.quality.table_quality import check

KNOWN = {it.name: it for it in SUITES["allocations"].expectations}


def asked(name: str, value: Any, within: Span | None) -> ExpectedRange:
    """Return a question about allocations."""
    expectation: Expectation = KNOWN[name]
    return ExpectedRange(
        expectation=expectation,
        value=value,
        earlier=[],
        within=within,
        why_not="" if within else "Nobody knows.",
        seen=str(value),
        expected=str(within),
    )


@pytest.mark.parametrize(
    ("value", "is_met"), [(45.9, False), (46, True), (70, True), (70.1, False), (-1, False)]
)
def test_a_figure_is_expected_in_its_range(value: float, is_met: bool) -> None:  # noqa: FBT001
    """The bounds are inclusive."""
    answers, result = check("a.allocations", [asked("rows", value, Span(46, 70))])
    assert (answers["rows"].is_met, answers["rows"].fault) == (is_met, None)
    assert result is not None
    assert [one.result["observed_value"] for one in result.results] == [value]


def test_every_question_with_a_range_gets_its_answer() -> None:
    """One checkpoint for all of them; what cannot be judged is not asked."""
    questions = [
        asked("rows", 5, Span(1, 9)),
        asked("gap", 30, Span(None, 14)),
        asked("keys_gone", 0.5, None),
        asked("total_doses_allocated", 7, Span(7)),
    ]
    answers, result = check("a.allocations", questions)
    assert {name: one.is_met for name, one in answers.items()} == {
        "rows": True,
        "gap": False,
        "total_doses_allocated": True,
    }
    assert result is not None
    assert result.success is False


def test_nothing_to_judge_needs_no_checkpoint() -> None:
    """The first vintage of a table that is only looked at."""
    assert check("a.allocations", [asked("rows", 5, None)]) == ({}, None)


@pytest.mark.parametrize("broken", ["many", [1, 2], {"rows": 5}])
def test_an_exception_inside_an_expectation_is_a_failure(broken: object) -> None:
    """It is never taken as met, and the others are judged all the same."""
    questions = [asked("rows", broken, Span(1, 9)), asked("gap", 3, Span(None, 14))]
    answers, _ = check("a.allocations", questions)
    assert not answers["rows"].is_met
    assert answers["rows"].fault
    assert answers["gap"].is_met


def test_nothing_is_drawn(capfd: pytest.CaptureFixture[str]) -> None:
    """The terminal belongs to the command that runs."""
    check("a.allocations", [asked("rows", 5, Span(1, 9))])
    assert capfd.readouterr() == ("", "")
