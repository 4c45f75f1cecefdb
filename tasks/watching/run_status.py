"""The last run of each operation on each source, from the run records of the last two weeks.

Promises: names are listed, a request per 1,000 runs, and one record is read per source and
operation, beside those whose name lacks the state: earlier versions wrote them. A record that is
missing or damaged is no last run: nothing depends on it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from schemas.errors import Damaged
from tasks.runs.run_records import FOLDER, KEY
from tasks.vault.backends.store import Store
from tasks.vault.own_hash import Document, parsed

WINDOW: Final = timedelta(days=14)
"""How far back runs are looked for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LastRun:
    """The last run of one operation on one source.

    `source`: 'alerts' of a delivery, 'lake' of maintenance, 'marts' of those. `ended`: UTC.
    `state`: the name of the state in which it ended. `error`: the sentence of a failed run, else
    empty. `runs`: how many began in the last two weeks; `states`: by the state
    in which they ended.
    """

    source: str
    operation: str
    ended: datetime
    seconds: float
    state: str
    error: str
    runs: int
    states: Mapping[str, int]


def last_runs(store: Store, *, at: datetime) -> list[LastRun]:
    """Return the last run of each source and operation as of a time (UTC), sorted.

    Raises StoreError.
    """
    names: dict[tuple[str, str], dict[str, str | None]] = {}
    for key in store.list(FOLDER, after=f"{FOLDER}{at - WINDOW:%Y/%m/%d}"):
        if found := KEY.fullmatch(key):
            about = found["source"], found["operation"]
            names.setdefault(about, {})[key] = found["state"]
    wanted = sorted(names)
    last = {max(names[one]) for one in wanted}
    nameless = {key for keys in names.values() for key, state in keys.items() if not state}
    asked = sorted(last | nameless)
    read = dict(zip(asked, store.ask_all(partial(_record, store), asked), strict=True))
    return [
        LastRun(
            source=source,
            operation=operation,
            ended=datetime.fromisoformat(document["ended"]),
            seconds=document["seconds"],
            state=document["state"],
            error=document["error"],
            runs=len(names[source, operation]),
            states=_by_state(names[source, operation], read),
        )
        for source, operation in wanted
        if (document := read[max(names[source, operation])])
    ]


def _by_state(
    names: Mapping[str, str | None], read: Mapping[str, Document | None]
) -> Mapping[str, int]:
    """Return how many runs ended in each state, by their names, else by their records."""
    found = (state or (read[key] or {}).get("state") for key, state in names.items())
    return Counter(state for state in found if state)


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
