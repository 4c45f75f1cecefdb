"""
Episodes: parts of the shape of a source that changed together, and what becomes of them.

Promises: a step is told in the words of the source's own columns; what an episode began with stays
in each of its sentences.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from schemas.alerts import EventKind, Severity
from tasks.rules.defaults import FLIPS_TOLD
from tasks.rules.moves import NOWHERE, Move, Part, State, is_same, words, worst
from tasks.rules.scene import Step
from tasks.rules.severity import rank
from tasks.rules.shapes import Look
from tasks.rules.words import day

KEPT: Final = "Nothing is published until that is mapped or as before; what was published stays."
UNREAD: Final = "No figure is read from what changed."
ENOUGH: Final = "It comes and goes; that is not told any more."


@dataclass(slots=True)
class Episode:
    """Parts that changed together; `first`: how they were before that; `flips`: since then."""

    dataset: str
    first: dict[Part, Mapping[str, str]]
    steps: list[Step] = field(default_factory=list[Step])
    flips: int = 0
    is_frozen: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """Where the walk over the snapshots stands."""

    looks: Sequence[Look]
    seq: int
    since: int | None
    shown_by: str

    @property
    def look(self) -> Look:
        """The snapshot."""
        return self.looks[self.seq]

    @property
    def on(self) -> str:
        """Its day, as people write it."""
        return day(self.look.as_of)

    def words(self, moves: Sequence[Move]) -> str:
        """Return what moved, in words."""
        return words(moves, self.look.tables)


def opened_by(
    scene: Moment,
    moves: Sequence[Move],
    first: dict[Part, Mapping[str, str]],
    *,
    is_frozen: bool,
) -> Episode:
    """
    Return the episode that begins with these moves, or with a snapshot that was refused.

    `first`: how what moved was before. `is_frozen`: nothing is published from now on.
    """
    look = scene.look
    severity: Severity = "high" if is_frozen else worst(moves)
    if is_frozen:
        told = f"{scene.shown_by} broke its contract on {scene.on}: {look.broken}. {KEPT}"
    else:
        told = f"{scene.shown_by} came in another shape on {scene.on}: {scene.words(moves)}."
        told += f" {UNREAD}" if not any(move.figure for move in moves) else ""
    sentence = " ".join([told, *look.guesses])
    episode = Episode(_dataset(look, moves), first, is_frozen=is_frozen)
    episode.steps.append(_step(scene, "opened", severity, sentence, _proof(scene, moves, 0)))
    return episode


def go_on(
    episode: Episode,
    scene: Moment,
    moves: Sequence[Move],
    state: State,
    *,
    begins: bool,
    ends: bool,
) -> None:
    """Add a step to an episode; `begins`, `ends`: a time in which nothing is published."""
    episode.flips += bool(moves)
    episode.is_frozen = (episode.is_frozen or begins) and not ends
    is_worse = rank(worst(moves)) > rank(episode.steps[-1].severity)
    if episode.flips > FLIPS_TOLD and not begins and not ends and not is_worse:
        return
    is_last = episode.flips == FLIPS_TOLD and not begins and not ends
    is_back = all(is_same(was, state.get(part, NOWHERE)) for part, was in episode.first.items())
    opened = episode.steps[0].sentence
    is_back = is_back and bool(moves) and worst(moves) == "low"
    kind, said = _news(scene, moves, begins=begins, ends=ends, is_back=is_back)
    kind = "updated" if is_last else kind
    told = f"{opened} {said}{f' {ENOUGH}' if is_last else ''}"
    severity = _severity(episode, moves, kind, begins=begins)
    if rank(severity) > rank(episode.steps[-1].severity):
        kind = "escalated"
    episode.steps.append(_step(scene, kind, severity, told, _proof(scene, moves, episode.flips)))


def _news(
    scene: Moment, moves: Sequence[Move], *, begins: bool, ends: bool, is_back: bool
) -> tuple[EventKind, str]:
    """Return what happens to an episode now, and the sentence that says so."""
    look, on = scene.look, scene.on
    if begins:
        return "updated", f"On {on} it broke the contract: {look.broken}. {KEPT}"
    if ends and not is_back and not moves:
        return "resolved", f"Mapped: the version of {on} is read by parser {look.parser_version}."
    if is_back:
        goes_on = " and is published again" if ends else ""
        return "resolved", f"Undone: the version of {on} is as before{goes_on}."
    ended = " It is read and published again." if ends else ""
    return "resolved" if ends else "updated", f"On {on}: {scene.words(moves)}.{ended}"


def _severity(
    episode: Episode, moves: Sequence[Move], kind: EventKind, *, begins: bool
) -> Severity:
    if kind == "resolved" or not moves:
        return episode.steps[-1].severity
    return "high" if begins or episode.is_frozen else worst(moves)


def _dataset(look: Look, moves: Sequence[Move]) -> str:
    """Return the dataset that an episode is told of: the first one that the worst of it is in."""
    grave = [move for move in moves if move.severity == worst(moves)]
    tables = [table for move in grave for table in move.tables if table in look.tables]
    return f"{look.source}.{(tables or list(look.tables))[0]}"


def _proof(scene: Moment, moves: Sequence[Move], flips: int) -> dict[str, Any]:
    """Return what an event carries beside its vintages: every part, with its tables."""
    look = scene.look
    return {
        "family": "drift",
        "moves": [
            {
                "what": move.part[0],
                "name": move.part[1],
                "how": move.how,
                "tables": list(move.tables),
                "kinds": list(move.kinds),
                "figure": move.figure,
                "instead": move.instead,
            }
            for move in moves
        ],
        "flips": flips,
        "parser_version": look.parser_version,
        "fault": look.fault,
    }


def _step(
    scene: Moment, kind: EventKind, severity: Severity, sentence: str, evidence: Mapping[str, Any]
) -> Step:
    return Step(
        kind=kind,
        seq=scene.seq,
        since=scene.since,
        severity=severity,
        before=None,
        after=None,
        sentence=sentence,
        confidence="confirmed",
        evidence=evidence,
    )
