"""The file `catalog/lake.duckdb`: the views and macros of a lake, with comments.

Promises: it opens anywhere, read-only too, since its views name the lake by its full address; the
variable `lake` still goes first, for a lake that was moved. Comments are the descriptions that the
Parquet files carry. It is replaced whole; only sections of views that have changed run again.
"""

import io
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import polars as pl

from schemas.errors import Permanent
from tasks.catalog.datapackage import ABOUT
from tasks.catalog.file_descriptions import KINDS
from tasks.catalog.file_views import LAKE
from tasks.catalog.views import SECTION, VIEWS
from tasks.vault.backends.store import Store
from tasks.vault.parquet_metadata import PublishedFile, to_parquet
from tasks.vault.rebuilt_files import DamagedCopy

PATIENCE: Final = 300
"""Seconds; a file with all views takes one."""
DUCKDB_FILE: Final = "catalog/lake.duckdb"
VARIABLE: Final = "getvariable('lake')"
VIEW: Final = re.compile(r'^CREATE OR REPLACE VIEW "?(\w+)"? AS', re.MULTILINE)
PATH: Final = re.compile(r"\|\| '/([\w/.-]+\.parquet)'")
LATEST: Final = re.compile(r"\|\| '/(\w+/\w+/latest\.parquet)'")
HEAD: Final = ""
"""The name of the section before all others: what every lake has."""
OTHERS: Final = "others"
"""The name of the section of files that not every lake has."""
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


def duckdb_sections(store: Store) -> dict[str, str] | None:
    """Return the SQL of everything that the file has, by section; None where a lake has none.

    A lake in a folder and one on S3 have the file.
    """
    is_folder = "://" not in store.uri and Path(store.uri).is_dir()
    if not is_folder and not store.uri.startswith("s3://"):
        return None
    address = str(Path(store.uri).resolve()) if is_folder else store.uri
    there = store.get(VIEWS)
    text = there.body.decode() if there else ""
    head = re.sub(r"^SET VARIABLE .*\n", "", text.partition("-- [")[0], flags=re.MULTILINE)
    sections = {found[1]: found[2] for found in SECTION.finditer(text)}
    quoted = address.replace("'", "''")
    return {
        # sections that an earlier version wrote have the variable alone
        name: sql.replace(LAKE, VARIABLE).replace(VARIABLE, f"coalesce({VARIABLE}, '{quoted}')")
        for name, sql in {
            HEAD: head,
            **sections,
            OTHERS: "".join(_other_views(store, text)),
        }.items()
    }


def duckdb_bytes(
    store: Store, sections: Mapping[str, str], *, changed: Mapping[str, str], base: bytes | None
) -> bytes:
    """Return a DuckDB database with what sections of SQL create, and its comments.

    `changed`: the sections that are to run; `base`: the database that has the others.
    DuckDB runs in a process of its own: its binding writes warnings when an interpreter ends. It
    sees the files of a lake on S3 by their columns alone, in a folder, so it needs no extension.
    Raises NotStarted, and Damaged where DuckDB does not run the SQL.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lake.duckdb"
        if base is not None:
            path.write_bytes(base)
        sql = "".join(changed.values())
        order = {
            "sql": sql,
            "views": [name for text in sections.values() for name in VIEW.findall(text)],
            "about": {path: _about(path) for path in sorted(set(PATH.findall(sql)))},
            "lake": _columns_alone(store, sql, Path(folder)) if "://" in store.uri else None,
        }
        command = [sys.executable, "-P", "-m", "tasks.catalog.duckdb_writer", str(path)]
        try:
            done = subprocess.run(  # noqa: S603 (our own module)
                command,
                input=json.dumps(order),
                capture_output=True,
                text=True,
                check=False,
                timeout=PATIENCE,
            )
        except OSError as error:
            raise NotStarted(error.strerror or str(error)) from error
        if done.returncode:
            reason = (done.stderr.strip() or "no reason").splitlines()[-1]
            raise DamagedCopy(VIEWS, reason, "SQL that DuckDB runs")
        return path.read_bytes()


def _about(path: str) -> str:
    """Return what a file holds that does not state it itself.

    >>> _about("find_tests/tests/latest.parquet")
    'find_tests.tests: the newest version that is not held'
    """
    dataset, _, file = path.removesuffix(".parquet").rpartition("/")
    known = {**KINDS, "flags": "published figures that are implausible, and why"}
    return ABOUT.get(path) or f"{dataset.replace('/', '.')}: {known.get(file, file)}"


def _columns_alone(store: Store, sql: str, folder: Path) -> str:
    """Write the Parquet files that SQL names into a folder, without rows; return it."""
    for path in sorted(set(PATH.findall(sql))):
        file = PublishedFile.read(path, store.get(path))
        if file.blob is not None:
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            schema = pl.read_parquet_schema(io.BytesIO(file.blob.body))
            target.write_bytes(to_parquet(pl.DataFrame(schema=schema), file.metadata))
    return str(folder)


def _other_views(store: Store, text: str) -> Iterator[str]:
    """Yield the views of files that not every lake has; `text`: the views of the others."""
    datasets = sorted({path.rpartition("/")[0] for path in LATEST.findall(text)})
    paths = [f"{dataset}/flags.parquet" for dataset in datasets]
    *has_flags, has_events, has_quarantine = store.ask_all(
        store.written_at, [*paths, "alerts/alert_events.parquet", "quarantine/rows/latest.parquet"]
    )
    for path, written in zip(paths, has_flags, strict=True):
        if written:
            source, table, _ = path.split("/")
            yield FLAGS.format(name=f"{source}_{table}", source=source, path=path, lake=LAKE)
    if has_events:
        yield EVENTS.format(lake=LAKE)
    if has_quarantine:
        yield QUARANTINE.format(lake=LAKE)
