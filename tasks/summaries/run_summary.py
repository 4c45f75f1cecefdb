"""Run summaries: what one run did, typed, with its JSON document and the name of its run state.

Promises: `document()` is the JSON shape of the command line, its keys in a stable order. Text for
people is made of it in `tasks.summaries.run_report`.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from schemas.alerts import Alert
from schemas.expectations.expectation import Judgement
from schemas.records import Outcome
from tasks.delivery.numbered_events import NumberedEvent
from tasks.runs.run_states import BLOCKED, FAILED, HELD, PUBLISHED, UNCHANGED, WITH_QUARANTINE

VERDICTS: Final = ("new", "unchanged", "known", "held", "blocked")


@dataclass(frozen=True, kw_only=True, slots=True)
class QualityReport:
    """What the expectations found in the tables that were published now.

    `unmet`: expectations that are not met and not waived. `data_docs`: addresses of the pages, one
    per checked dataset. Both are empty where nothing new was published.
    """

    unmet: Sequence[Judgement] = ()
    data_docs: Sequence[str] = ()

    def document(self) -> dict[str, Any]:
        """Return unmet (dataset, expectation, sentence) and data_docs as JSON values."""
        unmet = [
            {"dataset": one.dataset, "expectation": one.expectation, "sentence": one.notice}
            for one in self.unmet
        ]
        return {"unmet": unmet, "data_docs": list(self.data_docs)}


NO_QUALITY: Final = QualityReport()


@dataclass(frozen=True, kw_only=True, slots=True)
class FailedSnapshot:
    """A snapshot that could not be published, and the sentence that says why.

    `name`: the file of a backfill's candidate, else the id of the snapshot. Its bytes are in the
    raw archive if they arrived.
    """

    name: str
    as_of: datetime
    error: str


@dataclass(frozen=True, kw_only=True)
class RunSummary:
    """What a run did with the snapshots of one source.

    `alerts`: opened or changed by this run. `failed`: snapshots that could not be published.
    `stopped`: why the run ended early; None where it did not. `quality`: None where no expectation
    was evaluated (a dry run, a failed ingest). `waiver_notes`: sentences on waivers that have
    expired or soon will. `compaction_notes`: sentences on segments that were gathered.
    `delivery_notes`: sentences on targets that alerts could not be sent to. `mart_notes`: why marts
    were not built. `alert_events`: the events that this run recorded.
    """

    source: str
    outcomes: Sequence[Outcome] = ()
    alerts: Sequence[Alert] = ()
    failed: Sequence[FailedSnapshot] = ()
    stopped: str | None = None
    quality: QualityReport | None = None
    waiver_notes: Sequence[str] = ()
    compaction_notes: Sequence[str] = ()
    delivery_notes: Sequence[str] = ()
    mart_notes: Sequence[str] = ()
    alert_events: Sequence[NumberedEvent] = ()

    @property
    def notes(self) -> list[str]:
        """The notes on every outcome, then those of the run."""
        notes = [note for outcome in self.outcomes for note in outcome.notes]
        return [*notes, *self.run_notes]

    @property
    def files(self) -> Sequence[tuple[str, str]]:
        """Name and path of each file that the run published beside the tables of outcomes."""
        return ()

    @property
    def is_failed(self) -> bool:
        """Whether the run did not do all that it was asked to do."""
        return bool(self.failed)

    @property
    def needs_attention(self) -> bool:
        """Whether a snapshot that came in now is held or blocked, or has rows in quarantine."""
        fresh = [outcome for outcome in self.outcomes if outcome.verdict != "known"]
        return any(one.verdict in {"held", "blocked"} or one.quarantined for one in fresh)

    @property
    def state_name(self) -> str:
        """The state in which the run ends, in Prefect and in its record.

        ContractBroken: a snapshot was blocked. Failed: not all was done. Held: a vintage waits for
        a release. PublishedWithQuarantine: rows of a new vintage wait. Published: a new vintage.
        """
        fresh = [outcome for outcome in self.outcomes if outcome.verdict != "known"]
        verdicts = {outcome.verdict for outcome in fresh}
        if "blocked" in verdicts:
            return BLOCKED
        if self.is_failed:
            return FAILED
        if "held" in verdicts:
            return HELD
        if "new" not in verdicts:
            return UNCHANGED
        return WITH_QUARANTINE if any(outcome.quarantined for outcome in fresh) else PUBLISHED

    @property
    def is_worth_a_record(self) -> bool:
        """Whether the run leaves a record in the lake."""
        return True

    def numbers(self) -> dict[str, int]:
        """Return what is counted in the record of the run, by name; what is 0 is left out."""
        verdicts = Counter(outcome.verdict for outcome in self.outcomes)
        counts = [one for outcome in self.outcomes for one in outcome.tables.values()]
        found = {verdict: verdicts[verdict] for verdict in VERDICTS} | {
            "failed": len(self.failed),
            "rows": sum(one.rows for one in counts),
            "inserted": sum(one.inserted for one in counts),
            "updated": sum(one.updated for one in counts),
            "deleted": sum(one.deleted for one in counts),
            "quarantined": sum(one.quarantined for one in counts),
        }
        return {name: number for name, number in found.items() if number}

    def counts(self) -> list[str]:
        """Return what there was how often, such as '1 new': outcomes, failures, alerts."""
        verdicts = Counter(one.verdict for one in self.outcomes)
        parts = [f"{verdicts[verdict]} {verdict}" for verdict in VERDICTS if verdicts[verdict]]
        parts += [f"{len(self.failed)} failed"] if self.failed else []
        parts += ["stopped early"] if self.stopped else []
        silenced = sum(alert.state == "silenced" for alert in self.alerts)
        parts.append(counted(len(self.alerts) - silenced, "alert"))
        return [*parts, f"{silenced} silenced"] if silenced else parts

    def document(self) -> dict[str, Any]:
        """Return the summary as JSON values, in the shape of the command line's `--json`."""
        return {
            "source": self.source,
            "outcomes": [_outcome_document(outcome) for outcome in self.outcomes],
            "alerts": [alert.document() for alert in self.alerts],
            "notes": self.notes,
            **self._details(),
            **(self.quality.document() if self.quality else {}),
        }

    @property
    def run_notes(self) -> list[str]:
        """The notes of no outcome: unmet expectations, waivers, compaction, delivery, marts."""
        unmet = [one.notice for one in (self.quality or NO_QUALITY).unmet]
        own = (self.waiver_notes, self.compaction_notes, self.delivery_notes, self.mart_notes)
        return [*unmet, *(note for notes in own for note in notes)]

    def _details(self) -> dict[str, Any]:
        """Return the fields of the document that only this kind of run has."""
        return {}

    def failed_documents(self, name: str) -> list[dict[str, Any]]:
        """Return the failed snapshots; `name`: the key under which their names stand."""
        return [
            {name: one.name, "as_of": one.as_of.isoformat(), "error": one.error}
            for one in self.failed
        ]


def counted(number: int, noun: str) -> str:
    """Return a number with its noun.

    >>> counted(1, "alert"), counted(0, "alert")
    ('1 alert', '0 alerts')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _outcome_document(outcome: Outcome) -> dict[str, Any]:
    return {
        "source": outcome.source,
        "id": outcome.id,
        "as_of": outcome.as_of.isoformat(),
        "verdict": outcome.verdict,
        "tables": {name: asdict(counts) for name, counts in outcome.tables.items()},
        "notes": list(outcome.notes),
    }
