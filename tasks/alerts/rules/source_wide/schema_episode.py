"""Episodes of R18: parts of a source's schema that changed together, and what becomes of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from schemas.alerts import EventKind, Severity
from tasks.alerts.rules.model.episode import Step
from tasks.alerts.rules.model.severity import rank
from tasks.alerts.rules.reading.rule_input import SchemaObservation, Timeline
from tasks.alerts.rules.source_wide.part_changes import (
    Part,
    PartChange,
    SchemaState,
    part_sentence,
    worst,
)

Changes = Sequence[PartChange]
FLIPS: Final = 3
UNPUBLISHED: Final = (
    "Nothing is published until that is mapped or as before; what was published stays."
)
NO_FIGURE: Final = "No figure is read from what changed."
FIGURES_TOO: Final = "Figures of many countries changed in the same version."
LAST_FLIP: Final = "It comes and goes; that is not reported any more."


@dataclass(frozen=True, kw_only=True, slots=True)
class Position:
    """A snapshot in the sequence of all; `changes`: since that of seq `since`, to `state`."""

    timeline: Timeline
    observation: SchemaObservation
    seq: int
    since: int | None
    changes: Changes
    state: SchemaState

    @property
    def day(self) -> str:
        """The day of the snapshot."""
        return self.timeline.day(self.seq)


@dataclass(slots=True)
class SchemaEpisode:
    """Parts that changed together; `before`: the state before that, None if nothing was known.

    `flips`: later changes; those after `most_flips` are not reported.
    `is_frozen`: nothing is published. `is_reduced`: a later episode took some of its parts over.
    """

    dataset: str
    parts: set[Part]
    before: SchemaState | None
    steps: list[Step] = field(default_factory=list[Step])
    flips: int = 0
    most_flips: float = FLIPS
    is_frozen: bool = False
    is_reduced: bool = False

    def add(
        self, position: Position, kind: EventKind, severity: Severity, text: str, changes: Changes
    ) -> None:
        """Add a step at a snapshot, with `changes` as evidence."""
        observation = position.observation
        step = Step(
            kind=kind,
            seq=position.seq,
            since=position.since,
            severity=severity,
            before=None,
            after=None,
            sentence=" ".join([*(step.sentence for step in self.steps[:1]), text]),
            confidence="confirmed",
            evidence={
                "family": "drift",
                "moves": [change.document() for change in changes],
                "flips": self.flips,
                "parser_version": observation.schema.parser_version,
                "fault": observation.fault,
            },
        )
        self.steps.append(step)

    def own(self, changes: Changes) -> list[PartChange]:
        """Return the changes of its parts."""
        return [change for change in changes if change.part in self.parts]

    def is_undone(self, state: SchemaState) -> bool:
        """Return whether all its parts are as they were before it."""
        changed = self.before.changes_to(state).keys() if self.before else self.parts
        return self.parts.isdisjoint(changed)

    def hand_over(self, position: Position) -> list[PartChange]:
        """Return the changes that it leaves to the episode that begins at this snapshot.

        A frozen episode leaves none, nor does one that is no longer reported. The episode resolves
        if its remaining parts are as before.
        """
        own = self.own(position.changes)
        if not own or self.is_frozen or self.flips >= self.most_flips:
            return []
        self.parts -= {change.part for change in own}
        self.is_reduced = True
        last = self.steps[-1]
        if last.kind != "resolved" and self.is_undone(position.state):
            text = f"It goes on with what changed on {position.day}."
            self.add(position, "resolved", last.severity, text, own)
        return own

    def go_on(self, position: Position, *, begins: bool, ends: bool) -> None:
        """Add a step; `begins`, `ends`: a time in which nothing is published."""
        changes = self.own(position.changes)
        last = self.steps[-1].severity
        self.flips += bool(changes)
        self.is_frozen = (self.is_frozen or begins) and not ends
        is_quiet = not begins and not ends
        if self.flips > self.most_flips and is_quiet and rank(worst(changes)) <= rank(last):
            return
        is_last = self.flips == self.most_flips and is_quiet
        is_undone = bool(changes) and worst(changes) == "low" and self.is_undone(position.state)
        kind: EventKind = "resolved" if (ends or is_undone) and not begins else "updated"
        version = f"the version of {position.day}"
        if begins:
            broken = position.observation.broken
            text = f"On {position.day} it broke the contract: {broken}. {UNPUBLISHED}"
        elif ends and not changes:
            parser = position.observation.schema.parser_version
            text = f"Mapped: {version} is read by parser {parser}."
        elif is_undone:
            again = " and is published again" if ends else ""
            text = f"Undone: {version} is as before{again}."
            if self.is_reduced:
                text = f"Undone: the rest of it is as before in {version}{again}."
        else:
            again = " It is read and published again." if ends else ""
            words = part_sentence(changes, position.observation.tables)
            text = f"On {position.day}: {words}.{again}"
        kind = "updated" if is_last else kind
        severity = last
        if kind != "resolved" and changes:
            severity = "high" if begins or self.is_frozen else worst(changes)
        if rank(severity) > rank(last):
            kind = "escalated"
        guesses = position.observation.guesses if begins else ()
        self.add(
            position, kind, severity, " ".join([text, *[LAST_FLIP] * is_last, *guesses]), changes
        )


def opened_by(
    position: Position,
    changes: Changes,
    before: SchemaState | None,
    *,
    is_frozen: bool,
    most_flips: float,
) -> SchemaEpisode:
    """Return the episode that begins with these changes, or with a refused snapshot.

    Its dataset is the first table with one of the worst changes.
    """
    timeline, observation = position.timeline, position.observation
    severity: Severity = worst(changes)
    tables = [
        table
        for change in changes
        for table in change.tables
        if change.severity == severity and table in observation.tables
    ]
    if is_frozen:
        text = f"broke its contract on {position.day}: {observation.broken}. {UNPUBLISHED}"
    else:
        words = part_sentence(changes, observation.tables)
        text = f"came in another shape on {position.day}: {words}."
        text += "" if any(change.figure for change in changes) else f" {NO_FIGURE}"
    episode = SchemaEpisode(
        dataset=f"{observation.source}.{[*tables, *observation.tables][0]}",
        parts={change.part for change in changes},
        before=before,
        is_frozen=is_frozen,
        most_flips=most_flips,
    )
    sentence = " ".join([timeline.shown_by, text, *observation.guesses])
    episode.add(position, "opened", "high" if is_frozen else severity, sentence, changes)
    return episode
