"""The run summaries of what concerns a whole lake: all sources, the outbox, maintenance."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tasks.delivery.delivery_report import TargetReport, notes_of
from tasks.pipeline.operation_summaries import IngestSummary
from tasks.pipeline.run_summary import BLOCKED, RunSummary, counted


@dataclass(frozen=True, kw_only=True)
class IngestAllSummary(RunSummary):
    """What an ingest of several sources did: `runs`, one summary per source.

    `source` is 'all'; outcomes, alerts and alert_events are those of all runs.
    """

    runs: Sequence[IngestSummary] = ()

    @classmethod
    def of(cls, runs: Sequence[IngestSummary]) -> "IngestAllSummary":
        """Return the summary of runs."""
        return cls(
            source="all",
            runs=runs,
            outcomes=[outcome for run in runs for outcome in run.outcomes],
            alerts=[alert for run in runs for alert in run.alerts],
            alert_events=[event for run in runs for event in run.alert_events],
        )

    @property
    def errors(self) -> dict[str, str]:
        """The sentences of the sources that failed, by source."""
        return {run.source: run.error for run in self.runs if run.error is not None}

    @property
    def is_failed(self) -> bool:
        """Whether nothing came of a source."""
        return bool(self.errors)

    @property
    def run_notes(self) -> list[str]:
        """The errors, then the notes of the runs that belong to no outcome, each once."""
        failed = [f"{source} failed: {error}" for source, error in self.errors.items()]
        return list(
            dict.fromkeys([*failed, *(note for one in self.runs for note in one.run_notes)])
        )

    def counts(self) -> list[str]:
        """Return how many sources there were and failed, and what came of them."""
        failed = [f"{len(self.errors)} failed"] if self.errors else []
        return [counted(len(self.runs), "source"), *failed, *super().counts()]

    def _details(self) -> dict[str, Any]:
        return {"runs": [run.document() for run in self.runs]}


@dataclass(frozen=True, kw_only=True)
class EvaluateSummary(RunSummary):
    """What an evaluation of the rules changed. `is_changed`: whether an alert got a new event."""

    is_changed: bool = False

    @property
    def state_name(self) -> str:
        """The name of the Prefect state in which the run ends."""
        return "Completed" if self.is_changed else "Unchanged"


@dataclass(frozen=True, kw_only=True)
class DeliverSummary(RunSummary):
    """What a delivery of the outbox did, per target. `source` is 'alerts'."""

    reports: Sequence[TargetReport] = ()

    @property
    def is_failed(self) -> bool:
        """Whether a target could not be tried."""
        return any(report.problem for report in self.reports)

    @property
    def needs_attention(self) -> bool:
        """Whether a message waits for another try, or was given up."""
        return any(report.of("waits") or report.of("dead") for report in self.reports)

    @property
    def sent(self) -> int:
        """How many messages were sent."""
        return sum(len(report.of("sent")) for report in self.reports)

    @property
    def state_name(self) -> str:
        """The name of the Prefect state in which the run ends."""
        if self.is_failed or self.needs_attention:
            return "Quarantined"
        return "Completed" if self.sent else "Unchanged"

    @property
    def run_notes(self) -> list[str]:
        """A sentence per target that could not be delivered to."""
        return [*super().run_notes, *notes_of(self.reports)]

    def counts(self) -> list[str]:
        """Return how many messages were sent, wait, and were given up, and the digests' alerts."""
        lines = {
            state: sum(len(one.of(state)) for one in self.reports) for state in ("waits", "dead")
        }
        digests = sum(count for one in self.reports for count in one.waiting.values())
        parts = [counted(self.sent, "message") + " sent"]
        parts += [f"{lines['waits']} wait"] if lines["waits"] else []
        parts += [f"{lines['dead']} given up"] if lines["dead"] else []
        return [*parts, f"{counted(digests, 'alert')} for the next digests"] if digests else parts

    def _details(self) -> dict[str, Any]:
        return {"targets": [report.document() for report in self.reports]}


@dataclass(frozen=True, kw_only=True, slots=True)
class Compacted:
    """What a compaction did to one source. `removed`: names of garbage that was removed."""

    source: str
    is_done: bool
    removed: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class MaintainSummary(RunSummary):
    """What maintenance found and did. `source` is 'lake'.

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
        """The name of the Prefect state in which the run ends."""
        if self.problems:
            return BLOCKED
        if self.overdue:
            return "Quarantined"
        return (
            "Completed"
            if any(one.is_done or one.removed for one in self.compacted)
            else "Unchanged"
        )

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
