"""Reader of the datasets of a lake: vintages, as-of tables, changes and histories."""

from collections.abc import Mapping
from datetime import date, datetime

import polars as pl

from schemas.errors import UnknownName
from tasks.vault.backends.store import Store
from tasks.vault.manifest import Vintage
from tasks.vault.published_columns import vintage_rows
from tasks.vault.queries import all_versions, difference, row_history
from tasks.vault.states import state_of
from tasks.vault.vault_reader import VaultReader

Time = str | date | datetime
"""An instant; a day, which means its end; either as text; a vintage's id; or 'latest'."""
Where = Mapping[str, object]
"""Which rows: column names and the value each must have, e.g. {"iso3": "PRK"}."""
RETRACTED = pl.Struct({"reason": pl.String, "at": pl.Datetime("us", "UTC"), "by": pl.String})
"""Why, when and by whom a vintage was retracted."""


class DatasetReader:
    """The datasets of one lake, each named '<source>.<table>'.

    `is_pinned`: whether all answers about a source come from the commit that was its newest at the
    first question; else each comes from the newest one.

    Every method that takes a dataset raises UnknownName, with those there are, for any other.
    """

    def __init__(self, store: Store, *, is_pinned: bool = False) -> None:
        self.store = store
        self._pinned: dict[str, VaultReader] | None = {} if is_pinned else None

    @property
    def uri(self) -> str:
        """Where the lake is."""
        return self.store.uri

    def exists(self) -> bool:
        """Return whether anything was ever ingested here."""
        return next(iter(self.store.list("")), None) is not None

    def vaults(self) -> dict[str, VaultReader]:
        """Return the vaults that have at least one vintage, by source; the lake's own ones, too."""
        from tasks.catalog.system_tables import SYSTEM_SOURCES
        from tasks.sources import SOURCES

        vaults = map(self._vault, [*(source.name for source in SOURCES), *SYSTEM_SOURCES])
        return {vault.source: vault for vault in vaults if vault.exists()}

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
        """Return the vintage that was the newest at a time.

        Raises NothingKnownYet for a time before the first one.
        """
        vault, table = self._found(dataset)
        return vault.find(_time_text(time), table)

    def asof(self, dataset: str, time: Time, where: Where | None = None) -> pl.DataFrame:
        """Return a dataset as it was known at a time, sorted by its key.

        Returns:
            The key columns, then the figures in their own units, with the types of the table. A
            column that this vintage lacks is absent.

        Raises:
            NothingKnownYet: The time lies before the first vintage.
        """
        vault, table = self._found(dataset)
        return matching_rows(state_of(vault, table, vault.find(_time_text(time), table)), where)

    def latest(self, dataset: str) -> pl.DataFrame:
        """Return a dataset as it is known now; held vintages are left out until their release."""
        return self.asof(dataset, "latest")

    def diff(
        self, dataset: str, before: Time, after: Time, *, where: Where | None = None
    ) -> pl.DataFrame:
        """Return every figure that differs between two vintages.

        Returns:
            The key columns, column [name of the figure], before and after [Float64, the column's
            own unit], before_text and after_text [exact], change, rel_change [share of before],
            kind [revised, added, withdrawn], gone [why the row of a withdrawn figure went:
            source_removed, renamed, below_threshold, our_parser; null where it is still there].
            One row per figure; null is absent or not published.
        """
        vault, table = self._found(dataset)
        between = [vault.find(_time_text(time), table) for time in (before, after)]
        return matching_rows(difference(vault, table, *between), where)

    def history(self, dataset: str, where: Where) -> pl.DataFrame:
        """Return how the rows that match changed over the vintages.

        Returns:
            as_of [instant], id, the key columns, the figures, status [printed, gone, unreadable],
            gone [why it went, as in `diff`], last_seen [instant of the last vintage that printed
            these figures], seen [vintages that printed them], unseen [vintages of other rows only,
            in which they stood unprinted]: one row per change of a row; figures and the last three
            are null unless status is printed.
        """
        vault, table = self._found(dataset)
        return row_history(vault, table, {name: str(value) for name, value in where.items()})

    def versions(self, dataset: str) -> pl.LazyFrame:
        """Return every version of every row, lazily; as of t: valid_from <= t < valid_to.

        Returns:
            The key columns, the figures, valid_from and valid_to [instants, UTC; valid_to is null
            while the row stands], gone [why the row went with this version, as in `diff`; null
            where it did not], sorted by key and valid_from.
        """
        vault, table = self._found(dataset)
        vault.shown(table)  # raises UnknownName where every vintage is retracted
        return all_versions(vault, table)

    def vintages(self, dataset: str, *, with_retracted: bool = False) -> pl.DataFrame:
        """Return every vintage of a dataset, oldest first.

        `with_retracted`: also those that are retracted, which no other method shows, as they were.

        Returns:
            id, as_of and ingested_at [instants], is_new [whether it differs from the one before],
            held, rows, inserted, updated, deleted, seen [rows that it printed], unchanged [printed
            rows with the known figures], unseen [rows that stand unprinted], hidden [known rows
            that could not be parsed], quarantined [rows], columns [names in this vintage], sha256
            [of the snapshot's manifest], source_url, parser_version. seen, unchanged, unseen and
            hidden are null where an older version of the program did not record them. With
            `with_retracted` also retracted: reason, at [instant] and by; null where it is not.
        """
        vault, table = self._found(dataset)
        listed = vintage_rows((v, e) for _, v, e in vault.table_history(table).entries())
        if not with_retracted:
            return listed
        decided = {one.id: one for one in vault.head.retractions} if vault.head else {}
        last = [(one, one.vintage) for one in decided.values() if one.vintage is not None]
        shown = [(one, vintage) for one, vintage in last if table in vintage.tables]
        why = [{"reason": one.reason, "at": one.at, "by": one.by} for one, _ in shown]
        gone = vintage_rows((vintage, vintage.tables[table]) for _, vintage in shown)
        gone = gone.with_columns(pl.Series("retracted", why, RETRACTED))
        return pl.concat([listed, gone], how="diagonal").sort("as_of", maintain_order=True)

    def vault(self, source: str) -> VaultReader:
        """Return the vault of a source, at the commit that this reader answers from."""
        return self._vault(source)

    def _vault(self, source: str) -> VaultReader:
        vault = VaultReader(self.store, source)
        return vault if self._pinned is None else self._pinned.setdefault(source, vault)

    def _found(self, dataset: str) -> tuple[VaultReader, str]:
        source, _, table = dataset.partition(".")
        vault = self._vault(source) if source else None
        if vault is None or vault.head is None or table not in vault.head.tables:
            raise UnknownName("dataset", dataset, self.datasets())
        return vault, table


def matching_rows(frame: pl.DataFrame, where: Where | None) -> pl.DataFrame:
    """Return the rows whose columns have the values in `where`; values are compared as text.

    Raises UnknownName for a column that the frame lacks.
    """
    conditions = where or {}
    for name in conditions:
        if name not in frame.columns:
            raise UnknownName("column", name, frame.columns)
    tests = [pl.col(name).cast(pl.String) == str(value) for name, value in conditions.items()]
    return frame.filter(tests) if tests else frame


def _time_text(time: Time) -> str | datetime:
    return time if isinstance(time, str | datetime) else time.isoformat()
