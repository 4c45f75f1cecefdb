"""
Every threshold of the rules, in one place. Doses are doses, shares are 0 to 1.

They are judgement, measured on real versions of published tables: a fall of 10 % and 10,000 doses
is worth telling, and of the largest drops most are undone by the very next version.
"""

from typing import Final

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

DRAWDOWN_OPENS: Final = 2
"""R4: opens this many steps of 10 % below the peak."""
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
