from typing import Any

import pytest

from tasks.powerbi.values import (
    BOOL,
    DATE,
    DATETIME,
    DECIMAL,
    DOUBLE,
    INTEGER,
    TEXT,
    Digits,
    OddError,
    text_of,
)


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (None, DOUBLE, None),
        ("12.3M", TEXT, "12.3M"),
        ("12.3M", DECIMAL, "12.3"),
        ("479L", INTEGER, "479"),
        ("-0.5D", DOUBLE, "-0.5"),
        ("1.5E-07D", DOUBLE, "1.5E-07"),
        ("NaN", DOUBLE, "NaN"),
        ("12.3 M", DECIMAL, "12.3 M"),
        (Digits("3.10"), DECIMAL, "3.10"),
        (8_115_600, INTEGER, "8115600"),
        (True, BOOL, "true"),
        ("False", BOOL, "False"),
        (0, DATE, "1970-01-01"),
        (1_622_764_800_000, DATETIME, "2021-06-04"),
        ("1622764800000", DATETIME, "2021-06-04"),
        (Digits("1.6227648E12"), DATETIME, "2021-06-04"),
        (1_622_766_600_000, DATETIME, "2021-06-04T00:30:00"),
        (-1, DATETIME, "1969-12-31T23:59:59.999000"),
        ("2021-06-04T00:00:00", DATETIME, "2021-06-04T00:00:00"),
        ("PT5M", 10, "PT5M"),
        (5, 9, "5"),
    ],
)
def test_text_is_what_was_published(value: Any, kind: int, text: str | None) -> None:
    """Digits stay, the letter of a literal goes, M is a decimal and never a million."""
    assert text_of(value, kind) == text


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (3, TEXT),
        (Digits("3.5"), TEXT),
        (1, BOOL),
        (True, INTEGER),
        (True, DATETIME),
        ([1], INTEGER),
        ({}, None),
        (10**16, DATETIME),
        (10**15, DATETIME),
        (Digits("1e999999999"), DATETIME),
        (Digits("0.5"), DATETIME),
    ],
)
def test_value_of_another_type_is_odd(value: Any, kind: int | None) -> None:
    """What a column's type does not allow is never turned into a text that looks sound."""
    with pytest.raises(OddError):
        text_of(value, kind)


def test_text_of_by_example() -> None:
    """`text_of`, by its plainest cases."""
    assert (text_of("479L", INTEGER), text_of("12.3M", DECIMAL), text_of("12.3M", TEXT)) == (
        "479",
        "12.3",
        "12.3M",
    )
    assert (text_of("3.7280000000000006", DOUBLE), text_of(-86400000, DATETIME)) == (
        "3.7280000000000006",
        "1969-12-31",
    )
