"""Reader of a lake for programs: vintages, as-of tables, changes, alerts, as polars frames.

It only reads, and needs no server; every answer comes from one commit of the source's vault. Source
declarations, alerts and the quarantine are imported by the methods that need them.
"""

import io
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from schemas.errors import UnknownName, WrongUse
from schemas.waivers import Waiver, in_force, waiver_for
from tasks.vault.backends.open_store import open_store
from tasks.vault.backends.store import Store
from vaxwatch.datasets import DatasetReader

if TYPE_CHECKING:
    from schemas.alerts import Alert, Event
    from tasks.vault.own_hash import Document


def open_lake(
    uri: str, waivers: Sequence[Waiver] | None = None, *, is_pinned: bool = False
) -> "Lake":
    """Return the reader of a lake: a folder, s3://bucket/prefix, memory:NAME.

    `waivers`: what silences alerts; None: the waivers of vaxwatch.toml. `is_pinned`: whether all
    answers about a source come from the commit that was its newest at the first question, and cost
    no further look at its log; else each from the newest.

    Raises WrongUse: the address is no lake's, or nothing was ever ingested there.
    """
    lake = Lake(open_store(uri), waivers, is_pinned=is_pinned)
    if not lake.exists():
        raise WrongUse(
            f"There is no lake at {uri}: nothing was ever ingested there. Run `vaxwatch demo`, or "
            f"name another lake by --lake."
        )
    return lake


def today() -> date:
    """Return the day that it is, in UTC."""
    return datetime.now(UTC).date()


class Lake(DatasetReader):
    """One lake. A dataset is one table of one source: '<source>.<table>'.

    In every frame null means not published; 0 is a published zero; instants are UTC.
    """

    def __init__(
        self, store: Store, waivers: Sequence[Waiver] | None = None, *, is_pinned: bool = False
    ) -> None:
        super().__init__(store, is_pinned=is_pinned)
        self._waivers = waivers
        self._entries: Sequence[Document] | None = None

    def snapshot(self) -> "Lake":
        """Return a reader of the lake as it is now, whatever is published from now on.

        Every source answers from its newest commit of now, and alerts from the entries of now; so
        all of its frames belong together. Commits can be read for at least a week.
        """
        frozen = Lake(self.store, self._waivers, is_pinned=True)
        frozen.vaults()
        frozen._entries = self._alert_entries()
        return frozen

    def alerts(self) -> pl.DataFrame:
        """Return all alerts in their state of today, newest first: the table published for BI.

        Returns:
            The fields of `schemas.alerts.Alert`, with key as JSON text and iso3 beside it; before,
            after and change [the column's own unit], rel_change [share of before].
        """
        from tasks.alerts.alert_tables import alerts_table

        body = alerts_table(self.alert_records(), entries=len(self._alert_entries()))
        return pl.read_parquet(io.BytesIO(body))

    def alert_records(self) -> "list[Alert]":
        """Return all alerts as records, newest first; within one time the most severe first."""
        from tasks.alerts.alert_log import alerts_of

        return alerts_of(self._alert_entries(), self.in_force(), on=today())

    def in_force(self) -> tuple[Waiver, ...]:
        """Return the waivers that hold today (UTC). Raises WrongUse when they cannot be read."""
        from tasks.alerts.waiver_config import configured

        waivers = configured() if self._waivers is None else self._waivers
        return in_force(waivers, today())

    def silencing(self, alert: "Alert") -> Waiver | None:
        """Return the waiver that silences an alert today; None where it is not silenced."""
        if alert.state != "silenced":
            return None
        valid = self.in_force()
        return waiver_for(valid, rule=alert.rule, dataset=alert.dataset, key=alert.key)

    def events(self, fingerprint: str) -> "list[Event]":
        """Return every event of an alert with its evidence, in the order of the alert log."""
        from tasks.alerts.alert_log import events_in

        recorded = [event for entry in self._alert_entries() for event in events_in(entry)]
        return [event.event for event in recorded if event.fingerprint == fingerprint]

    def alert_countries(self) -> dict[str, set[str]]:
        """Return the countries that each alert is about, of a group its parts, by fingerprint."""
        from tasks.alerts.alert_log import events_in
        from tasks.delivery.targets import countries_of

        found: dict[str, set[str]] = {}
        for event in (event for entry in self._alert_entries() for event in events_in(entry)):
            found.setdefault(event.fingerprint, set()).update(countries_of(event))
        return found

    def reports_near(self, alert: "Alert") -> list[dict[str, Any]]:
        """Return what was reported about an alert's country within 60 days of its vintage.

        Returns:
            The columns of `covax_offers.offers`, and `sentence`; empty where that was never
            ingested. It is context, no cause.
        """
        from tasks.alerts.reported_context import OFFERS, reports_near

        if not self._vault(OFFERS.partition(".")[0]).exists():
            return []
        return reports_near(alert, self.asof(OFFERS, "latest"))

    def quarantined(self, source: str | None = None) -> pl.DataFrame:
        """Return every row ever quarantined, with the cell and the reason: `quarantine.rows`.

        Returns:
            The columns of `tasks.quarantine.record_quarantine.COLUMNS`: source, table, snapshot_id,
            row [1 is the first data row of the published file], column_name [the publisher's],
            rule, snapshot_as_of, snapshot_sha256, rule_version, value [as published, null where
            there is none], reason, state [quarantined, blocked, released, superseded], settled_at.
        """
        from tasks.catalog.system_tables import QUARANTINE
        from tasks.quarantine.record_quarantine import listed_rows

        rows = listed_rows(self._vault(QUARANTINE))
        if source is None:
            return rows
        selected = rows.filter(source=source)
        if selected.is_empty() and not self._vault(source).exists():
            raise UnknownName("ingested source", source, sorted(self.vaults()))
        return selected

    def _alert_entries(self) -> "Sequence[Document]":
        from tasks.alerts.alert_log import alert_log

        if self._entries is not None:
            return self._entries
        return alert_log(self.store).complete()
