"""The alert log as tables: whole, in step with the log, and never older than what is there."""

import io
import json
from datetime import UTC, date, datetime

import polars as pl
import pytest

from schemas.alerts import AlertEvent
from schemas.errors import LostRace
from schemas.waivers import Waiver, in_force
from tasks.alerts.alert_log import alert_log, alerts_of, events_in
from tasks.alerts.known_entries import known_entries
from tasks.alerts.published_alerts import DamagedTable, open_alerts, publish_alerts, table_fault
from tasks.alerts.record_findings import record_findings
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.store import Blob, Store
from tasks.vault.own_hash import Document
from tests.alerts import DAY, read_alerts
from tests.ladder import CURRENT, LADDER, found

AT = datetime(2026, 11, 22, tzinfo=UTC)


def record(store: Store, days: list[str]) -> list[AlertEvent]:
    """Record what is found in the vintages of these days."""
    done = record_findings(
        store, found(days), source="unicef", origin="live", at=AT, judged=CURRENT
    )
    assert done is not None
    return [*done.new]


def table(store: Store, name: str) -> pl.DataFrame:
    """Return a published table."""
    blob = store.get(f"alerts/{name}.parquet")
    assert isinstance(blob, Blob)
    return pl.read_parquet(io.BytesIO(blob.body))


def test_published_tables_equal_the_log() -> None:
    """One row per alert and per event, keys as JSON text, times in UTC."""
    store = MemoryStore()
    recorded = record(store, list(LADDER))
    publish_alerts(store, on=DAY)
    shown = table(store, "alerts")
    assert shown["fingerprint"].to_list() == [alert.fingerprint for alert in read_alerts(store)]
    assert shown.schema["as_of"] == pl.Datetime("us", "UTC")
    assert shown.select("iso3", "key").row(0) == ("PRK", '{"iso3": "PRK"}')
    events = table(store, "alert_events")
    assert events["kind"].to_list() == [one.event.kind for one in recorded]
    assert json.loads(events["evidence"][0]) == dict(recorded[0].event.evidence)
    assert events["recorded_at"].unique().to_list() == [AT]


def test_the_table_of_events_stands_for_the_log() -> None:
    """Whether each entry is in the table or behind it, the alerts are the same."""
    store, days = MemoryStore(), list(LADDER)
    entries: list[Document] = []
    for count in range(2, len(days) + 1):
        record(store, days[:count])
        for _ in range(2):
            entries = known_entries(alert_log(store), store.get("alerts/alert_events.parquet"))
            assert alerts_of(entries, on=DAY) == read_alerts(store)
            assert [e for one in entries for e in events_in(one)] == [
                e for one in alert_log(store).complete() for e in events_in(one)
            ]
            publish_alerts(store, on=DAY)
    assert len(entries) == alert_log(store).length() > 1


def test_an_empty_log_is_published_with_its_columns() -> None:
    """A BI tool can open the tables of a lake without alerts."""
    store = MemoryStore()
    publish_alerts(store, on=DAY)
    assert table(store, "alerts").is_empty()
    assert "sentence" in table(store, "alert_events").columns


def test_publishing_never_puts_an_older_table_over_a_newer_one() -> None:
    """The same log is not written twice, and a table that knows more stays."""
    newer, older, days = MemoryStore(), MemoryStore(), list(LADDER)
    record(older, days[:2])
    for count in (2, 3):
        record(newer, days[:count])
    publish_alerts(newer, on=DAY)
    blob = newer.get("alerts/alerts.parquet")
    assert blob
    assert older.put_if_absent("alerts/alerts.parquet", blob.body)
    publish_alerts(older, on=DAY)
    assert older.get("alerts/alerts.parquet") == blob


def test_a_published_table_that_is_damaged_is_replaced() -> None:
    """Whatever lies there and is no table gives way."""
    store = MemoryStore()
    record(store, list(LADDER))
    store.put_if_absent("alerts/alerts.parquet", b"half a file")
    with pytest.raises(DamagedTable, match=r"alerts.parquet: .* from the log: vaxwatch repair"):
        open_alerts(store)
    publish_alerts(store, on=DAY)
    assert table(store, "alerts").height == len(read_alerts(store))
    assert table_fault(store) is None
    assert {*open_alerts(store)["state"]} == {"open"}


def test_without_any_alert_none_is_open() -> None:
    """A lake in which nothing was found yet has no table of alerts."""
    store = MemoryStore()
    assert open_alerts(store).is_empty()
    assert table_fault(store) is None


def test_alerts_are_written_again_when_other_ones_are_silenced() -> None:
    """A waiver that is added, and one that expires, change the table without any entry."""
    store = MemoryStore()
    record(store, list(LADDER))
    cuts = Waiver(
        rule="R1", dataset="*", reason="Known.", owner="a@example.org", expires=date(2022, 12, 31)
    )

    def shown(on: date) -> tuple[bytes, list[str]]:
        publish_alerts(store, in_force([cuts], on), on=on)
        blob, frame = store.get("alerts/alerts.parquet"), table(store, "alerts")
        assert blob
        return blob.body, frame.filter(rule="R1", before=8_115_600)["state"].unique().to_list()

    publish_alerts(store, on=DAY)
    events = store.get("alerts/alert_events.parquet")
    first, states = shown(date(2022, 12, 31))
    assert states == ["silenced"]
    assert shown(date(2022, 12, 30)) == (first, states)
    assert shown(date(2023, 1, 1))[1] == ["open"]
    assert store.get("alerts/alert_events.parquet") == events


class AlwaysLate(MemoryStore):
    """A store in which somebody else always replaces the object first."""

    def put_if_match(self, key: str, body: bytes, etag: str | None) -> bool:
        """Refuse."""
        return False


def test_who_is_never_first_gives_up_with_a_note() -> None:
    """A lost race is a transient error that names the table."""
    with pytest.raises(LostRace, match="alert_events"):
        publish_alerts(AlwaysLate(), on=DAY)
