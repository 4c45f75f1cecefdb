"""The plain Parquet files that BI tools open, derived from a commit.

Promises: publishing twice is publishing once; an older writer leaves newer objects alone. `latest`
and `vintages` follow every commit; `history` and `changes` of a large table (20,000 versions of
rows, or 50,000 changed cells) wait until the changes they lack are a tenth of the history's rows,
or for a compaction, so that an ingest does not grow with the number of versions.
"""

from collections.abc import Iterable

from tasks.vault.table_publisher import TablePublisher, is_small
from tasks.vault.vault_reader import VaultReader


def publish_tables(vault: VaultReader, *, everything: bool = False) -> list[str]:
    """Bring the derived objects of a source up to its commit; return the names written.

    `everything`: the histories of large tables, too. Those of a table without a vintage keep their
    columns and have no rows. Raises LostRace.
    """
    tables = vault.head.tables if vault.head else ()
    _read_ahead(vault, tables, everything=everything)
    with vault.lake.together() as batch:
        written = _published(vault, tables, everything=everything)
    return _published(vault, tables, everything=everything) if batch.is_lost else written


def _read_ahead(vault: VaultReader, tables: Iterable[str], *, everything: bool) -> None:
    """Fetch the histories that are continued now."""
    continued: list[str] = []
    vault.store.read_ahead([f"{table}/vintages.parquet" for table in tables])
    for table in tables:
        listed = vault.published(table, "vintages", keep=True)
        if everything or is_small(listed.metadata):
            continued += [f"{table}/{kind}.parquet" for kind in ("history", "changes")]
    vault.store.read_ahead(continued)


def _published(vault: VaultReader, tables: Iterable[str], *, everything: bool) -> list[str]:
    """Bring the derived objects of tables up to the commit; return the names written."""
    written: list[str] = []
    for table in tables:
        publisher = TablePublisher(vault, table, everything=everything, written=written)
        if vault.newest(table) is None:
            for kind in ("latest", "history", "changes", "vintages"):
                publisher.update(kind, publisher.nothing)
        else:
            publisher.update("latest", publisher.latest)
            publisher.update("vintages", publisher.vintages)
    return written
