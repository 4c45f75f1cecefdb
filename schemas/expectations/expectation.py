"""What one expectation is, and what a suite is."""

from dataclasses import dataclass
from typing import Final, Literal

from schemas.expectations.bounds import Bound

Fact = Literal[
    "rows",
    "members",
    "members_gone",
    "keys_gone",
    "figures_withdrawn",
    "newest_day",
    "gap",
    "figures_changed",
    "change_median",
    "change_large",
    "sum",
    "newest_sum",
    "steps_kept",
]
"""What is measured on a vintage; `tasks.quality.measurements` knows how."""

Unit = Literal["count", "share", "change", "days"]
"""How a figure is written: as it is, in percent, in percent with its sign, in days."""

PACED: Final = frozenset({"figures_changed", "change_median", "change_large"})
"""Facts of which nothing can be expected after a long gap: they follow from how long it was."""
MOVED: Final = PACED | {"keys_gone", "figures_withdrawn"}
"""Facts about what became of the vintage before; across a long gap they say nothing usual."""
GROWING: Final = frozenset({"rows", "members", "sum", "newest_sum"})
"""Facts that may have grown by any amount after a long gap."""
WINDOW: Final = 8
"""How many good vintages before the judged one the bounds come from."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Expectation:
    """
    What a published table must be in one respect, beside the last vintages.

    `name`: what a waiver names as its rule. `topic`: the question it belongs to. `title`: what is
    expected, in a few words. `note`: a sentence for people, why that is worth a look. `fact`: what
    is measured, on the column `figure` where it is about one. `noun`: what is counted ("rows",
    "doses").
    """

    name: str
    topic: str
    title: str
    note: str
    fact: Fact
    bound: Bound
    unit: Unit = "count"
    noun: str = ""
    figure: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Suite:
    """
    What a published table must be.

    `member`: the key column that says whom a row is about; `members`, `one`: what they are called.
    `day`: the column whose newest day is the table's; empty without one.
    """

    member: str
    members: str
    one: str
    day: str
    expectations: tuple[Expectation, ...]
