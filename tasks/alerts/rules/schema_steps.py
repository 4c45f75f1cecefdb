"""
Moments: one snapshot in the line of all, and the step that an alert on its shape takes there.

Promises: a step carries every part that moved with all of its tables; its sentence names a few.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from schemas.alerts import EventKind, Severity
from schemas.wording import day
from tasks.alerts.rules.schema_input import SchemaObservation
from tasks.alerts.rules.schema_parts import Move, words, worst
from tasks.alerts.rules.timeline import Step


@dataclass(frozen=True, slots=True)
class Moment:
    """Where the walk over the snapshots stands."""

    schema_observations: Sequence[SchemaObservation]
    seq: int
    since: int | None
    shown_by: str

    @property
    def look(self) -> SchemaObservation:
        """The snapshot."""
        return self.schema_observations[self.seq]

    @property
    def on(self) -> str:
        """Its day, as people write it."""
        return day(self.look.as_of)

    def words(self, moves: Sequence[Move]) -> str:
        """Return what moved, in words."""
        return words(moves, self.look.tables)

    def step(
        self,
        kind: EventKind,
        severity: Severity,
        *,
        told: str,
        moves: Sequence[Move],
        flips: int,
    ) -> Step:
        """Return a step in the life of an alert, with every part that moved as its evidence."""
        return Step(
            kind=kind,
            seq=self.seq,
            since=self.since,
            severity=severity,
            before=None,
            after=None,
            sentence=told,
            confidence="confirmed",
            evidence=_proof(self, moves, flips),
        )


def dataset_of(look: SchemaObservation, moves: Sequence[Move]) -> str:
    """Return the dataset that an episode is told of: the first one that the worst of it is in."""
    grave = [move for move in moves if move.severity == worst(moves)]
    tables = [table for move in grave for table in move.tables if table in look.tables]
    return f"{look.source}.{(tables or list(look.tables))[0]}"


def _proof(timeline: Moment, moves: Sequence[Move], flips: int) -> dict[str, Any]:
    """Return what an event carries beside its vintages: every part, with its tables."""
    look = timeline.look
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
