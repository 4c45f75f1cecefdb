"""The plain Parquet files that BI tools open, derived from a commit.

Promises: publishing twice is publishing once; an older writer leaves newer objects alone. `latest`
and `vintages` follow every commit; `history` and `changes` of a large table (20,000 versions of
rows, or 50,000 changed cells) wait until the changes they lack are a tenth of the history's rows,
or for a compaction, so that an ingest does not grow with the number of versions.
"""

from collections.abc import Iterable

from tasks.vault.incremental_history import missing_vintages
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
    if batch.is_lost:
        written = _published(vault, tables, everything=everything)
    vault.is_published = True
    return written


def is_published(vault: VaultReader, table: str) -> bool:
    """Return whether the published files of a table show every vintage of the reader's commit.

    Their list of vintages is written last, after `latest`, and after history and changes where they
    follow every commit. It is not read where the reader itself has written the files; else what was
    read of them before is forgotten, since it may be older than the list.
    """
    if vault.is_published or vault.head is None:
        return vault.is_published
    vault.store.forget(f"{table}/")
    listed = vault.published(table, "vintages").metadata
    is_of_now = int(listed.get("gen", 0)) >= vault.head.reshaped
    is_empty = vault.newest(table) is None  # all its vintages were retracted
    return is_of_now and (is_empty or not missing_vintages(vault, table, listed).vintages)


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
