"""What kind of slip a step of a figure may be: a power of ten, a digit, a separator, a unit."""

from math import log10
from typing import Final

POWER: Final = "10^"
FACTOR_2: Final = "factor 2"
TIMES: Final = "\u00d7"
NEAR: Final = 0.12
"""How near the logarithm of a step is to a whole number that it counts as a power of ten."""
GROWTH: Final = (0.95, 1.3)
"""Between versions a figure may have grown, too."""
UNITS: Final = ("people_tested", "samples_tested", "specimens_processed", "tests_performed")
TWICE: Final = (1.9, 2.1)
"""Samples are about twice the people: each is tested twice."""


def slip_tags(before: float, after: float, column: str) -> list[str]:
    """Return what a step may be, as tags; both figures are above 0.

    >>> slip_tags(143_643, 1_434_333, "tests_performed_cumulative")
    ['10^1', 'digit added']
    >>> slip_tags(2_522_776, 12_922_776, "doses_delivered")
    ['digit added']
    >>> slip_tags(1_234.5, 12_345, "doses_delivered")
    ['10^1', 'same digits', 'digit added']
    >>> slip_tags(30_348, 60_422, "people_tested_cumulative")
    ['factor 2']
    """
    step = log10(after / before)
    power = round(step)
    tags = [f"{POWER}{power}"] if power and abs(step - power) <= NEAR else []
    tags += ["same digits"] if tags and _digits(before) == _digits(after) else []
    least, most = GROWTH
    if after > before and _without_digit(after, least * before, most * before):
        tags.append("digit added")
    if after < before and _without_digit(before, after / most, after / least):
        tags.append("digit dropped")
    ratio = max(before, after) / min(before, after)
    if column.startswith(UNITS) and TWICE[0] <= ratio <= TWICE[1]:
        tags.append(FACTOR_2)
    return tags


def tag_sentence(tags: list[str]) -> str:
    """Return what the tags mean, as a sentence; '' without any."""
    if not tags:
        return ""
    first = tags[0]
    if first.startswith(POWER):
        return f" The step is about {TIMES}{first}: a digit, a separator or the unit may differ."
    if first == FACTOR_2:
        return f" The step is about {TIMES}2, as between people and samples tested."
    return f" It is as if one digit were {first.removeprefix('digit ')}."


def _digits(value: float) -> str:
    return f"{value:f}".replace(".", "").strip("0")


def _without_digit(number: float, least: float, most: float) -> bool:
    """Return whether a number without one of its digits is in a range."""
    text = f"{number:.0f}"
    shortened = (float(text[:at] + text[at + 1 :] or 0) for at in range(len(text)))
    return any(least <= value <= most for value in shortened)
