"""The status of a lake: every source, every target, and the problems.

Promises: it reads the lake alone, in six requests per source in use, one per operation that ran on
it, and about twelve more; it writes nothing, and neither loads a parser nor contacts a publisher.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from schemas.source import Source
from schemas.waivers import Waiver, in_force
from tasks.alerts.alert_log import alert_log, alerts_of
from tasks.alerts.known_entries import EVENTS, known_entries
from tasks.catalog.system_tables import QUARANTINE
from tasks.freshness.source_activity import activities
from tasks.quarantine.record_quarantine import listed_rows
from tasks.vault.backends.store import Store
from tasks.vault.vault_reader import VaultReader
from tasks.watching.delivery_status import TargetStatus, target_statuses
from tasks.watching.problem import Problem, source_problems, target_problems
from tasks.watching.run_status import LastRun, last_runs
from tasks.watching.source_status import (
    SourceStatus,
    open_by_source,
    quarantined_by_source,
    source_status,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class LakeStatus:
    """How a lake stands at a time (UTC).

    `lake`: its address. `runs`: the last run of each operation on each source.
    """

    lake: str
    at: datetime
    sources: Sequence[SourceStatus]
    targets: Sequence[TargetStatus]
    runs: Sequence[LastRun] = ()

    @property
    def problems(self) -> list[Problem]:
        """What a person has to look at, by source and target, in their order."""
        found = [problem for one in self.sources for problem in source_problems(one)]
        return [*found, *(problem for one in self.targets for problem in target_problems(one))]


def lake_status(
    store: Store,
    sources: Sequence[Source],
    *,
    at: datetime,
    waivers: Sequence[Waiver] = (),
    targets: Collection[str] | None = (),
) -> LakeStatus:
    """Return the status of a lake.

    Args:
        store: The lake.
        sources: Those to look at.
        at: The time, UTC.
        waivers: All of the settings, expired ones too; they silence alerts.
        targets: Names of those configured; empty: all that the lake has; None: none of them.

    Raises:
        Damaged, StoreError: The lake cannot be read.
    """
    entries = known_entries(alert_log(store), store.get(EVENTS))
    alerts = open_by_source(alerts_of(entries, in_force(waivers, at.date()), on=at.date()))
    waiting = quarantined_by_source(listed_rows(VaultReader(store, QUARANTINE)))
    return LakeStatus(
        lake=store.uri,
        at=at,
        sources=[
            source_status(
                source,
                activity,
                quarantined=waiting.get(source.name, 0),
                alerts=alerts.get(source.name, {}),
                at=at,
            )
            for source, activity in zip(sources, activities(store, sources), strict=True)
        ],
        runs=last_runs(store, at=at),
        targets=[]
        if targets is None
        else sorted(
            target_statuses(store, entries, configured=targets, at=at), key=attrgetter("target")
        ),
    )
