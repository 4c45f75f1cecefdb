"""The run summaries of what keeps a lake in order: maintenance, a compaction, a repair."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tasks.runs.run_states import FAILED, HELD, PUBLISHED, UNCHANGED
from tasks.summaries.run_summary import RunSummary, counted


@dataclass(frozen=True, kw_only=True, slots=True)
class Compacted:
    """What a compaction did to one source. `removed`: names of garbage that was removed."""

    source: str
    is_done: bool
    removed: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class MaintainSummary(RunSummary):
    """What maintenance found and did, or a compaction alone did. `source` is 'lake'.

    `problems`: a source ('alerts', 'catalog' … for what belongs to none) and a sentence, as
    `verify` lists them. `compacted`: one per source without a problem. `overdue`: sentences on
    sources from which nothing was fetched for two of their publishing intervals.
    """

    problems: Sequence[tuple[str, str]] = ()
    compacted: Sequence[Compacted] = ()
    overdue: Sequence[str] = ()

    @property
    def is_failed(self) -> bool:
        """Whether the lake has a problem."""
        return bool(self.problems)

    @property
    def needs_attention(self) -> bool:
        """Whether a source is overdue."""
        return bool(self.overdue)

    @property
    def state_name(self) -> str:
        """The name of the state in which the run ends: Held where a source is overdue."""
        if self.problems or self.overdue:
            return FAILED if self.problems else HELD
        is_changed = any(one.is_done or one.removed for one in self.compacted)
        return PUBLISHED if is_changed else UNCHANGED

    def numbers(self) -> dict[str, int]:
        """Return how many problems there are, and what was compacted, removed and is overdue."""
        found = {
            "problems": len(self.problems),
            "compacted": sum(one.is_done for one in self.compacted),
            "removed": sum(len(one.removed) for one in self.compacted),
            "overdue": len(self.overdue),
        }
        return {name: number for name, number in found.items() if number}

    @property
    def run_notes(self) -> list[str]:
        """The problems, then the sources that are overdue."""
        return [*(f"{source}: {problem}" for source, problem in self.problems), *self.overdue]

    def counts(self) -> list[str]:
        """Return how many problems there are, and what was compacted, removed and is overdue."""
        done = sum(one.is_done for one in self.compacted)
        removed = sum(len(one.removed) for one in self.compacted)
        found = [counted(len(self.problems), "problem")]
        found += [f"{counted(done, 'source')} compacted"] if done else []
        found += [f"{counted(removed, 'object')} removed"] if removed else []
        return [*found, f"{len(self.overdue)} overdue"] if self.overdue else found

    def _details(self) -> dict[str, Any]:
        return {
            "problems": [{"source": one, "problem": text} for one, text in self.problems],
            "compacted": [
                {"source": one.source, "compacted": one.is_done, "removed": list(one.removed)}
                for one in self.compacted
            ],
            "overdue": list(self.overdue),
        }


@dataclass(frozen=True, kw_only=True)
class RepairSummary(RunSummary):
    """What a repair did. `source` is 'lake'.

    `repaired`, `problems`: a source ('alerts', 'catalog' … for what belongs to none) and a
    sentence: on what was put right, and on what only a copy of the lake can solve.
    """

    repaired: Sequence[tuple[str, str]] = ()
    problems: Sequence[tuple[str, str]] = ()

    @property
    def is_failed(self) -> bool:
        """Whether a problem remains."""
        return bool(self.problems)

    @property
    def state_name(self) -> str:
        """The name of the state in which the run ends."""
        if self.problems:
            return FAILED
        return PUBLISHED if self.repaired else UNCHANGED

    @property
    def is_worth_a_record(self) -> bool:
        """Whether the run leaves a record: not one that found a sound lake."""
        return self.state_name != UNCHANGED

    def numbers(self) -> dict[str, int]:
        """Return how much was put right, and how many problems remain."""
        found = {"repaired": len(self.repaired), "problems": len(self.problems)}
        return {name: number for name, number in found.items() if number}
