"""
Codes: what the flows say they did, as exit codes.

A summary is the dictionary that a flow returns (tasks.pipeline.run_summary); that of a source whose
ingest failed has the sentence under `error`.
"""

from collections.abc import Iterable, Sequence

from vaxwatch.commands.command_runner import DONE, FAILED, WITH_RESERVATION
from vaxwatch.documents import Document


def outcomes_code(outcomes: Iterable[Document]) -> int:
    """
    Return 3 when a snapshot that came in now is held, blocked or lost rows to quarantine, else 0.

    >>> outcomes_code([{"verdict": "new", "tables": {"tests": {"quarantined": 2}}}])
    3
    """
    fresh = [outcome for outcome in outcomes if outcome["verdict"] != "known"]
    doubtful = any(
        outcome["verdict"] in {"held", "blocked"} or quarantined(outcome) for outcome in fresh
    )
    return WITH_RESERVATION if doubtful else DONE


def ingest_code(summaries: Sequence[Document]) -> int:
    """Return the exit code of several ingests: one that failed beats one with a reservation."""
    if any(summary["error"] for summary in summaries):
        return FAILED
    return max((outcomes_code(summary["outcomes"]) for summary in summaries), default=DONE)


def backfill_code(summary: Document) -> int:
    """Return the exit code of a backfill: what failed or was given up beats a reservation."""
    missed = summary["failed"] or summary.get("stopped")
    return FAILED if missed else outcomes_code(summary["outcomes"])


def rebuild_code(summary: Document) -> int:
    """Return the exit code of a rebuild: bytes that cannot be read any more beat a reservation."""
    return FAILED if summary["failed"] else outcomes_code(summary["outcomes"])


def replay_code(summary: Document) -> int:
    """Return the exit code of a replay: 3 while anything waits still, or cannot be read at all."""
    waits = summary["waiting"] or summary["failed"]
    return WITH_RESERVATION if waits else outcomes_code(summary["outcomes"])


def quarantined(outcome: Document) -> int:
    """Return how many of a snapshot's rows wait in quarantine."""
    return sum(counts["quarantined"] for counts in outcome["tables"].values())
