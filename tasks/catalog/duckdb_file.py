"""The file `catalog/lake.duckdb`: the views and macros of a lake in a folder, with comments.

Promises: it opens anywhere, read-only too, since its views name the lake by its full path; the
variable `lake` still goes first, for a lake that was moved. Comments are the descriptions that the
Parquet files carry. It is replaced whole.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from schemas.errors import Damaged, Permanent
from tasks.catalog.file_views import LAKE
from tasks.catalog.views import VIEWS
from tasks.vault.backends.store import Store

PATIENCE: Final = 300
"""Seconds; a file with all views takes one."""
DUCKDB_FILE: Final = "catalog/lake.duckdb"
VARIABLE: Final = "getvariable('lake')"
FLAGS: Final = """\
CREATE OR REPLACE VIEW "{name}_flags" AS
SELECT '{source}' AS source, * EXCLUDE ("column"), "column" AS measure
FROM read_parquet({lake} || '/{path}');
"""
QUARANTINE: Final = """\
CREATE OR REPLACE VIEW quarantine AS
FROM read_parquet({lake} || '/quarantine/rows/latest.parquet');
"""
EVENTS: Final = """\
CREATE OR REPLACE VIEW alert_events AS
SELECT * EXCLUDE ("column", "group"), "column" AS measure, "group" AS alert_group
FROM read_parquet({lake} || '/alerts/alert_events.parquet');
"""


class NotStarted(Permanent):
    """The process that writes the file cannot be started by this user."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return (
            f"{DUCKDB_FILE} was not written, since {sys.executable} cannot be started again "
            f"({self.reason}); expected an interpreter that this user may run. All else is done."
        )


def folder_of(store: Store) -> Path | None:
    """Return the folder of a lake; None where it is in an object store."""
    folder = Path(store.uri)
    return folder.resolve() if "://" not in store.uri and folder.is_dir() else None


def duckdb_script(store: Store, lake: Path) -> str:
    """Return the SQL of everything that the file has; `lake`: the folder of the store."""
    there = store.get(VIEWS)
    text = there.body.decode() if there else ""
    text = re.sub(r"^SET VARIABLE .*\n", "", text, flags=re.MULTILINE)
    quoted = str(lake).replace("'", "''")
    added = "".join(_added_views(lake))
    # sections that an earlier version wrote have the variable alone
    script = (text + added).replace(LAKE, VARIABLE)
    return script.replace(VARIABLE, f"coalesce({VARIABLE}, '{quoted}')")


def duckdb_bytes(script: str) -> bytes:
    """Return a DuckDB database with what a script creates, and its comments.

    DuckDB runs in a process of its own: its binding writes warnings when an interpreter ends.
    Raises NotStarted, and Damaged where DuckDB does not run the script.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lake.duckdb"
        command = [sys.executable, "-P", "-m", "tasks.catalog.duckdb_writer", str(path)]
        try:
            done = subprocess.run(  # noqa: S603 (our own module)
                command, input=script, capture_output=True, text=True, check=False, timeout=PATIENCE
            )
        except OSError as error:
            raise NotStarted(error.strerror or str(error)) from error
        if done.returncode:
            reason = (done.stderr.strip() or "no reason").splitlines()[-1]
            raise Damaged(VIEWS, reason, "SQL that DuckDB runs; `vaxwatch repair` writes it again")
        return path.read_bytes()


def _added_views(lake: Path) -> Iterator[str]:
    """Yield the views of files that not every lake has."""
    for flags in sorted(lake.glob("*/*/flags.parquet")):
        source, table = flags.parts[-3:-1]
        path = f"{source}/{table}/flags.parquet"
        yield FLAGS.format(name=f"{source}_{table}", source=source, path=path, lake=LAKE)
    if (lake / "alerts/alert_events.parquet").exists():
        yield EVENTS.format(lake=LAKE)
    if (lake / "quarantine/rows/latest.parquet").exists():
        yield QUARANTINE.format(lake=LAKE)
