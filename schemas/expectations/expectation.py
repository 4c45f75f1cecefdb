"""What a published table must be (expectations, suites), and the judgement of one expectation."""

from dataclasses import dataclass
from datetime import date, datetime
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
"""The figure that is measured on a vintage, by `tasks.quality.metrics`."""

Unit = Literal["count", "share", "change", "days"]
"""The format of a figure: plain, in percent, in percent with sign, in days."""

PACED: Final = frozenset({"figures_changed", "change_median", "change_large"})
"""Facts that have no expected range after a long gap, because they depend on its length."""
MOVED: Final = PACED | {"keys_gone", "figures_withdrawn"}
"""Facts about changes since the previous vintage; across a long gap they are not usual."""
GROWING: Final = frozenset({"rows", "members", "sum", "newest_sum"})
"""Facts that may have grown by any amount after a long gap."""
WINDOW: Final = 8
"""The number of earlier good vintages that the bounds come from."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Expectation:
    """One property that a published table must have, compared with the last vintages.

    `name`: the rule that a waiver names. `topic`: the question it belongs to. `title`: the
    expectation in a few words. `note`: why it matters, a sentence. `fact`: the measured figure, on
    the column `figure` if it is about one. `noun`: the counted unit ("rows", "doses").
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


@dataclass(frozen=True, slots=True)
class Suite:
    """All expectations of a published table.

    `member`: the key column of the entity that a row is about; `members`, `one`: the plural and
    singular noun for it. The field names are part of the hash `basis` in lakes. `day`: the column
    with the days of the table; empty without one.
    """

    member: str
    members: str
    one: str
    day: str
    expectations: tuple[Expectation, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """The judgement of one expectation of one published table: a row of `quality.results`.

    `tasks.quality.results.DESCRIPTIONS` has the meaning of each column. None: `is_met`: could not
    be judged; `observed`, `least`, `most`: there is none; `fault`: no error; `waived_…`: no waiver;
    `basis`: in older lakes.
    """

    dataset: str
    expectation: str
    topic: str
    title: str
    note: str
    vintage_id: str
    vintage_as_of: datetime
    state: str
    judged_at: datetime
    is_met: bool | None
    observed: float | None
    least: float | None
    most: float | None
    seen: str
    expected: str
    sentence: str
    compared_with: int
    fault: str | None = None
    waived_by: str | None = None
    waived_reason: str | None = None
    waived_until: date | None = None
    basis: str | None = None

    @property
    def needs_attention(self) -> bool:
        """Whether it is unmet and not waived."""
        return self.is_met is False and self.waived_by is None

    @property
    def notice(self) -> str:
        """The text for the notes of a run."""
        if self.fault is not None:
            return f"{self.dataset}: {self.sentence}"
        return (
            f"{self.dataset} is published, but look: {self.title}? Seen: {self.seen}; "
            f"expected: {self.expected}."
        )
