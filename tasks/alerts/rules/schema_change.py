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
from tasks.alerts.rules.evidence import with_life
from tasks.alerts.rules.schema_episodes import Episode, Moment, go_on, hand_over, opened_by
from tasks.alerts.rules.schema_input import Columns, SchemaObservation
from tasks.alerts.rules.schema_parts import NOWHERE, Move, State, known_columns, moved, state_of
from tasks.alerts.rules.timeline import Timeline


@dataclass(slots=True)
class _Known:
    """What one version of the parser has seen last."""

    seq: int
    columns: Columns
    state: State


def drift_findings(
    schema_observations: Sequence[SchemaObservation], *, shown_by: str
) -> list[Finding]:
    """
    Return one finding for each set of columns, tables or sheets that changed together.

    `schema_observations`: in the order of time; of a snapshot that was refused and read later on,
    both.
    """
    known: dict[int, _Known] = {}
    episodes: list[Episode] = []
    for seq, look in enumerate(schema_observations):
        last = known.get(look.parser_version)
        columns = known_columns(last.columns, look.columns) if last else look.columns
        state = state_of(look, columns)
        moves = moved(last.state, state, was=last.columns, has=columns) if last else []
        since = last.seq if last else None
        _told(episodes, Moment(schema_observations, seq, since, shown_by), moves, state, last)
        known[look.parser_version] = _Known(seq, columns, state)
    return [_finding(schema_observations, episode, shown_by) for episode in episodes]


def _told(
    episodes: list[Episode],
    timeline: Moment,
    moves: Sequence[Move],
    state: State,
    last: _Known | None,
) -> None:
    """Add to the episodes what one snapshot changes in them."""
    fresh = [move for move in moves if not any(move.part in one.first for one in episodes)]
    if fresh:
        left = [
            move for one in episodes for move in hand_over(one, timeline, moves=moves, state=state)
        ]
        parts = {move.part for move in [*fresh, *left]}
        fresh = [move for move in moves if move.part in parts]
    touched = [
        (episode, [move for move in moves if move.part in episode.first]) for episode in episodes
    ]
    frozen = next((episode for episode in episodes if episode.is_frozen), None)
    opens = bool(timeline.look.broken) and frozen is None
    for episode, own in touched:
        ends = frozen is episode and not timeline.look.broken
        if own or ends:
            begins = opens and not fresh
            go_on(episode, timeline, own, state, begins=begins, ends=ends)
            opens = opens and not begins
    if fresh or opens:
        first = {
            move.part: last.state.get(move.part, NOWHERE) if last else NOWHERE for move in fresh
        }
        episodes.append(opened_by(timeline, fresh, first, is_frozen=opens))


def _finding(
    schema_observations: Sequence[SchemaObservation], episode: Episode, shown_by: str
) -> Finding:
    line = Timeline(
        dataset=episode.dataset,
        key=(),
        shown_by=shown_by,
        ids=[look.id for look in schema_observations],
        as_ofs=[look.as_of for look in schema_observations],
        rows=[0] * len(schema_observations),
        is_part=[False] * len(schema_observations),
        held=[False] * len(schema_observations),
        sha256s=[look.sha256 for look in schema_observations],
        urls=[look.url for look in schema_observations],
    )
    blank = Finding(
        rule="R18", dataset=episode.dataset, key={}, column=None, events=(), about="drift"
    )
    return with_life(line, blank, episode.steps, series=[])
