"""
Episodes: parts of the shape of a source that changed together, and what becomes of them.

Promises: a step is told in the words of the source's own columns; what an episode began with stays
in each of its sentences.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from schemas.alerts import EventKind, Severity
from tasks.alerts.rules.schema_parts import NOWHERE, Move, Part, State, is_same, worst
from tasks.alerts.rules.schema_steps import Moment, dataset_of
from tasks.alerts.rules.severity import rank
from tasks.alerts.rules.thresholds import FLIPS_TOLD
from tasks.alerts.rules.timeline import Step

KEPT: Final = "Nothing is published until that is mapped or as before; what was published stays."
UNREAD: Final = "No figure is read from what changed."
ENOUGH: Final = "It comes and goes; that is not told any more."


@dataclass(slots=True)
class Episode:
    """
    Parts that changed together; `first`: how they were before that; `flips`: since then.

    `is_less`: whether some of them went on with a later episode, and are not in `first` any more.
    """

    dataset: str
    first: dict[Part, Mapping[str, str]]
    steps: list[Step] = field(default_factory=list[Step])
    flips: int = 0
    is_frozen: bool = False
    is_less: bool = False

    def is_as_before(self, state: State) -> bool:
        """Return whether all parts that it follows are as they were before it."""
        return all(is_same(was, state.get(part, NOWHERE)) for part, was in self.first.items())


def opened_by(
    timeline: Moment,
    moves: Sequence[Move],
    first: dict[Part, Mapping[str, str]],
    *,
    is_frozen: bool,
) -> Episode:
    """
    Return the episode that begins with these moves, or with a snapshot that was refused.

    `first`: how what moved was before. `is_frozen`: nothing is published from now on.
    """
    look = timeline.look
    severity: Severity = "high" if is_frozen else worst(moves)
    if is_frozen:
        told = f"{timeline.shown_by} broke its contract on {timeline.on}: {look.broken}. {KEPT}"
    else:
        told = (
            f"{timeline.shown_by} came in another shape on {timeline.on}: {timeline.words(moves)}."
        )
        told += f" {UNREAD}" if not any(move.figure for move in moves) else ""
    sentence = " ".join([told, *look.guesses])
    episode = Episode(dataset_of(look, moves), first, is_frozen=is_frozen)
    episode.steps.append(timeline.step("opened", severity, told=sentence, moves=moves, flips=0))
    return episode


def hand_over(
    episode: Episode, timeline: Moment, *, moves: Sequence[Move], state: State
) -> Sequence[Move]:
    """
    Return those of the moves which an episode leaves to the one that begins now.

    So each event is told by one alert. What is frozen stays, and so does what is told of no more:
    nothing new is buried in it. An episode is over when what it keeps is as before.
    """
    own = [move for move in moves if move.part in episode.first]
    if not own or episode.is_frozen or episode.flips >= FLIPS_TOLD:
        return []
    for move in own:
        del episode.first[move.part]
    episode.is_less = True
    last = episode.steps[-1]
    if last.kind != "resolved" and episode.is_as_before(state):
        told = f"{episode.steps[0].sentence} It goes on with what changed on {timeline.on}."
        over = timeline.step("resolved", last.severity, told=told, moves=own, flips=episode.flips)
        episode.steps.append(over)
    return own


def go_on(
    episode: Episode,
    timeline: Moment,
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
    opened = episode.steps[0].sentence
    is_back = bool(moves) and worst(moves) == "low" and episode.is_as_before(state)
    back = _back(episode, timeline, ends=ends) if is_back else ""
    kind, said = _news(timeline, moves, begins=begins, ends=ends, back=back)
    kind = "updated" if is_last else kind
    guesses = timeline.look.guesses if begins else ()
    told = " ".join([opened, said, *([ENOUGH] if is_last else []), *guesses])
    severity = _severity(episode, moves, kind, begins=begins)
    if rank(severity) > rank(episode.steps[-1].severity):
        kind = "escalated"
    episode.steps.append(timeline.step(kind, severity, told=told, moves=moves, flips=episode.flips))


def _news(
    timeline: Moment, moves: Sequence[Move], *, begins: bool, ends: bool, back: str
) -> tuple[EventKind, str]:
    """Return what happens to an episode now, and the sentence that says so; `back`: if undone."""
    look, on = timeline.look, timeline.on
    if begins:
        return "updated", f"On {on} it broke the contract: {look.broken}. {KEPT}"
    if ends and not moves:
        return "resolved", f"Mapped: the version of {on} is read by parser {look.parser_version}."
    if back:
        return "resolved", back
    ended = " It is read and published again." if ends else ""
    return "resolved" if ends else "updated", f"On {on}: {timeline.words(moves)}.{ended}"


def _back(episode: Episode, timeline: Moment, *, ends: bool) -> str:
    """Return the sentence which says that an episode is undone."""
    goes_on = " and is published again" if ends else ""
    if episode.is_less:
        return f"Undone: the rest of it is as before in the version of {timeline.on}{goes_on}."
    return f"Undone: the version of {timeline.on} is as before{goes_on}."


def _severity(
    episode: Episode, moves: Sequence[Move], kind: EventKind, *, begins: bool
) -> Severity:
    if kind == "resolved" or not moves:
        return episode.steps[-1].severity
    return "high" if begins or episode.is_frozen else worst(moves)
