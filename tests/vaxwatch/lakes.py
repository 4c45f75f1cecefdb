"""A small lake: three vintages of allocations, one report of tests that is held."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import polars as pl

from schemas.alerts import Event, EventKind, Finding, Severity
from schemas.records import Body, Fetched, Snapshot
from tasks.alerts.published_alerts import publish_alerts
from tasks.alerts.record_findings import record_findings
from tasks.catalog.views import publish_catalog
from tasks.parsing.flags import publish_flags
from tasks.quarantine.record_quarantine import record_quarantine
from tasks.raw.archive import archive_snapshot
from tasks.sources import source_named
from tasks.vault.backdated_insert import Draft, TableDraft
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.open_store import open_store
from tasks.vault.backends.store import Store
from tasks.vault.commit import commit_snapshots
from tasks.vault.derived_tables import publish_tables
from tasks.vault.vault_reader import VaultReader
from tests.ladder import CURRENT
from tests.tasks.vault.faults import copied

KEY = ("iso3", "product", "mechanism")
NOW = datetime(2022, 3, 1, tzinfo=UTC)
PROMISED = {
    "2021-12-23": {"GHA": {"Covovax": 5_000}, "PRK": {"AstraZeneca": 8_115_600}},
    "2022-02-10": {"GHA": {"Covovax": None}, "PRK": {"AstraZeneca": 1_288_800, "Covovax": 252_000}},
    "2022-02-22": {"GHA": {"Covovax": None}, "PRK": {"AstraZeneca": 1_288_800}},
}
"""Doses allocated, by day, participant and product."""
TESTED = ("who_searo_testing", "2022-02-14")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command left: its exit code and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on standard output."""
        return json.loads(self.out)


Ask = Callable[..., Answer]


def snapshot(source: str, day: str) -> Snapshot:
    """Return a snapshot retrieved at the beginning of a day."""
    at = datetime.fromisoformat(day).replace(tzinfo=UTC)
    sha256 = hashlib.sha256(day.encode()).hexdigest()
    body = Body(name="main", sha256=sha256, size=len(day))
    return Snapshot(
        source=source, retrieved_at=at, bodies=(body,), url=f"https://example.org/{day}"
    )


def promised(day: str) -> pl.DataFrame:
    """Return the allocations as they stood on a day."""
    lines = [
        (iso3, product, "COVAX", doses)
        for iso3, products in PROMISED[day].items()
        for product, doses in products.items()
    ]
    names = [*KEY, "doses_allocated"]
    return pl.DataFrame(lines, schema=names, orient="row").cast({"doses_allocated": pl.Int64})


def alert_event(
    kind: EventKind, day: str, severity: Severity, sentence: str, *, after: int
) -> Event:
    """Return one step in the life of an alert on doses that were 8,115,600."""
    seen = snapshot("unicef_market", day)
    before = 8_115_600
    return Event(
        kind=kind,
        id=seen.id,
        as_of=seen.retrieved_at,
        previous_as_of=snapshot("unicef_market", "2021-12-23").retrieved_at,
        severity=severity,
        confidence="unconfirmed" if kind == "opened" else "confirmed",
        before=before,
        after=after,
        change=after - before,
        rel_change=(after - before) / before,
        sentence=sentence,
        evidence={"peak": before},
    )


def finding(rule: str, product: str, *events: Event) -> Finding:
    """Return a finding on doses allocated to DPR Korea."""
    return Finding(
        rule=rule,
        dataset="unicef_market.allocations",
        key={"iso3": "PRK", "product": product},
        column="doses_allocated",
        events=events,
    )


CUT = finding(
    "R1",
    "AstraZeneca",
    alert_event("opened", "2022-02-10", "critical", "It fell by 84.1 %.", after=1_288_800),
    alert_event(
        "confirmed", "2022-02-22", "critical", "It fell by 84.1 %. Seen twice.", after=1_288_800
    ),
)
RISE = finding(
    "R0",
    "Covovax",
    alert_event("opened", "2022-02-22", "info", "It rose [a little].", after=8_115_601),
)


def fill(uri: str) -> None:
    """Fill a lake: three vintages of allocations, two alerts, tests with a row left out."""
    copied(_filled(), open_store(uri))


@cache
def _filled() -> Store:
    """Return the lake that all others are copies of; nobody writes there."""
    store = MemoryStore()
    for source, day in [*(("unicef_market", day) for day in PROMISED), TESTED]:
        kept, contents = snapshot(source, day), {"main": day.encode()}
        archive_snapshot(store, Fetched(snapshot=kept, contents=contents, evidence={}))
    allocations = VaultReader(store, "unicef_market")
    commit_snapshots(
        allocations,
        [
            Draft(
                snapshot=snapshot("unicef_market", day),
                tables={"allocations": TableDraft(frame=promised(day), key=KEY)},
                parser_version=source_named("unicef_market").parser_version,
            )
            for day in PROMISED
        ],
        at=NOW,
    )
    publish_tables(allocations)
    tests = VaultReader(store, "who_searo_testing")
    commit_snapshots(tests, [tested()], at=NOW)
    publish_tables(tests)
    record_quarantine(store, tests, at=NOW)
    for vault in (allocations, tests):
        publish_catalog(store, vault)
    record_findings(
        store, [CUT, RISE], source="unicef_market", origin="replay", at=NOW, judged=CURRENT
    )
    publish_alerts(store, on=NOW.date())
    return store


def fill_flagged(uri: str) -> None:
    """Fill a lake as `fill` does, with one more vintage in which a figure is implausible."""
    fill(uri)
    store, below = open_store(uri), pl.lit(-5, pl.Int64).alias("doses_allocated")
    vault = VaultReader(store, "unicef_market")
    frame = promised("2022-02-22").with_columns(below)
    table = TableDraft(frame=frame, key=KEY)
    draft = Draft(
        snapshot=snapshot("unicef_market", "2022-02-23"),
        tables={"allocations": table},
        parser_version=source_named("unicef_market").parser_version,
    )
    commit_snapshots(vault, [draft], at=NOW)
    publish_tables(vault)
    publish_flags(vault)


def tested() -> Draft:
    """Return one report of tests, held, in which one figure could not be read."""
    key = ("iso3", "observed_on", "origin")
    day = datetime(2022, 2, 14, tzinfo=UTC).date()
    sound = pl.DataFrame(
        {"iso3": ["PRK"], "observed_on": [day], "origin": ["x"], "people_tested_new": [1415]}
    )
    bad = pl.DataFrame(
        {
            "row": [2],
            "column": ["People tested"],
            "rule": ["not-a-number"],
            "value": ["NaN"],
            "reason": ["'NaN' is no whole number."],
            "iso3": ["GHA"],
            "observed_on": [day],
            "origin": ["x"],
        }
    )
    return Draft(
        snapshot=snapshot(*TESTED),
        tables={"tests": TableDraft(frame=sound, key=key, quarantined=bad)},
        held=True,
    )
