"""Records of fetched snapshots and the outcome of their ingestion. Plain values, no I/O."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from schemas.errors import WrongUse

FIRST: Final = datetime.min.replace(tzinfo=UTC)
LAST: Final = datetime.max.replace(tzinfo=UTC)
"""The ends of the calendar."""
EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""No snapshot of a dashboard is older."""
LEEWAY: Final = timedelta(hours=1)
"""So much may clocks differ."""
Verdict = Literal["new", "unchanged", "known", "held", "blocked"]


def utc(instant: datetime) -> datetime:
    """Return the instant in UTC; one without a zone is taken as UTC.

    At the ends of the calendar (years 1 and 9999) the first or last instant of it is returned where
    the zone leads outside.

    >>> utc(datetime(2022, 2, 10)).isoformat()
    '2022-02-10T00:00:00+00:00'
    >>> utc(datetime.fromisoformat("0001-01-01T00:00:00+14:00")).isoformat()
    '0001-01-01T00:00:00+00:00'
    """
    if instant.tzinfo is None:
        return instant.replace(tzinfo=UTC)
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        return FIRST if instant.year == 1 else LAST


def from_epoch(seconds: int) -> datetime:
    """Return the instant so many seconds after 1970; for a later one the last of the calendar.

    >>> from_epoch(0).isoformat(), from_epoch(10**18).year
    ('1970-01-01T00:00:00+00:00', 9999)
    """
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return LAST


def stamp(instant: datetime) -> str:
    """Return the instant in the compact form of ids and object names.

    >>> stamp(datetime(2022, 6, 22, 6, tzinfo=UTC))
    '20220622T060000Z'
    """
    instant = utc(instant)
    fraction = f".{instant.microsecond:06d}" if instant.microsecond else ""
    return f"{instant:%Y%m%dT%H%M%S}{fraction}Z"


def require_plausible(instant: datetime, *, now: datetime, what: str) -> None:
    """Refuse an instant that is a slip: before 2000, or more than an hour ahead of now.

    A snapshot of the year 2202 would be `latest` for ever. `what`: begins the sentence.

    Raises:
        WrongUse: It is one.

    >>> now = datetime(2022, 6, 8, tzinfo=UTC)
    >>> require_plausible(now, now=now, what="a.csv")
    >>> require_plausible(datetime(1970, 1, 1, tzinfo=UTC), now=now, what="a.csv")
    Traceback (most recent call last):
        ...
    schemas.errors.WrongUse: a.csv: seen the time 1970-01-01T00:00:00+00:00; expected one from \
2000 on and not after now (2022-06-08T00:00:00+00:00). Nothing was archived. Give the time at \
which it was retrieved.
    """
    if not EARLIEST <= utc(instant) <= utc(now) + LEEWAY:
        raise WrongUse(
            f"{what}: seen the time {utc(instant).isoformat()}; expected one from {EARLIEST.year} "
            f"on and not after now ({utc(now).isoformat(timespec='seconds')}). Nothing was "
            f"archived. Give the time at which it was retrieved."
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Body:
    """One response body of the publisher. `size` in bytes."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Snapshot:
    """The exact bodies of one source at one instant.

    `scope` names the countries (ISO 3166-1 alpha-3) this snapshot covers; empty means all.
    """

    source: str
    retrieved_at: datetime
    bodies: tuple[Body, ...]
    url: str
    scope: tuple[str, ...] = ()

    @property
    def manifest_sha256(self) -> str:
        """The sha256 of source and bodies: the same bytes give the same manifest at any time."""
        listed = {"source": self.source, "bodies": {body.name: body.sha256 for body in self.bodies}}
        canonical = json.dumps(listed, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    @property
    def id(self) -> str:
        """The id of the vintage that it becomes: time, and eight hex digits of the manifest."""
        return f"{stamp(self.retrieved_at)}-{self.manifest_sha256[:8]}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetched:
    """A snapshot with its bytes by body name, and the evidence of its requests."""

    snapshot: Snapshot
    contents: Mapping[str, bytes]
    evidence: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Missed:
    """A fetch that gave no snapshot.

    `fault`: the reason, as a sentence. `requests`: the evidence of each request, the failed one
    included. `contents`: the bodies received before the failure, by sha256.
    """

    source: str
    at: datetime
    url: str
    fault: str
    requests: Sequence[Mapping[str, Any]]
    contents: Mapping[str, bytes]


@dataclass(frozen=True, kw_only=True, slots=True)
class TableCounts:
    """Row counts of one vintage in one table; `quarantined` rows are not in `rows`."""

    rows: int
    inserted: int
    updated: int
    deleted: int
    quarantined: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """The outcome of ingesting one snapshot.

    `verdict`: new (it differs from the vintage before), unchanged (it does not), known (this
    vintage was committed before), held (committed, but `latest` waits for a release), blocked
    (archived, but not published: it breaks the contract of its source).
    """

    source: str
    id: str
    as_of: datetime
    verdict: Verdict
    tables: Mapping[str, TableCounts] = field(default_factory=dict[str, TableCounts])
    notes: tuple[str, ...] = ()

    @property
    def quarantined(self) -> int:
        """Rows put into quarantine, over all tables."""
        return sum(counts.quarantined for counts in self.tables.values())
