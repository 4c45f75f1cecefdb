"""Problems: what a person has to look at, each a sentence with its next step."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from schemas.wording import day
from tasks.watching.delivery_status import TargetStatus
from tasks.watching.source_status import SourceStatus

ProblemKind = Literal["overdue", "broken", "held", "undelivered", "dead"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One problem.

    `kind`: overdue (no snapshot for two cadences), broken (a snapshot broke the contract), held
    (`latest` lags behind), undelivered (messages wait, or alerts without a message), dead (messages
    were given up). `about`: the source or the target. `since`: UTC; None where that is not known.
    """

    kind: ProblemKind
    about: str
    since: datetime | None
    sentence: str
    next_step: str


def source_problems(status: SourceStatus) -> Iterator[Problem]:
    """Yield the problems of one source: overdue, broken, held."""
    name, seen = status.source, status.activity
    if status.overdue_since is not None:
        last = f"since {_when(seen.last_fetch)}" if seen.last_fetch else "ever"
        failed = f", and {seen.failures} fetch(es) failed" if seen.failures else ""
        yield Problem(
            kind="overdue",
            about=name,
            since=status.overdue_since,
            sentence=f"{name}: no snapshot came {last}{failed}; one was due by "
            f"{_when(status.overdue_since)}.",
            next_step=f"See whether its schedule runs, then: vaxwatch ingest {name}",
        )
    if status.state == "frozen":
        yield Problem(
            kind="broken",
            about=name,
            since=seen.refused_at,
            sentence=f"{name}: nothing is published since {_when(seen.refused_at)}: {seen.fault}",
            next_step=f"Mend its declaration, then: vaxwatch quarantine replay {name}",
        )
    if seen.held:
        count = "a vintage is" if seen.held == 1 else f"{seen.held} vintages are"
        yield Problem(
            kind="held",
            about=name,
            since=seen.held_since,
            sentence=f"{name}: {count} held since {_when(seen.held_since)}; `latest` shows an "
            f"older one.",
            next_step=f"If the page is right: vaxwatch quarantine release {name} {seen.held_id}",
        )


def target_problems(status: TargetStatus) -> Iterator[Problem]:
    """Yield the problems of one target: undelivered, dead."""
    if status.undelivered_since is not None:
        what = (
            f"{status.undelivered} message(s) wait"
            if status.undelivered
            else f"{status.unplanned} alert log entries wait"
        )
        why = f": {status.why}" if status.why else "."
        yield Problem(
            kind="undelivered",
            about=status.target,
            since=status.undelivered_since,
            sentence=f"{status.target}: {what} since {_when(status.undelivered_since)}{why}",
            next_step="vaxwatch deliver",
        )
    if status.dead:
        yield Problem(
            kind="dead",
            about=status.target,
            since=status.dead_since,
            sentence=f"{status.target}: {status.dead} message(s) were given up; the newest was due "
            f"on {_when(status.dead_since)}.",
            next_step="Mend the target, then: vaxwatch deliver --again",
        )


def _when(at: datetime | None) -> str:
    return day(at.replace(second=0, microsecond=0)) if at else "an unknown time"
