"""The last run of each operation on each source, from the run records of the last two weeks.

Promises: names are listed, a request per 1,000 runs, and one record is read per source and
operation. A record that is missing or damaged is no run: nothing depends on it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from schemas.errors import Damaged
from tasks.runs.run_records import FOLDER
from tasks.vault.backends.store import Store
from tasks.vault.own_hash import Document, parsed

WINDOW: Final = timedelta(days=14)
"""How far back runs are looked for."""
NAME: Final = re.compile(r".*/[\d.TZ]+-([a-z0-9_]+)-([a-z]+)-[0-9a-f]{8}\.json")


@dataclass(frozen=True, kw_only=True, slots=True)
class LastRun:
    """The last run of one operation on one source.

    `source`: 'alerts' of a delivery, 'lake' of maintenance. `ended`: UTC. `state`: the name of the
    state in which it ended. `error`: the sentence of a failed run, else empty. `runs`: how many
    began in the last two weeks.
    """

    source: str
    operation: str
    ended: datetime
    seconds: float
    state: str
    error: str
    runs: int


def last_runs(store: Store, *, at: datetime) -> list[LastRun]:
    """Return the last run of each source and operation as of a time (UTC), sorted.

    Raises StoreUnavailable.
    """
    names: dict[tuple[str, str], list[str]] = {}
    for key in store.list(FOLDER, after=f"{FOLDER}{at - WINDOW:%Y/%m/%d}"):
        if found := NAME.fullmatch(key):
            names.setdefault((found[1], found[2]), []).append(key)
    wanted = sorted(names)
    documents = store.ask_all(lambda one: _record(store, max(names[one])), wanted)
    return [
        LastRun(
            source=source,
            operation=operation,
            ended=datetime.fromisoformat(document["ended"]),
            seconds=document["seconds"],
            state=document["state"],
            error=document["error"],
            runs=len(names[source, operation]),
        )
        for (source, operation), document in zip(wanted, documents, strict=True)
        if document
    ]


def newest_run(runs: Sequence[LastRun], source: str) -> LastRun | None:
    """Return the run on a source that ended last, whatever its operation; None without any."""
    return max((one for one in runs if one.source == source), key=_ended, default=None)


def _ended(run: LastRun) -> datetime:
    return run.ended


def _record(store: Store, key: str) -> Document | None:
    blob = store.get(key)
    try:
        return parsed(f"{store.uri}/{key}", blob.body) if blob else None
    except Damaged:
        return None  # `vaxwatch verify` reports it
