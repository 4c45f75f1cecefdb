"""Export to Delta tables: of each dataset all versions of its rows, and all changed figures.

`<source>/<table>/history` answers as-of questions by valid_from and valid_to; `changes` has one row
per changed figure. Delta's own versions are those of the export, not of the publisher: a snapshot
that is backfilled is the newest of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

import polars as pl

from schemas.errors import WrongUse, short
from tasks.exports.csv_folder import write_credits
from tasks.exports.exported_table import ExportedTable
from tasks.vault.queries import all_versions
from tasks.vault.reader_columns import declared_columns, for_readers
from tasks.vault.scd2_views import cells, changes, operations
from tasks.vault.tombstones import GONE, with_tombstones
from tasks.vault.vault_reader import VaultReader


@dataclass(frozen=True, kw_only=True)
class DeltaDataset:
    """One dataset: a vault and its table. `until`: what was known then; None: all of it."""

    vault: VaultReader
    table: str
    until: datetime | None = None

    def frames(self) -> dict[str, pl.DataFrame]:
        """Return history and changes in the columns of the published files (docs/tables.md)."""
        declared = declared_columns(self.table, self.vault.key(self.table))
        frames = {"history": self.history(), "changes": self.changes()}
        return {
            kind: for_readers(kind, frame, source=self.vault.source, declared=declared, as_of="")
            for kind, frame in frames.items()
        }

    def history(self) -> pl.DataFrame:
        """Return every version of every row, as it was known at `until`."""
        versions = all_versions(self.vault, self.table)
        if self.until is not None:
            until = pl.lit(self.until, pl.Datetime("us", "UTC"))
            stands = pl.col("valid_to").is_null() | (pl.col("valid_to") > until)
            versions = versions.filter(pl.col("valid_from") <= until).with_columns(
                pl.when(~stands).then(pl.col(name)).alias(name)
                for name in ("valid_to", *([GONE] if GONE in versions.collect_schema() else []))
            )
        return versions.collect()

    def changes(self) -> pl.DataFrame:
        """Return every figure that changed up to `until`; from the commits where that is needed."""
        published = self.vault.published(self.table, "changes")
        listed = self.vault.published(self.table, "vintages")
        if published.blob and published.metadata.get("chain") == listed.metadata.get("chain"):
            changed = published.frame()
        else:
            history = self.vault.table_history(self.table)
            operated = with_tombstones(operations(self.vault.store, history), history)
            changed = changes(cells(operated, history, beginnings=False), history)
        return changed if self.until is None else changed.filter(pl.col("as_of") <= self.until)


def require_deltalake() -> None:
    """Raise WrongUse where the package that writes Delta tables is not installed."""
    if find_spec("deltalake") is None:
        raise WrongUse(
            "Delta tables are written by the package deltalake, which is not installed. Install it "
            "by: pip install 'vaxwatch[delta]'"
        )


def write_delta_tables(
    datasets: Sequence[tuple[ExportedTable, DeltaDataset]], folder: Path
) -> list[tuple[str, int, list[str]]]:
    """Write datasets as Delta tables below a folder; return each one's name, rows and tables.

    Rows: those of the history. Raises OSError, and WrongUse where Delta refuses the folder.
    """
    from deltalake.exceptions import DeltaError  # noqa: PLC0415 (an optional extra)

    folder.mkdir(exist_ok=True)
    done: list[tuple[str, int, list[str]]] = []
    placed: list[tuple[ExportedTable, int, str]] = []
    for exported, dataset in datasets:
        place = f"{dataset.vault.source}/{dataset.table}"
        frames = dataset.frames()
        for kind, frame in frames.items():
            options = {
                "schema_mode": "overwrite",
                "name": f"{exported.name}.{kind}",
                "description": f"{kind} of {exported.name}, exported by vaxwatch",
            }
            target = folder / place / kind
            target.mkdir(parents=True, exist_ok=True)
            try:
                frame.write_delta(str(target), mode="overwrite", delta_write_options=options)
            except DeltaError as error:
                raise WrongUse(
                    f"{folder.parent}: Delta tables cannot be written there ({short(str(error))}). "
                    f"Give a path of plain letters as --out."
                ) from error
        rows = frames["history"].height
        done.append((exported.name, rows, [f"{place}/{kind}" for kind in frames]))
        placed.append((exported, rows, place))
    write_credits(placed, folder)
    return done
