"""The slips in the life of one figure: each opens at once, and ends when the figure is back."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from math import log10
from statistics import median_high, median_low
from typing import Final

from schemas.alerts import Severity
from schemas.figure_kinds import figure_kind
from schemas.rule_settings import Thresholds
from schemas.wording import figure
from tasks.alerts.rules.model.episode import Episode, Step, Values, verdict, whole
from tasks.alerts.rules.model.fall_wording import fall_statement
from tasks.alerts.rules.model.severity import at_most, severity_of_fall
from tasks.alerts.rules.reading.rule_input import Timeline
from tasks.alerts.rules.reading.slip_tags import FACTOR_2, POWER, slip_tags, tag_sentence

HISTORY: Final = 8
STEADY: Final = 1.1
"""A change of people into samples is seen in a figure that grew less than this per version."""


@dataclass(kw_only=True, slots=True)
class SlippingFigure:
    """A figure with a step of this size, and what is known of it so far.

    `values`: of the figure, in the order of the vintages. `grown`: seqs of those that the figure
    reached step by step on the days in between. `accepted`: the last values that are no
    open slip, nor one that is over; `before`: the last value, and the vintage that showed it last;
    `is_open`: whether the last of `slips` has no end; `sound`: how many values were accepted before
    it.
    """

    timeline: Timeline
    key: Mapping[str, str | date]
    column: str
    values: Values
    thresholds: Thresholds
    grown: Collection[int] = ()
    accepted: list[float] = field(default_factory=list[float])
    before: tuple[float, int] | None = None
    slips: list[list[Step]] = field(default_factory=list[list[Step]])
    is_open: bool = False
    sound: int = 0

    def episodes(self) -> Iterator[Episode]:
        """Yield its slips."""
        last = self.timeline.last
        first = next((at or 0 for at, value in self.values if value is not None), 0)
        ends = [(at or 1) - 1 for at, _ in self.values[1:]] + [last]
        for (at, value), end in zip(self.values, ends, strict=True):
            if value is not None:
                seq = at or 0
                self._add(seq, value, is_known=seq - first >= self.thresholds["least_vintages"] - 1)
                self.before = value, end
        if self._is_unjudged() and self.slips[-1][0].seq < last:
            self._confirm(self.slips[-1], self.slips[-1][0].after or 0)
        for steps in self.slips:
            yield Episode(
                timeline=self.timeline,
                key=self.key,
                column=self.column,
                steps=steps,
                values=self.values,
            )

    def _is_unjudged(self) -> bool:
        return self.is_open and len(self.slips[-1]) == 1

    def _add(self, seq: int, value: float, *, is_known: bool) -> None:
        """Judge the next value."""
        if self._is_unjudged() and seq > self.slips[-1][0].seq + 1:
            self._confirm(self.slips[-1], self.slips[-1][0].after or 0)
        if self.is_open and _is_back(self.slips[-1][0], value):
            self.slips[-1].append(self._end(self.slips[-1], seq, value))
            self.is_open = False
            self.accepted[self.sound :] = [value]
        elif self._is_unjudged():
            self._confirm(self.slips[-1], value)
        elif is_known and seq not in self.grown and self._is_slip(value):
            self.slips.append([self._opened(seq, value)])
            self.is_open, self.sound = True, len(self.accepted)
        else:
            self.accepted.append(value)

    def _is_slip(self, value: float) -> bool:
        """Return whether a value is far from the one before, and from the usual ones."""
        before, _ = self.before or (0.0, 0)
        usual = self.accepted[-HISTORY:]
        near = (before, median_low(usual or [0]), median_high(usual or [0]))
        is_small = before < self.thresholds["least_before"] or min(value, *near) <= 0
        if is_small or abs(value - before) < self.thresholds["least_change"]:
            return False
        steps, least = [log10(value / one) for one in near], self.thresholds["least_step"]
        if figure_kind(self.column) == "flow":
            is_power = any(tag.startswith(POWER) for tag in slip_tags(before, value, self.column))
            return is_power and log10(value / max(usual)) >= least
        return min(steps) >= least or max(steps) <= -least or self._is_unit(value, usual)

    def _is_unit(self, value: float, usual: Sequence[float]) -> bool:
        """Return whether people may have become samples, or samples people."""
        growth = [log10(now / then) for then, now in pairwise(usual) if then > 0 and now > 0]
        is_steady = bool(growth) and all(abs(one) <= log10(STEADY) for one in growth)
        return is_steady and slip_tags(usual[-1], value, self.column) == [FACTOR_2]

    def _opened(self, seq: int, value: float) -> Step:
        before, since = self.before or (0.0, 0)
        tags = slip_tags(before, value, self.column)
        iso3 = str(self.key["iso3"])
        most, least = max(before, value), min(before, value)
        found = severity_of_fall(most, least, column=self.column, iso3=iso3, product=True)
        is_plain = not tags or tags == [FACTOR_2]
        severity: Severity = found or "low"
        if is_plain and value > before:
            severity = at_most(severity, "low" if not tags else "medium")
        text, waited = tag_sentence(tags), self.timeline.as_of[seq] - self.timeline.as_of[since]
        if value > before and waited.days > self.thresholds["soon"]:
            severity = at_most(severity, "low")
            text += f" The figure before is {waited.days} days older, so it may have grown."
        case = {"column": self.column, "seq": seq, "before": before, "after": value, "since": since}
        return Step(
            seq=seq,
            since=since,
            severity=severity,
            before=before,
            after=value,
            sentence=f"{fall_statement(self.timeline, case, self.key)}.{text}",
            evidence={
                "step": round(log10(value / before), 3),
                "tags": tags,
                "usual": whole(median_low(self.accepted[-HISTORY:])),
            },
        )

    def _confirm(self, steps: list[Step], value: float) -> None:
        day = self.timeline.day(steps[0].seq + 1)
        tags: Sequence[str] = steps[0].evidence["tags"]
        reason = " The unit, or what is counted, may have changed." if tags else ""
        text = f"the version of {day} shows {figure(value, self.column)}.{reason}"
        steps.append(verdict(steps[0], undone=False, after=value, text=text))
        self.accepted.append(value)

    def _end(self, steps: Sequence[Step], seq: int, value: float) -> Step:
        shown = f"the version of {self.timeline.day(seq)} shows {figure(value, self.column)}"
        if len(steps) == 1:
            return verdict(steps[0], undone=True, after=value, text=f"{shown}: it was a slip.")
        return steps[-1].then("resolved", seq, f"Back: {shown}.", after=value)


def _is_back(opened: Step, value: float) -> bool:
    """Return whether a value is nearer to the one before a slip than to the slip."""
    if not opened.before or not opened.after or value <= 0:
        return False
    return abs(log10(value / opened.before)) < abs(log10(value / opened.after))
