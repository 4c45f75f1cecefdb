"""Falls that only undo a recent rise: a figure that is back where it was before a spike."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from schemas.wording import figure
from tasks.alerts.rules.model.episode import Values, whole
from tasks.alerts.rules.reading.rule_input import Timeline
from tasks.alerts.rules.reading.usual_increments import increments_before

RECENT: Final = timedelta(days=7)
"""So long ago a rise may be, unless it is of the version before."""
LEAST_RISE: Final = 0.1
LEAST_UNDONE: Final = 0.9
"""Share of the rise that the fall takes back."""
INCREMENTS: Final = 8
"""A spike rises by more than the largest of so many increments before it."""


class Reversal(NamedTuple):
    """What a fall goes back to: the figure before the rise, and the seq that showed the rise."""

    level: float
    risen: int

    def text(self, timeline: Timeline, column: str) -> str:
        """Return the sentence about it, without the full stop."""
        shown = figure(self.level, column)
        return f"It is back near the {shown} shown before {timeline.day(self.risen)}"

    def evidence(self, timeline: Timeline) -> dict[str, Any]:
        """Return it as evidence."""
        risen = timeline.as_of[self.risen].isoformat()
        return {"back_to": {"value": whole(self.level), "until": risen}}


def reversal(values: Values, seq: int, as_of: Sequence[datetime]) -> Reversal | None:
    """Return what the fall at vintage `seq` goes back to; None when it undoes no recent spike.

    `values`: of one figure, in the order of the vintages. `as_of`: of the vintages. A spike is a
    rise by 10 % or more, of the version before or of the last seven days, and larger than any of
    the eight increments before; the fall takes nine tenths of it back and does not end below where
    it began.
    """
    known = [(at, value) for at, value in values if value is not None and (at or 0) <= seq]
    *earlier, (_, after) = known
    figures = [value for _, value in earlier]
    for number in range(len(earlier) - 1, 0, -1):
        at, level = earlier[number][0], figures[number - 1]
        if at is None or (at < seq - 1 and as_of[seq] - as_of[at] > RECENT):
            return None
        if _is_undone(level, figures[-1], after) and _is_jump(figures[: number + 1]):
            return Reversal(level, at)
    return None


def _is_undone(level: float, peak: float, after: float) -> bool:
    rise = peak - level
    is_back = peak - after >= LEAST_UNDONE * rise and after >= level
    return is_back and rise >= max(LEAST_RISE * level, 1)


def _is_jump(figures: Sequence[float]) -> bool:
    before = increments_before(figures, count=INCREMENTS)
    return figures[-1] - figures[-2] > max(before, default=0)
