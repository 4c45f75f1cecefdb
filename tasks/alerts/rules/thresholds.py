"""
Every threshold of the rules, in one place. Doses are doses, shares are 0 to 1.

They are judgement, measured on real versions of published tables: a fall of 10 % and 10,000 doses
is worth telling, and of the largest drops most are undone by the very next version.
"""

from collections.abc import Mapping
from typing import Final

from schemas.relations import ROUNDING, SUPPLY

PROMISES: Final = ("doses_announced", "doses_allocated", "doses_pledged", "secured_share")
"""Figures that are promises: R0, R1, R2 and R4 judge these."""

SHARE_STEP: Final = 0.05
"""For a share of population: stands for every threshold in doses below."""

NOTABLE: Final = 0.10
"""R0, R1: least relative change."""
NOTABLE_DOSES: Final = 10_000
"""R0, R1: least change [doses]."""
SMALLEST_BASE: Final = 1_000
"""R1: smaller figures before are not judged [doses]."""
WITHDRAWN_DOSES: Final = 100_000
"""R2: least figure before, for one that is 0 or gone now [doses]."""
BACK_WITHIN: Final = 0.02
"""R1, R17: a figure this near to the one before the fall is back."""
STEADY: Final = 0.02
"""R1, R2 of a single row: while the country's total moves less, the fall is at most medium."""

DRAWDOWN_OPENS: Final = 2
"""R4: opens this many steps of 10 % below the peak."""
DRAWDOWN_ENDS: Final = 1
"""R4: ends less than this many steps of 10 % below the peak."""
DRAWDOWN_VINTAGES: Final = 3
"""R4: vintages of a figure before it is judged; with two, the peak is the version before."""
DRAWDOWN_DOSES: Final = 100_000
"""R4: least distance from the peak [doses]."""

STORM_KEYS: Final = 8
"""R17: as many countries in one column of one vintage are one event of the source."""
STORM_SHARE: Final = 0.05
"""R17: so is this share of the countries compared."""
STORM_LEAST: Final = 3
"""R17: fewer countries than this are never a storm, whatever their share."""
ROWS_CHANGE: Final = 0.35
"""R17: least relative change of the number of rows."""
ROWS_LEAST: Final = 20
"""R17: tables with fewer rows are not judged by their number of rows."""

POSITIVITY: Final = 0.001
"""R9: the positivity that is assumed at least; a floor, without other countries to compare with."""
TESTS_LEAST: Final = 5_000
"""R9: fewer tests are not judged."""
CHANCE: Final = 1e-6
"""R9: opens below this chance of no positive."""
CHANCE_HIGH: Final = 1e-12
"""R9: severity high below this chance."""
SPECIFICITY: Final = 0.9997
"""R9: assumed share of the tests of healthy people that are negative; said in the sentence."""

FLIPS_TOLD: Final = 3
"""R18: so many comings and goings after the first are told of the same columns, and no more."""

STEP: Final = 0.1
"""R4: one step."""
PARAMETERS: Final[Mapping[str, Mapping[str, float]]] = {
    "R0": {"least_rise": NOTABLE, "least_doses": NOTABLE_DOSES, "least_share": SHARE_STEP},
    "R1": {
        "least_fall": NOTABLE,
        "least_doses": NOTABLE_DOSES,
        "least_share": SHARE_STEP,
        "smallest_doses_before": SMALLEST_BASE,
        "back_within": BACK_WITHIN,
        "steady_total_within": STEADY,
    },
    "R2": {
        "least_doses_before": WITHDRAWN_DOSES,
        "least_share_before": SHARE_STEP,
        "steady_total_within": STEADY,
    },
    "R4": {
        "opens_below_peak": DRAWDOWN_OPENS * STEP,
        "ends_below_peak": DRAWDOWN_ENDS * STEP,
        "step": STEP,
        "least_doses": DRAWDOWN_DOSES,
        "least_share": SHARE_STEP,
        "least_vintages": DRAWDOWN_VINTAGES,
    },
    "R9": {
        "least_tests": TESTS_LEAST,
        "assumed_positivity": POSITIVITY,
        "opens_below_chance": CHANCE,
        "high_below_chance": CHANCE_HIGH,
        "assumed_specificity": SPECIFICITY,
    },
    "R11": {"below": 0, "more_than": 1, "more_doses_than": ROUNDING, "more_supply_than": SUPPLY},
    "R17": {
        "countries": STORM_KEYS,
        "share_of_countries": STORM_SHARE,
        "least_countries": STORM_LEAST,
        "rows_change": ROWS_CHANGE,
        "least_rows": ROWS_LEAST,
        "back_within": BACK_WITHIN,
    },
    "R18": {"flips_told": FLIPS_TOLD},
}
"""The thresholds of each rule, as its evidence and its documentation name them."""
