"""Episodes: what a rule finds, from the vintage that opens it to the one that ends it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final, Literal

import polars as pl

from schemas.alerts import Confidence, EventKind, Severity
from tasks.alerts.rules.reading.rule_input import Timeline

ENDINGS: Final = frozenset({"reverted", "resolved"})
HISTORY: Final = 8
"""Values of the figure that evidence lists."""
Row = Mapping[str, Any]
"""A row of a frame, by column."""
Values = Sequence[tuple[int | None, float | None]]
"""A figure's values: the seq that showed each first (None: before the first one), and the value."""
ByCell = Mapping[tuple[Any, ...], Values]
"""The values of figures, by the columns that identify each."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Family:
    """Findings that one event of the source explains, when many rows or countries have them.

    `name`: in evidence and fingerprints. `sentence`: with {noun}, {fewer} [or lower, of a share],
    {count}, {compared} and {on}. `counts`: what is counted. `is_fall`: the next vintage confirms
    or reverts it. `share`: of the countries, from which on they are one; None: that of R17.
    `keeps_critical_apart`: whether critical findings stay beside their group. `moved`: a group
    counts every country whose figure moved this way, and is at least as severe as their sum; '': it
    counts its findings only. `wider`: the family that findings too few for their own share.
    """

    name: str
    sentence: str
    counts: Literal["country", "row"] = "country"
    is_fall: bool = False
    share: float | None = None
    keeps_critical_apart: bool = True
    moved: Literal["", "lower", "higher"] = ""
    wider: "Family | None" = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One step of an episode, which becomes an event.

    `seq`: of the vintage that shows it. `since`: of the vintage that `before` is from, None without
    one. `family`: overrides that of the rule.
    """

    seq: int
    since: int | None
    severity: Severity
    before: float | None
    after: float | None
    sentence: str
    kind: EventKind = "opened"
    confidence: Confidence = "unconfirmed"
    evidence: Mapping[str, Any] = field(default_factory=dict[str, Any])
    family: Family | None = None

    def then(self, kind: EventKind, seq: int, text: str, **changes: Any) -> "Step":
        """Return a later step; its sentence is this one's and `text`."""
        return replace(self, kind=kind, seq=seq, sentence=f"{self.sentence} {text}", **changes)


@dataclass(frozen=True, kw_only=True, slots=True)
class Episode:
    """What a rule found: key, column and `about` as in `schemas.alerts.Finding`, and its steps.

    `values`: of the figure, in the order of the vintages. `group`: fingerprint of its group.
    `first_seq`: where it began, if earlier than its first step.
    """

    timeline: Timeline
    key: Mapping[str, str | date]
    column: str | None
    steps: Sequence[Step]
    values: Values = ()
    about: str = ""
    group: str | None = None
    first_seq: int | None = None

    def history(self, seq: int) -> list[tuple[int | None, float | int | None]]:
        """Return the last eight values up to a vintage."""
        known = [(at, whole(value)) for at, value in self.values if at is None or at <= seq]
        return known[-HISTORY:]


def values_by_cell(changes: pl.DataFrame, cell: Sequence[str]) -> ByCell:
    """Return the values of each figure, by the columns of `cell`.

    `changes`: the columns of `cell`, seq, before, after.
    """
    found: dict[tuple[Any, ...], list[tuple[int | None, float | None]]] = {}
    columns = (*cell, "seq", "before", "after")
    for *name, seq, before, after in changes.sort("seq").select(columns).iter_rows():
        values = found.setdefault(tuple(name), [] if before is None else [(None, before)])
        values.append((seq, after))
    return found


def spells(
    states: pl.DataFrame, cell: Sequence[str], is_wrong: str
) -> list[tuple[Row, Row | None]]:
    """Return each state that begins to be wrong, and the one that ends that, if any; by seq.

    `states`: the columns of `cell`, seq, and `is_wrong` [bool], sorted by cell and seq.
    """
    found: list[tuple[Row, Row | None]] = []
    for rows in states.partition_by(cell, maintain_order=True):
        entry: Row | None = None
        for row in rows.iter_rows(named=True):
            if row[is_wrong]:
                entry = entry or row
            elif entry:
                found.append((entry, row))
                entry = None
        found += [(entry, None)] if entry else []
    return sorted(found, key=lambda pair: [pair[0][name] for name in ("seq", *cell)])


def verdict(opened: Step, *, undone: bool, after: float | None, text: str) -> Step:
    """Return the step by which the next vintage confirms or reverts a finding."""
    return opened.then(
        "reverted" if undone else "confirmed",
        opened.seq + 1,
        f"{'Undone' if undone else 'Confirmed'}: {text}",
        after=after,
        confidence="unconfirmed" if undone else "confirmed",
    )


def with_confirmation(timeline: Timeline, steps: Sequence[Step]) -> list[Step]:
    """Return the steps of an episode that the vintage after its opening confirms by not ending it.

    The next step carries the confirmation; where the next vintage changed nothing, a step of its
    own does.
    """
    opened, *later = steps
    seq = opened.seq + 1
    if seq <= timeline.last and not (later and later[0].seq == seq):
        text = f"Confirmed by the version of {timeline.day(seq)}."
        later = [opened.then("confirmed", seq, text), *later]
    is_undone = bool(later) and later[0].kind == "resolved"
    confidence: Confidence = "unconfirmed" if is_undone else "confirmed"
    return [opened, *(replace(step, confidence=confidence) for step in later)]


def whole(value: float | None) -> float | int | None:
    """Return a whole figure as an integer.

    >>> whole(1540800.0), whole(0.5), whole(None)
    (1540800, 0.5, None)
    """
    return int(value) if value is not None and float(value).is_integer() else value


def relative_change(before: float | None, after: float | None) -> float | None:
    """Return (after - before) / before; None where either is None or before is 0.

    >>> relative_change(200, 150), relative_change(0, 5), relative_change(5, None)
    (-0.25, None, None)
    """
    return (after - before) / before if before and after is not None else None
