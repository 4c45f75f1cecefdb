"""The judgement of one expectation: a row of the dataset `quality.results`."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """The judgement of one expectation of one published table.

    `dataset`, `expectation`: the key. `topic`, `title`, `note`: the expectation in words.
    `vintage_id`, `vintage_as_of`: the judged vintage. `state`: hash of its table. `judged_at`:
    instant, UTC. `is_met`: None when it could not be judged. `observed`, `least`, `most`: the
    figure and its expected range; None when there is none. `seen`, `expected`: the same in words.
    `sentence`: all of it in one. `compared_with`: number of earlier vintages behind the bounds.
    `fault`: error of the check; such an expectation counts as not met. `waived_by`,
    `waived_reason`, `waived_until`: owner, reason and last day of its waiver; None without one.
    `basis`: hash of all inputs; None in older lakes.
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

    def document(self) -> dict[str, Any]:
        """Return the fields by name."""
        return asdict(self)
