"""The archived rows of all alerts whose pages are rendered are looked up version by version."""

import hashlib
from datetime import UTC, date, datetime

import pytest

from schemas.records import Body, Fetched, Snapshot
from tasks.alerts.alert_proof import rows_behind
from tasks.raw.archive import archive_snapshot
from tasks.site.alerts.archived_rows import ArchivedRows
from tasks.site.site_content import SiteContent
from tasks.vault.backends.memory_store import MemoryStore
from tests.alert_entries import alert_event, append
from tests.tasks.vault.faults import Disturbed, left_alone

BEFORE, AFTER = (datetime(2022, 2, day, tzinfo=UTC) for day in (3, 10))
COUNTRIES = ("GHA", "KHM", "PRK")


def archived(store: MemoryStore, at: datetime, doses: int) -> str:
    """Archive a version of UNICEF's dashboard, and return its id."""
    lines = ["Recipient ISO,Vaccine Name,Doses Allocated", *(f"{c},,{doses}" for c in COUNTRIES)]
    text = "\n".join([*lines, ""]).encode()
    body = Body(name="main", sha256=hashlib.sha256(text).hexdigest(), size=len(text))
    seen = Snapshot(source="unicef_market", retrieved_at=at, bodies=(body,), url="https://a.org/")
    archive_snapshot(store, Fetched(snapshot=seen, contents={"main": text}, evidence={}))
    return seen.id


def lake_with_alerts() -> MemoryStore:
    """Return a lake in which each country has an alert that compares the same two versions."""
    store = MemoryStore()
    before, after = archived(store, BEFORE, 8_115_600), archived(store, AFTER, 1_540_800)
    for iso3 in COUNTRIES:
        evidence = {"compared_with": {"id": before, "as_of": BEFORE.isoformat()}}
        one = alert_event(iso3, key={"iso3": iso3}, evidence=evidence)
        object.__setattr__(one.event, "id", after)
        append(store, one)
    return store


@pytest.mark.parametrize("is_announced", [True, False])
def test_each_version_is_read_once_for_all_alerts_that_are_announced(*, is_announced: bool) -> None:
    """The rows are those that each alert alone would have; what is not announced is found, too."""
    store = Disturbed(lake_with_alerts(), left_alone)
    content = SiteContent(store=store, on=date(2022, 6, 1))
    archive = ArchivedRows(store)
    stated = {one.fingerprint: content.events[one.fingerprint][0].event for one in content.alerts}
    if is_announced:
        for alert in content.alerts:
            archive.announce(alert, stated[alert.fingerprint])
    begun = len(store.calls)
    found = [archive.rows(alert, stated[alert.fingerprint]) for alert in content.alerts]
    read = [one for one in store.calls[begun:] if one.is_done and "/fetches/" in one.key]
    assert len(read) == (2 if is_announced else 2 * len(COUNTRIES))
    assert found == [
        rows_behind(store, alert, stated[alert.fingerprint]) for alert in content.alerts
    ]
    assert {row["text"] for rows in found for version in rows for row in version["rows"]} == {
        f"{iso3},,{doses}" for iso3 in COUNTRIES for doses in (8_115_600, 1_540_800)
    }
