"""Recovery: snapshots that a run archived and, since it was killed, never committed.

Promises: whatever was archived is published or its refusal is on record, also when the page that it
shows was overwritten since.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from schemas.errors import Damaged, SameTimeOtherBytes, WrongUse
from schemas.records import Outcome, Snapshot, require_plausible
from tasks.pipeline.rebuild import parse_archived
from tasks.runs.run_context import RunContext, open_run
from tasks.steps.after_publishing import with_findings
from tasks.steps.integrity import uncommitted
from tasks.steps.publish import publish
from tasks.summaries.run_summary import RunSummary
from tasks.vault.conformance.first_run import require_conditional_writes

NOTE: Final = "It was archived by a run that ended before it was committed; it is published now."


def recover_source(source: str, lake: str, *, at: datetime) -> list[Outcome]:
    """Publish all that killed runs archived of a source and did not commit, and raise its alerts.

    Those of a snapshot that has just come in reach people, as they would have by the run. Returns
    the outcomes as `publish_uncommitted` does.
    """
    run = open_run(source, lake, at=at, check_quality=False)
    outcomes = publish_uncommitted(run, every=True)
    if outcomes:
        with_findings(run, RunSummary(source=source, outcomes=outcomes))
    return outcomes


def publish_uncommitted(run: RunContext, *, every: bool = False) -> list[Outcome]:
    """Publish what earlier runs archived and did not commit; return the outcomes, with a note.

    One that cannot be parsed is recorded as refused; one whose bytes are damaged, or whose time
    cannot be, is left to `verify`. `every`: also what is older than the newest vintages, which
    needs the whole list.
    """
    outcomes: list[Outcome] = []
    for snapshot in _uncommitted(run, every=every):
        require_conditional_writes(run.store)
        try:
            require_plausible(snapshot.retrieved_at, now=run.at, what=snapshot.id)
            parsed, _ = parse_archived(run.store, run.source, [snapshot], check_schema=True)
            if parsed:
                outcomes += publish(run.store, run.source, parsed, at=run.at, vault=run.vault)
        except (Damaged, SameTimeOtherBytes, WrongUse):
            continue
    return [replace(one, notes=(NOTE, *one.notes)) for one in outcomes]


def _uncommitted(run: RunContext, *, every: bool) -> list[Snapshot]:
    """Return what is archived and not committed; the newest commit is looked for where any is."""
    if every:
        return [*uncommitted(run.store, run.vault)]
    while found := [
        *uncommitted(run.store, run.vault, since=run.tail_since, archived=run.newest_archived)
    ]:
        if run.vault.is_newest():
            break
        run.vault.refresh()
    return found
