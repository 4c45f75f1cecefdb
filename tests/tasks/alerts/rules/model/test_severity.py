"""The scale of severity, as a table."""

import pytest

from tasks.alerts.rules.model.severity import severity_of_fall


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
    ("before", "after", "iso3", "expected"),
    [
        (4.417, 3.186, "KHM", "high"),
        (1.0, None, "NGA", "critical"),
        (1.0, 0.4, "NGA", "critical"),
        (1.0, 0.4, "TUV", "high"),
        (1.0, 0.88, "TUV", "medium"),
        (1.5, 1.44, "NGA", "low"),
        (1.0, 0.4, "XKX", "high"),
        (1.0, 0.995, "NGA", None),
    ],
)
def test_a_share_is_judged_in_doses_and_per_head(
    before: float, after: float | None, iso3: str, expected: str | None
) -> None:
    """A share is doses a head: with a population it is so many doses."""
    assert severity_of_fall(before, after, column="secured_share", iso3=iso3) == expected


@pytest.mark.parametrize(
    ("before", "after", "iso3", "expected"),
    [
        (10_000, 7_000, "TUV", "high"),
        (10_000, 7_000, "NGA", "low"),
        (10_000, 9_000, "TUV", "medium"),
        (132, 0, "LSO", None),
    ],
)
def test_a_small_country_is_judged_per_head(
    before: int, after: int, iso3: str, expected: str | None
) -> None:
    """5 % of the people are high, 1 % medium, whatever their number."""
    found = severity_of_fall(before, after, column="doses_delivered", iso3=iso3, product=True)
    assert found == expected


def test_severity_of_fall_by_example() -> None:
    """`severity_of_fall`, by its plainest cases."""
    assert severity_of_fall(8115600, 1540800, column="doses_allocated") == "critical"
    assert severity_of_fall(252000, 0, column="doses_allocated", product=True) == "high"
