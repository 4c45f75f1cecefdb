"""
The reader: what a lake knows, as polars frames.

Promises: it only reads; it needs neither Prefect nor a server; every answer comes from one commit
of the source's vault, so it is never half of one vintage and half of another.
"""

import io
from collections.abc import Sequence
from datetime import UTC, datetime

import polars as pl

from schemas.alerts import Alert, Event
from schemas.errors import UnknownName, WrongUse
from schemas.waivers import Waiver, in_force
from tasks.alerts.alert_log import alert_log, alerts_of, events_in, silencing_waiver
from tasks.alerts.alert_tables import alerts_table
from tasks.alerts.waiver_config import configured
from tasks.catalog.system_tables import SYSTEM_SOURCES
from tasks.quarantine.record_quarantine import quarantine_of
from tasks.sources import SOURCES
from tasks.vault.backends.open_store import open_store
from tasks.vault.backends.store import Store
from tasks.vault.commit_log import Document
from tasks.vault.scd2_views import vintage_rows
from tasks.vault.vault import Vault, Vintage
from vaxwatch.query_arguments import Time, Where, asked, chosen


def open_lake(uri: str, waivers: Sequence[Waiver] | None = None) -> "Lake":
    """
    Return the reader of a lake: a folder, s3://bucket/prefix, memory:NAME. Raises WrongUse.

    `waivers`: what silences alerts, where it is not the waivers of vaxwatch.toml.
    """
    lake = Lake(open_store(uri), waivers)
    if not lake.exists():
        raise WrongUse(f"There is no lake at {uri}; run `vaxwatch demo` or set --lake.")
    return lake


class Lake:
    """
    One lake. A dataset is one table of one source: '<source>.<table>'.

    In every frame null means not published; 0 is a published zero; instants are UTC.

    Every method that takes a dataset raises UnknownName, with those there are, for any other.

    >>> from datetime import UTC, datetime
    >>> from schemas.records import Body, Snapshot
    >>> from tasks.vault.vault import Draft, TableDraft
    >>> def shown(day: datetime, doses: int) -> Draft:
    ...     body = Body(name="main", sha256=f"{doses:064}", size=1)
    ...     seen = Snapshot(source="unicef_market", retrieved_at=day, bodies=(body,), url="")
    ...     table = pl.DataFrame({"iso3": ["PRK"], "doses_allocated": [doses]})
    ...     told = TableDraft(frame=table, key=("iso3",))
    ...     return Draft(snapshot=seen, tables={"allocations": told})
    >>> store, name = open_store("memory:doctest"), "unicef_market.allocations"
    >>> first, then = datetime(2021, 12, 23, tzinfo=UTC), datetime(2022, 2, 10, tzinfo=UTC)
    >>> drafts = [shown(first, 8_115_600), shown(then, 1_540_800)]
    >>> outcomes = Vault(store, "unicef_market").commit(drafts, at=then)
    >>> lake = open_lake("memory:doctest")
    >>> lake.asof(name, "2022-02-09").rows(), lake.latest(name).rows()
    ([('PRK', 8115600)], [('PRK', 1540800)])
    >>> lake.diff(name, "2022-02-09", "latest").select("change", "kind").rows()
    [(-6574800.0, 'revised')]
    >>> lake.history(name, {"iso3": "PRK"})["doses_allocated"].to_list()
    [8115600, 1540800]
    """

    def __init__(self, store: Store, waivers: Sequence[Waiver] | None = None) -> None:
        self.store = store
        self._waivers = waivers

    @property
    def uri(self) -> str:
        """Where the lake is."""
        return self.store.uri

    def exists(self) -> bool:
        """Return whether anything was ever put here."""
        return bool(self.vaults()) or next(iter(self.store.list("")), None) is not None

    def vaults(self) -> dict[str, Vault]:
        """Return the vaults that have at least one vintage, by source; the lake's own ones, too."""
        names = [*(source.name for source in SOURCES), *SYSTEM_SOURCES]
        named = {name: Vault(self.store, name) for name in names}
        return {name: vault for name, vault in named.items() if vault.exists()}

    def datasets(self) -> list[str]:
        """Return the names of all datasets, sorted."""
        return sorted(
            f"{source}.{table}"
            for source, vault in self.vaults().items()
            for table in vault.tables()
        )

    def key(self, dataset: str) -> tuple[str, ...]:
        """Return the columns that identify a row."""
        vault, table = self._found(dataset)
        return vault.key(table)

    def vintage(self, dataset: str, time: Time = "latest") -> Vintage:
        """
        Return the vintage that says what was known at a time.

        Raises NothingKnownYet for a time before the first one.
        """
        vault, table = self._found(dataset)
        return vault.find(asked(time), table)

    def asof(self, dataset: str, time: Time, where: Where | None = None) -> pl.DataFrame:
        """
        Return a dataset as it was known at a time, sorted by its key.

        Returns:
            The key columns, then the figures in their own units, with the types of the table. A
            column that this vintage did not have is not there.

        Raises:
            NothingKnownYet: The time lies before the first vintage.
        """
        vault, table = self._found(dataset)
        return chosen(vault.state(table, vault.find(asked(time), table)), where)

    def latest(self, dataset: str) -> pl.DataFrame:
        """Return a dataset as it is known now; a vintage that is held waits for its release."""
        return self.asof(dataset, "latest")

    def diff(
        self, dataset: str, before: Time, after: Time, *, where: Where | None = None
    ) -> pl.DataFrame:
        """
        Return every figure that two vintages state differently.

        Returns:
            The key columns, column [name of the figure], before and after [Float64, the column's
            own unit], before_text and after_text [exact], change, rel_change [share of before],
            kind [revised, added, withdrawn], gone [why the row of a withdrawn figure went:
            source_removed, renamed, below_threshold, our_parser; null where it is still there].
            One row per figure; null is absent or not published.
        """
        vault, table = self._found(dataset)
        between = [vault.find(asked(time), table) for time in (before, after)]
        return chosen(vault.diff(table, *between), where)

    def history(self, dataset: str, where: Where) -> pl.DataFrame:
        """
        Return how the rows that match changed over the vintages.

        Returns:
            as_of [instant], id, the key columns, the figures, status [printed, gone, unreadable:
            what is there could not be read], gone [why it went, as in `diff`], last_seen [instant
            of the last vintage that printed these very figures], seen [vintages that did], unseen
            [vintages in which they stood though they were not printed, speaking for other rows
            only]: one row per change of a row; figures and the last three are null unless printed.
        """
        vault, table = self._found(dataset)
        return vault.history(table, {name: str(value) for name, value in where.items()})

    def versions(self, dataset: str) -> pl.LazyFrame:
        """
        Return every version of every row, lazily: as of t, those with valid_from <= t < valid_to.

        Returns:
            The key columns, the figures, valid_from and valid_to [instants, UTC; valid_to is null
            while the row stands], gone [why the row went with this version, as in `diff`; null
            where it did not], sorted by key and valid_from.
        """
        vault, table = self._found(dataset)
        return vault.versions(table)

    def vintages(self, dataset: str) -> pl.DataFrame:
        """
        Return every vintage of a dataset, oldest first.

        Returns:
            id, as_of and ingested_at [instants], is_new [whether it says something else than the
            one before], held, rows, inserted, updated, deleted, seen [rows that it printed],
            unchanged [of these, those with the figures that were known], unseen [rows that stand
            though it did not print them], hidden [rows that are known, but could not be read],
            quarantined [rows], columns [names in this vintage], sha256 [of the snapshot's
            manifest], source_url, parser_version. seen, unchanged, unseen and hidden are null where
            an older lake did not record them.
        """
        vault, table = self._found(dataset)
        return vintage_rows((v, e) for _, v, e in vault.told(table).entries())

    def alerts(self) -> pl.DataFrame:
        """
        Return all alerts as they stand today, newest first: the table that is published for BI.

        Returns:
            The fields of `schemas.alerts.Alert`, with key as JSON text and iso3 beside it; before,
            after and change [the column's own unit], rel_change [share of before].
        """
        return pl.read_parquet(io.BytesIO(alerts_table(self._told(), self.in_force())))

    def alert_records(self) -> list[Alert]:
        """Return all alerts as records, newest first, of one time the worst first."""
        return alerts_of(self._told(), self.in_force())

    def in_force(self) -> tuple[Waiver, ...]:
        """Return the waivers that hold today (UTC). Raises WrongUse when they cannot be read."""
        listed = configured() if self._waivers is None else self._waivers
        return in_force(listed, datetime.now(UTC).date())

    def silencing(self, alert: Alert) -> Waiver | None:
        """Return the waiver that silences an alert today; None where it is not silenced."""
        return silencing_waiver(alert, self.in_force())

    def events(self, fingerprint: str) -> list[Event]:
        """Return every step in the life of an alert, with its evidence, as it was told."""
        told = [event for entry in self._told() for event in events_in(entry)]
        return [event.event for event in told if event.fingerprint == fingerprint]

    def quarantined(self, source: str | None = None) -> pl.DataFrame:
        """
        Return every row that was ever kept out, with the cell and the reason: `quarantine.rows`.

        Returns:
            The columns of `tasks.quarantine.record_quarantine.COLUMNS`: source, table, snapshot_id,
            row [1 is the first data row of the published file], column_name [the publisher's],
            rule, snapshot_as_of, snapshot_sha256, rule_version, value [as published, null where
            there is none], reason, state [quarantined, blocked, released, superseded], settled_at.
        """
        rows = quarantine_of(self.store)
        if source is None:
            return rows
        mine = rows.filter(source=source)
        if mine.is_empty() and not Vault(self.store, source).exists():
            raise UnknownName("ingested source", source, sorted(self.vaults()))
        return mine

    def _told(self) -> list[Document]:
        return [entry for _, entry in alert_log(self.store).entries()]

    def _found(self, dataset: str) -> tuple[Vault, str]:
        source, _, table = dataset.partition(".")
        vault = Vault(self.store, source)
        if not source or not vault.exists() or table not in vault.tables():
            raise UnknownName("dataset", dataset, self.datasets())
        return vault, table
