"""Run records: one small document per run, in the lake, by day.

    runs/<year>/<month>/<day>/<started>-<source>-<operation>-<state>-<hash>.json

Promises: a record is written once and never changed; nothing in the lake depends on it. A run is
never failed by its record. Runs are counted by state from their names; those of earlier versions
lack the state.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from schemas.errors import Damaged
from schemas.records import stamp, utc
from tasks.vault.backends.store import Store
from tasks.vault.own_hash import HASH, encode, parsed, with_hash

FOLDER: Final = "runs/"
RETAINED: Final = timedelta(days=90)
"""Garbage collection removes older records."""
KEY: Final = re.compile(
    FOLDER + r"(?P<day>(\d{4})/(\d\d)/(\d\d))/\2\3\4T[\d.]+Z-(?P<source>[a-z0-9_]+)"
    r"-(?P<operation>[a-z]+)(?:-(?P<state>[A-Za-z]+))?-[0-9a-f]{8}\.json"
)
"""The name of a record; `state` is None in names of earlier versions."""
NO_SOURCES: Final = frozenset({"alerts", "all", "lake", "marts", "site"})
"""What runs are about that are about no source; their records have it as `source`."""
HASHED: Final = 8
"""Digits of a record's own hash in its name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunRecord:
    """What one run did.

    `operation`: ingest, backfill, rebuild, replay, release, retract, evaluate, deliver, maintain,
    compact, repair, marts or site. `source`: a source or one of NO_SOURCES: 'alerts' for a
    delivery, 'lake' for maintenance, compaction and repair, 'marts' or 'site' for those.
    `started`, `ended`: UTC; `seconds` between them. `state`: as its flow run ends. `counts`:
    numbers by name, such as new, unchanged, rows, quarantined, sent. `vintages`: ids of the
    vintages that it added or changed, the newest last, 100 at most. `alerts`: how many it opened or
    changed, by severity. `error`: the sentence of a failed run, else empty. `flow_run`: the id of
    its flow run, empty without Prefect.
    """

    operation: str
    source: str
    started: datetime
    ended: datetime
    seconds: float
    state: str
    counts: Mapping[str, int] = field(default_factory=dict[str, int])
    vintages: tuple[str, ...] = ()
    alerts: Mapping[str, int] = field(default_factory=dict[str, int])
    error: str = ""
    flow_run: str = ""

    def document(self) -> dict[str, Any]:
        """Return the record as JSON values, with its own hash."""
        times = {"started": utc(self.started).isoformat(), "ended": utc(self.ended).isoformat()}
        return with_hash({**asdict(self), **times, "vintages": list(self.vintages)})


def record_key(record: RunRecord) -> str:
    """Return where a record is stored.

    >>> at = datetime(2026, 11, 29, 6, 17)
    >>> record_key(
    ...     RunRecord(
    ...         operation="ingest",
    ...         source="who_cases",
    ...         started=at,
    ...         ended=at,
    ...         seconds=0,
    ...         state="Unchanged",
    ...     )
    ... )
    'runs/2026/11/29/20261129T061700Z-who_cases-ingest-Unchanged-9bac8fc2.json'
    """
    started, digits = utc(record.started), record.document()[HASH][:HASHED]
    named = f"{record.source}-{record.operation}-{record.state}-{digits}"
    return f"{FOLDER}{started:%Y/%m/%d}/{stamp(started)}-{named}.json"


def write_record(store: Store, record: RunRecord) -> None:
    """Write a record; one that is there already is the same. Raises StoreError."""
    store.put_if_absent(record_key(record), encode(record.document()))


def run_record_problems(store: Store, *, deep: bool) -> Iterator[str]:
    """Yield a sentence per object of the folder that is no run record; `deep`: read them all."""
    for key in store.list(FOLDER):
        if not _is_right(store, key, deep=deep):
            yield (
                f"{store.uri}/{key} is no run record, or damaged. Nothing depends on it: remove "
                f"that object."
            )


def expired_records(store: Store, *, at: datetime) -> list[str]:
    """Return the keys of records from more than 90 days before `at`, sorted."""
    last = utc(at - RETAINED).date()
    return [key for key in store.list(FOLDER) if (day := _day_of(key)) and day < f"{last:%Y/%m/%d}"]


def _is_right(store: Store, key: str, *, deep: bool) -> bool:
    blob = store.get(key) if deep else None
    if blob is None:
        return _day_of(key) is not None
    try:
        digits = str(parsed(f"{store.uri}/{key}", blob.body).get(HASH))[:HASHED]
    except Damaged:
        return False
    return _day_of(key) is not None and key.endswith(f"-{digits}.json")


def _day_of(key: str) -> str | None:
    """Return year/month/day of a record's key; None for a key that is no record's."""
    found = KEY.fullmatch(key)
    return found["day"] if found else None
