"""The scale of severity, as a table."""

import pytest

from tasks.alerts.rules.severity import severity_of_fall


@pytest.mark.parametrize(
    ("before", "after", "product", "expected"),
    [
        (8_115_600, 1_540_800, False, "critical"),
        (1_992_000, 1_704_000, False, "medium"),
        (1_540_800, 1_288_800, False, "medium"),
        (252_000, 0, True, "high"),
        (252_000, None, True, "high"),
        (252_000, None, False, "critical"),
        (249_999, 0, False, "high"),
        (2_000_000, 1_000_000, False, "critical"),
        (500_000, 400_000, False, "high"),
        (100_000, 90_000, False, "medium"),
        (50_000, 49_000, False, "low"),
        (50_000, 49_500, False, None),
        (500, 0, False, None),
    ],
)
def test_a_fall_has_one_severity(
    before: int, after: int | None, *, product: bool, expected: str | None
) -> None:
    """Size and share decide together; what is gone weighs more for a country."""
    found = severity_of_fall(before, after, column="doses_allocated", product=product)
    assert found == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [(4.417, 3.186, "medium"), (1.0, None, "medium"), (1.5, 1.44, "low"), (0.3, 0.26, None)],
)
def test_a_share_is_never_worse_than_medium(
    before: float, after: float | None, expected: str | None
) -> None:
    """A share of population has thresholds of its own: 0.05 for every number of doses."""
    assert severity_of_fall(before, after, column="secured_share") == expected


def test_severity_of_fall_by_example() -> None:
    """`severity_of_fall`, by its plainest cases."""
    assert severity_of_fall(8115600, 1540800, column="doses_allocated") == "critical"
    assert severity_of_fall(252000, 0, column="doses_allocated", product=True) == "high"
