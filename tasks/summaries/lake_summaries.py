"""The run summaries of operations on a lake: ingest of all sources, evaluation, delivery, marts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tasks.delivery.delivery_report import TargetReport, notes_of
from tasks.runs.run_states import FAILED, HELD, PUBLISHED, UNCHANGED
from tasks.summaries.operation_summaries import IngestSummary
from tasks.summaries.run_summary import RunSummary, counted


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
        """The name of the state in which the run ends."""
        return PUBLISHED if self.is_changed else UNCHANGED


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
        """The name of the state in which the run ends: Held where a message waits."""
        if self.is_failed or self.needs_attention:
            return FAILED if self.is_failed else HELD
        return PUBLISHED if self.sent else UNCHANGED

    @property
    def is_worth_a_record(self) -> bool:
        """Whether the run leaves a record: not one that had nothing to send."""
        return self.state_name != UNCHANGED

    def numbers(self) -> dict[str, int]:
        """Return how many messages were sent, wait and were given up."""
        states = ("sent", "waits", "dead")
        found = {state: sum(len(one.of(state)) for one in self.reports) for state in states}
        return {name: number for name, number in found.items() if number}

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
class BuiltMart:
    """A mart as it is after a run. `file`: its path in the lake. `is_written`: built now."""

    name: str
    file: str
    rows: int
    is_written: bool
    about: str


@dataclass(frozen=True, kw_only=True)
class MartsSummary(RunSummary):
    """What a building of marts did: `marts`, every one that there is. `source` is 'marts'."""

    lake: str
    marts: Sequence[BuiltMart] = ()

    @property
    def written(self) -> list[BuiltMart]:
        """The marts that were built now."""
        return [one for one in self.marts if one.is_written]

    @property
    def state_name(self) -> str:
        """The name of the state in which the run ends."""
        return PUBLISHED if self.written else UNCHANGED

    @property
    def files(self) -> list[tuple[str, str]]:
        """The marts that were built now, and their paths in the lake."""
        return [(one.name, one.file) for one in self.written]

    def numbers(self) -> dict[str, int]:
        """Return how many marts there are and were built, and the rows of those."""
        found = {
            "marts": len(self.marts),
            "written": len(self.written),
            "rows": sum(one.rows for one in self.written),
        }
        return {name: number for name, number in found.items() if number}

    def counts(self) -> list[str]:
        """Return how many marts were built and how many were up to date."""
        built = len(self.written)
        return [f"{counted(built, 'mart')} built", f"{len(self.marts) - built} up to date"]

    def document(self) -> dict[str, Any]:
        """Return the summary as JSON values, in the shape of `vaxwatch marts --json`."""
        marts = [
            {
                "mart": one.name,
                "path": f"{self.lake.rstrip('/')}/{one.file}",
                "rows": one.rows,
                "written": one.is_written,
                "about": one.about,
            }
            for one in self.marts
        ]
        return {"lake": self.lake, "marts": marts}
