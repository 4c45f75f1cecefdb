"""The run summaries of the operations: ingest, backfill, rebuild, retract, release, replay."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from tasks.runs.run_states import PUBLISHED
from tasks.summaries.run_summary import VERDICTS, RunSummary

PlannedState = Literal["missing", "failed", "published"]


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedFile:
    """A snapshot that a backfill takes. `id`: its vintage's; None if only the bytes decide it.

    `state`: missing (the lake has nothing of it), failed (archived, never published) or published.
    """

    id: str | None
    as_of: datetime
    name: str
    state: PlannedState = "missing"


@dataclass(frozen=True, kw_only=True)
class IngestSummary(RunSummary):
    """What an ingest did. `error`: the sentence that says why it failed; None where it did not."""

    error: str | None = None

    @property
    def is_failed(self) -> bool:
        """Whether nothing came of the source."""
        return self.error is not None

    def _details(self) -> dict[str, Any]:
        return {"error": self.error}


@dataclass(frozen=True, kw_only=True)
class BackfillSummary(RunSummary):
    """What a backfill did, or of a dry run what it would do: `planned`.

    `origin_notes`: sentences on what the origin has beside snapshots, and on workers that were
    lost. `asked_to_end`: who asked the run to end early (SIGINT, SIGTERM, Prefect); None where
    nobody did.
    """

    planned: Sequence[PlannedFile] = ()
    origin_notes: Sequence[str] = ()
    asked_to_end: str | None = None

    @property
    def run_notes(self) -> list[str]:
        """The notes that belong to no single outcome, here also on files that are no snapshots."""
        return [*super().run_notes, *self.origin_notes, *self.replay_notes]

    @property
    def replay_notes(self) -> list[str]:
        """One sentence on the alerts that were read from history, and that notify nobody."""
        historic = [alert for alert in self.alerts if alert.origin == "replay" and not alert.group]
        if not historic:
            return []
        still = sum(alert.state in {"open", "acked"} for alert in historic)
        noun = "incident" if len(historic) == 1 else "incidents"
        return [f"{self.source}: {len(historic):,} historic {noun}, {still:,} still open."]

    @property
    def is_failed(self) -> bool:
        """Whether a snapshot failed, or the run ended before its plan did."""
        return bool(self.failed or self.stopped)

    @property
    def is_worth_a_record(self) -> bool:
        """Whether the run leaves a record: not a dry run, nor one that had nothing to take."""
        return bool(self.outcomes or self.failed or self.stopped or self.alerts)

    def _details(self) -> dict[str, Any]:
        counts = Counter(outcome.verdict for outcome in self.outcomes)
        return {
            "planned": [
                {"id": one.id, "as_of": one.as_of.isoformat(), "file": one.name, "state": one.state}
                for one in self.planned
            ],
            "failed": self.failed_documents("file"),
            "stopped": self.stopped,
            **{verdict: counts[verdict] for verdict in VERDICTS},
        }


@dataclass(frozen=True, kw_only=True)
class RebuildSummary(RunSummary):
    """What a rebuild did. `before`, `number`: of the newest commit before it and now."""

    before: int
    number: int

    def _details(self) -> dict[str, Any]:
        failed = self.failed_documents("id")
        return {"before": self.before, "number": self.number, "failed": failed}


@dataclass(frozen=True, kw_only=True)
class RetractSummary(RunSummary):
    """What a retraction did, or its undoing (`is_undone`), to the vintage with an id.

    `outcomes`: of the vintage that is back. `before`, `number`: of the newest commit before and
    now. `by`: who decided; None where unknown. `held`: ids of later vintages that are held, perhaps
    in comparison with the retracted one.
    """

    id: str
    is_undone: bool
    reason: str
    by: str | None
    before: int
    number: int
    held: Sequence[str] = ()

    @property
    def run_notes(self) -> list[str]:
        """The notes that belong to no single outcome, here also on vintages that are held."""
        held = [
            f"{self.source}: vintage {one} is held, perhaps since {self.id} was before it. "
            f"If it is right: vaxwatch quarantine release {self.source} {one}"
            for one in self.held
        ]
        return [*super().run_notes, *held]

    @property
    def state_name(self) -> str:
        """The name of the state in which the run ends; a retraction publishes a change."""
        return super().state_name if self.is_undone or self.is_failed else PUBLISHED

    def _details(self) -> dict[str, Any]:
        decided = {"id": self.id, "undone": self.is_undone, "reason": self.reason, "by": self.by}
        failed = self.failed_documents("id")
        return {**decided, "before": self.before, "number": self.number, "failed": failed}


@dataclass(frozen=True, kw_only=True)
class ReleaseSummary(RunSummary):
    """What releasing vintage `id` did. `latest`: what it shows now, by table."""

    id: str
    latest: Mapping[str, tuple[str, datetime]]

    @property
    def state_name(self) -> str:
        """The name of the state in which the run ends."""
        return PUBLISHED

    def document(self) -> dict[str, Any]:
        """Return the summary as JSON values, in the shape of `quarantine release --json`."""
        latest = {
            table: {"id": name, "as_of": as_of.isoformat()}
            for table, (name, as_of) in self.latest.items()
        }
        alerts = [alert.document() for alert in self.alerts]
        return {"source": self.source, "id": self.id, "latest": latest, "alerts": alerts}


@dataclass(frozen=True, kw_only=True)
class ReplaySummary(RunSummary):
    """What a replay did. `released`, `waiting`: faults (of rows) that are gone, and that remain."""

    released: int
    waiting: int

    @property
    def is_failed(self) -> bool:
        """Return False: what cannot be read yet waits for the next replay."""
        return False

    @property
    def needs_attention(self) -> bool:
        """Whether anything still waits, or cannot be read at all."""
        return bool(self.waiting or self.failed) or super().needs_attention

    def _details(self) -> dict[str, Any]:
        counts = {"released": self.released, "waiting": self.waiting}
        return {"failed": self.failed_documents("id"), **counts}
