"""Recorded runs: commands that act on a lake in this process and are no flow's pipeline."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from tasks.summaries.recorded import Scope, recorded
from tasks.summaries.run_summary import RunSummary
from tasks.vault.backends.store import Store
from vaxwatch.commands.command_runner import Run
from vaxwatch.commands.source_runs import prepare_runs

S = TypeVar("S", bound=RunSummary)


def run_recorded(
    run: Run, operation: str, act: Callable[[], S], *, store: Store, about: str, at: datetime
) -> S:
    """Return the summary of an action, after its line and its record are written.

    `about`: the source, or what stands in place of one: 'alerts', 'lake'. `at`: when it began, UTC.
    """
    prepare_runs(run, track=False)
    return recorded(Scope(store=store, source=about, at=at), operation, act)
