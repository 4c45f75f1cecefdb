"""Recorded runs: whatever a run comes to, it leaves a line in the log and a record in the lake."""

import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar

from schemas.contract_errors import ContractBroken
from schemas.error_text import sentence
from schemas.errors import VaxwatchError, WrongUse
from schemas.store_errors import UnfitStore
from tasks.runs.run_log import outcome_facts, seconds_since, write_line
from tasks.runs.run_records import RunRecord, write_record
from tasks.runs.run_states import BLOCKED, FAILED, FAILURES
from tasks.summaries.run_summary import RunSummary
from tasks.vault.backends.store import Store

if TYPE_CHECKING:  # it imports what fetches pages, which many a run does without
    from tasks.runs.run_context import RunContext

MOST: Final = 100
"""Vintages that a record names."""
S = TypeVar("S", bound=RunSummary)


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """What a run is about. `source`: one of NO_SOURCES of run records where it is no source's."""

    store: Store
    source: str
    at: datetime
    began: float = field(default_factory=time.monotonic)

    @classmethod
    def of(cls, run: "RunContext") -> "Scope":
        """Return the scope of a run on one source."""
        return cls(store=run.store, source=run.source.name, at=run.at, began=run.began)


def recorded(scope: Scope, operation: str, act: Callable[[], S], *, flow_run: str = "") -> S:
    """Return the summary of an action, after its line and its record are written.

    A run that did nothing on purpose (a dry run, a delivery of nothing) leaves no record; nor does
    a wrong call, or one in whose store no lake is safe. `flow_run`: the id of its flow run.

    Raises what the action raises, after the line and the record of that.
    """
    try:
        summary = act()
    except Exception as error:
        text, is_broken = sentence(error), isinstance(error, ContractBroken)
        record = _record(scope, operation, BLOCKED if is_broken else FAILED, flow_run, error=text)
        _leave(scope, record, is_kept=not isinstance(error, WrongUse | UnfitStore), facts={})
        raise
    record = _record(scope, operation, summary.state_name, flow_run, **_done(summary))
    facts = outcome_facts(summary.outcomes) | {"alerts": len(summary.alerts)}
    _leave(scope, record, is_kept=summary.is_worth_a_record, facts=facts)
    return summary


def _record(scope: Scope, operation: str, state: str, flow_run: str, **facts: Any) -> RunRecord:
    seconds = seconds_since(scope.began)
    return RunRecord(
        operation=operation,
        source=scope.source,
        started=scope.at,
        ended=scope.at + timedelta(seconds=seconds),
        seconds=seconds,
        state=state,
        flow_run=flow_run,
        **facts,
    )


def _done(summary: RunSummary) -> dict[str, Any]:
    changed = [one.id for one in summary.outcomes if one.verdict not in {"known", "blocked"}]
    if not changed and not summary.is_failed and (decided := getattr(summary, "id", None)):
        changed = [decided]
    error = getattr(summary, "error", None) or summary.stopped or ""
    return {
        "counts": summary.numbers(),
        "vintages": tuple(changed[-MOST:]),
        "alerts": dict(Counter(alert.severity for alert in summary.alerts)),
        "error": error or next((one.error for one in summary.failed), ""),
    }


def _leave(scope: Scope, record: RunRecord, *, is_kept: bool, facts: dict[str, Any]) -> None:
    level = logging.ERROR if record.state in FAILURES else logging.INFO
    ended = {"operation": record.operation, "state": record.state, "source": record.source}
    line = {**facts, **ended, "seconds": record.seconds, "lake": scope.store.uri}
    write_line(line | {"error": record.error}, level)
    if not is_kept:
        return
    try:
        write_record(scope.store, record)
    except VaxwatchError as error:
        unwritten = f"The record of this run was not written: {sentence(error)}"
        write_line(ended | {"error": unwritten, "lake": scope.store.uri}, logging.WARNING)
