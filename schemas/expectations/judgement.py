"""What came of one expectation: a row of the dataset `quality.results`."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """
    What came of one expectation of one published table.

    `dataset`, `expectation`: the key. `topic`, `title`, `note`: the expectation in words.
    `vintage_id`, `vintage_as_of`: the judged vintage. `state`: the hash of what it says in that
    table. `judged_at`: when. `is_met`: None where it could not be judged, which is neither good nor
    bad. `observed`, `least`, `most`: the figure, and between which it is expected; None where there
    is none. `seen`, `expected`: the same in words. `sentence`: all of it in one. `compared_with`:
    how many vintages before it the bounds come from. `fault`: what went wrong while it was checked;
    such an expectation counts as not met. `waived_by`, `waived_reason`, `waived_until`: who has
    decided to leave it, why, and until when; None where nobody has. `basis`: the hash of all that
    the judgement follows from; None where it was not recorded yet.
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
    def is_told(self) -> bool:
        """Whether people have to be told: it is not met, and nobody has decided to leave it."""
        return self.is_met is False and self.waived_by is None

    @property
    def told(self) -> str:
        """What people are told of it in the notes of a run."""
        if self.fault is not None:
            return f"{self.dataset}: {self.sentence}"
        return (
            f"{self.dataset} is published, but look: {self.title}? Seen: {self.seen}; "
            f"expected: {self.expected}."
        )

    def document(self) -> dict[str, Any]:
        """Return all of it by name."""
        return asdict(self)
