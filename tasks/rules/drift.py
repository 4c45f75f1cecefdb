"""
R18: the shape in which a source comes has changed, or broke the contract with it.

Promises: what changed together is one episode, and stays one however often it comes and goes: its
flips are steps of its life, the first few of them are told. What moves beside something that never
moved before goes on with that, so that each event is told by one alert and a rename is told whole.
The two are not made one: a rename that is taken back is over, whatever else had changed before it.
A snapshot that is refused is told at once, and again only when one can be read or another thing
changed. Shapes that two versions of a parser give are not compared.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.alerts import Finding
from tasks.rules.episodes import Episode, Moment, go_on, hand_over, opened_by
from tasks.rules.evidence import with_life
from tasks.rules.moves import NOWHERE, Move, State, known_columns, moved, state_of
from tasks.rules.scene import Scene
from tasks.rules.shapes import Columns, Look


@dataclass(slots=True)
class _Known:
    """What one version of the parser has seen last."""

    seq: int
    columns: Columns
    state: State


def drift_findings(looks: Sequence[Look], *, shown_by: str) -> list[Finding]:
    """
    Return one finding for each set of columns, tables or sheets that changed together.

    `looks`: in the order of time; of a snapshot that was refused and read later on, both.
    """
    known: dict[int, _Known] = {}
    episodes: list[Episode] = []
    for seq, look in enumerate(looks):
        last = known.get(look.parser_version)
        columns = known_columns(last.columns, look.columns) if last else look.columns
        state = state_of(look, columns)
        moves = moved(last.state, state, was=last.columns, has=columns) if last else []
        since = last.seq if last else None
        _told(episodes, Moment(looks, seq, since, shown_by), moves, state, last)
        known[look.parser_version] = _Known(seq, columns, state)
    return [_finding(looks, episode, shown_by) for episode in episodes]


def _told(
    episodes: list[Episode],
    scene: Moment,
    moves: Sequence[Move],
    state: State,
    last: _Known | None,
) -> None:
    """Add to the episodes what one snapshot changes in them."""
    fresh = [move for move in moves if not any(move.part in one.first for one in episodes)]
    if fresh:
        left = [
            move for one in episodes for move in hand_over(one, scene, moves=moves, state=state)
        ]
        parts = {move.part for move in [*fresh, *left]}
        fresh = [move for move in moves if move.part in parts]
    touched = [
        (episode, [move for move in moves if move.part in episode.first]) for episode in episodes
    ]
    frozen = next((episode for episode in episodes if episode.is_frozen), None)
    opens = bool(scene.look.broken) and frozen is None
    for episode, own in touched:
        ends = frozen is episode and not scene.look.broken
        if own or ends:
            begins = opens and not fresh
            go_on(episode, scene, own, state, begins=begins, ends=ends)
            opens = opens and not begins
    if fresh or opens:
        first = {
            move.part: last.state.get(move.part, NOWHERE) if last else NOWHERE for move in fresh
        }
        episodes.append(opened_by(scene, fresh, first, is_frozen=opens))


def _finding(looks: Sequence[Look], episode: Episode, shown_by: str) -> Finding:
    line = Scene(
        dataset=episode.dataset,
        key=(),
        shown_by=shown_by,
        ids=[look.id for look in looks],
        as_ofs=[look.as_of for look in looks],
        rows=[0] * len(looks),
        is_part=[False] * len(looks),
        held=[False] * len(looks),
        sha256s=[look.sha256 for look in looks],
        urls=[look.url for look in looks],
    )
    blank = Finding(
        rule="R18", dataset=episode.dataset, key={}, column=None, events=(), about="drift"
    )
    return with_life(line, blank, episode.steps, series=[])
