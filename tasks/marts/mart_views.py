"""The marts in the catalog: their views in `catalog/views.sql`, and `catalog/lake.duckdb`."""

import hashlib
from collections.abc import Mapping
from string import Template
from typing import Final

from tasks.catalog.duckdb_file import DUCKDB_FILE, duckdb_bytes, duckdb_script, folder_of
from tasks.catalog.file_views import LAKE
from tasks.catalog.views import publish_section
from tasks.marts.registry import MARTS
from tasks.vault.backends.store import Store

DATABASE: Final = DUCKDB_FILE
"""Stands among the marts for the file with their views."""
SQL_HASH: Final = "declared"
FILE_HASH: Final = "sha256"
VIEW: Final = Template("""\
CREATE OR REPLACE VIEW "${name}" AS
FROM read_parquet(${lake} || '/${file}');
""")


def publish_mart_views(store: Store) -> None:
    """Write the views of all marts, which must be there, into `catalog/views.sql`."""
    statements = (VIEW.substitute(name=it.name, file=it.file, lake=LAKE) for it in MARTS)
    publish_section(store, "marts", "".join(statements))


def publish_database(store: Store, known: Mapping[str, str]) -> dict[str, str]:
    """Write `catalog/lake.duckdb` where its views have changed; return what is known of it then.

    `known`: what was returned when it was last written: hashes of its SQL and of the file. A lake
    in an object store has none, since DuckDB must read the files to describe them; nothing is known
    of it then. Raises Damaged where DuckDB cannot run the SQL.
    """
    folder = folder_of(store)
    if folder is None:
        return {}
    script = duckdb_script(store, folder)
    now = hashlib.sha256(script.encode()).hexdigest()[:16]
    if now == known.get(SQL_HASH):
        return dict(known)
    body = duckdb_bytes(script)
    store.update(DATABASE, lambda _: body)
    return {SQL_HASH: now, FILE_HASH: hashlib.sha256(body).hexdigest()}
