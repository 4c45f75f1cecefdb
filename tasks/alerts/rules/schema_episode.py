"""Episodes of R18: parts of a source's schema that changed together, and what becomes of them.

Promises: every sentence of an episode begins with that of its opening; a step's evidence has every
part that changed, its sentence names a few.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from schemas.alerts import EventKind, Severity
from tasks.alerts.rules.episode import Step
from tasks.alerts.rules.part_changes import Part, PartChange, SchemaState, part_sentence, worst
from tasks.alerts.rules.rule_input import SchemaObservation, Timeline
from tasks.alerts.rules.severity import rank

FLIPS: Final = 3
UNPUBLISHED: Final = (
    "Nothing is published until that is mapped or as before; what was published stays."
)
NO_FIGURE: Final = "No figure is read from what changed."
LAST_FLIP: Final = "It comes and goes; that is not told any more."


@dataclass(frozen=True, kw_only=True, slots=True)
class Position:
    """A snapshot in the sequence of all; `changes`: since that of seq `since`, to `state`."""

    timeline: Timeline
    observation: SchemaObservation
    seq: int
    since: int | None
    changes: Sequence[PartChange]
    state: SchemaState

    @property
    def day(self) -> str:
        """The day of the snapshot."""
        return self.timeline.day(self.seq)

    def words(self, changes: Sequence[PartChange]) -> str:
        """Return changes in words."""
        return part_sentence(changes, self.observation.tables)

    def step(
        self,
        kind: EventKind,
        severity: Severity,
        sentence: str,
        changes: Sequence[PartChange],
        *,
        flips: int,
    ) -> Step:
        """Return a step at this snapshot, with `changes` as evidence."""
        return Step(
            kind=kind,
            seq=self.seq,
            since=self.since,
            severity=severity,
            before=None,
            after=None,
            sentence=sentence,
            confidence="confirmed",
            evidence={
                "family": "drift",
                "moves": [change.document() for change in changes],
                "flips": flips,
                "parser_version": self.observation.schema.parser_version,
                "fault": self.observation.fault,
            },
        )


@dataclass(slots=True)
class SchemaEpisode:
    """Parts that changed together; `before`: the state before that, None if nothing was known.

    `flips`: later changes. `is_frozen`: nothing is published. `is_reduced`: a later episode took
    some of its parts over.
    """

    dataset: str
    parts: set[Part]
    before: SchemaState | None
    steps: list[Step] = field(default_factory=list[Step])
    flips: int = 0
    is_frozen: bool = False
    is_reduced: bool = False

    def own(self, changes: Sequence[PartChange]) -> list[PartChange]:
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
        if not own or self.is_frozen or self.flips >= FLIPS:
            return []
        self.parts -= {change.part for change in own}
        self.is_reduced = True
        last = self.steps[-1]
        if last.kind != "resolved" and self.is_undone(position.state):
            text = f"{self.steps[0].sentence} It goes on with what changed on {position.day}."
            self.steps.append(position.step("resolved", last.severity, text, own, flips=self.flips))
        return own

    def go_on(self, position: Position, *, begins: bool, ends: bool) -> None:
        """Add a step; `begins`, `ends`: a time in which nothing is published."""
        changes = self.own(position.changes)
        last = self.steps[-1].severity
        self.flips += bool(changes)
        self.is_frozen = (self.is_frozen or begins) and not ends
        is_quiet = not begins and not ends
        if self.flips > FLIPS and is_quiet and rank(worst(changes)) <= rank(last):
            return
        is_last = self.flips == FLIPS and is_quiet
        is_undone = bool(changes) and worst(changes) == "low" and self.is_undone(position.state)
        if begins:
            kind, text = "updated", _broken(position)
        elif ends and not changes:
            parser = position.observation.schema.parser_version
            text = f"Mapped: the version of {position.day} is read by parser {parser}."
            kind = "resolved"
        elif is_undone:
            again = " and is published again" if ends else ""
            version = f"the version of {position.day}"
            text = f"Undone: {version} is as before{again}."
            if self.is_reduced:
                text = f"Undone: the rest of it is as before in {version}{again}."
            kind = "resolved"
        else:
            again = " It is read and published again." if ends else ""
            kind = "resolved" if ends else "updated"
            text = f"On {position.day}: {position.words(changes)}.{again}"
        kind: EventKind = "updated" if is_last else kind
        severity = last
        if kind != "resolved" and changes:
            severity = "high" if begins or self.is_frozen else worst(changes)
        if rank(severity) > rank(last):
            kind = "escalated"
        guesses = position.observation.guesses if begins else ()
        sentence = " ".join([self.steps[0].sentence, text, *[LAST_FLIP] * is_last, *guesses])
        self.steps.append(position.step(kind, severity, sentence, changes, flips=self.flips))


def opened_by(
    position: Position,
    changes: Sequence[PartChange],
    before: SchemaState | None,
    *,
    is_frozen: bool,
) -> SchemaEpisode:
    """Return the episode that begins with these changes, or with a refused snapshot."""
    timeline, observation = position.timeline, position.observation
    if is_frozen:
        text = (
            f"{timeline.shown_by} broke its contract on {position.day}: {observation.broken}. "
            f"{UNPUBLISHED}"
        )
    else:
        words = position.words(changes)
        text = f"{timeline.shown_by} came in another shape on {position.day}: {words}."
        text += "" if any(change.figure for change in changes) else f" {NO_FIGURE}"
    episode = SchemaEpisode(
        dataset=_dataset_of(observation, changes),
        parts={change.part for change in changes},
        before=before,
        is_frozen=is_frozen,
    )
    sentence = " ".join([text, *observation.guesses])
    severity: Severity = "high" if is_frozen else worst(changes)
    episode.steps.append(position.step("opened", severity, sentence, changes, flips=0))
    return episode


def _broken(position: Position) -> str:
    return f"On {position.day} it broke the contract: {position.observation.broken}. {UNPUBLISHED}"


def _dataset_of(observation: SchemaObservation, changes: Sequence[PartChange]) -> str:
    """Return the dataset of an episode: the first table with one of its worst changes."""
    severity = worst(changes)
    tables = [
        table
        for change in changes
        if change.severity == severity
        for table in change.tables
        if table in observation.tables
    ]
    return f"{observation.source}.{(tables or list(observation.tables))[0]}"
