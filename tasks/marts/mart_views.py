"""The marts in the catalog: their views in `catalog/views.sql`, and `catalog/lake.duckdb`."""

import hashlib
from string import Template
from typing import Final

from tasks.catalog.duckdb_file import duckdb_script, folder_of, publish_duckdb
from tasks.catalog.file_views import LAKE
from tasks.catalog.views import publish_section
from tasks.marts.registry import MARTS
from tasks.vault.backends.store import Store

VIEW: Final = Template("""\
CREATE OR REPLACE VIEW "${name}" AS
FROM read_parquet(${lake} || '/${file}');
""")


def publish_mart_views(store: Store) -> None:
    """Write the views of all marts, which must be there, into `catalog/views.sql`."""
    statements = (VIEW.substitute(name=it.name, file=it.file, lake=LAKE) for it in MARTS)
    publish_section(store, "marts", "".join(statements))


def publish_database(store: Store, known: str | None) -> str:
    """Write `catalog/lake.duckdb` where its views have changed; return the hash of their SQL.

    `known`: the hash of the file that is there; None: there is none. A lake in an object store has
    none, since DuckDB must read the files to describe them; '' is returned. Raises Damaged where
    DuckDB cannot run the SQL.
    """
    folder = folder_of(store)
    if folder is None:
        return ""
    script = duckdb_script(store, folder)
    now = hashlib.sha256(script.encode()).hexdigest()[:16]
    if now != known:
        publish_duckdb(store, script)
    return now
