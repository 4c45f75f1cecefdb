"""The marts in the catalog: their views in `catalog/views.sql`, and `catalog/lake.duckdb`."""

import hashlib
from collections.abc import Mapping
from string import Template
from typing import Final

from tasks.catalog.duckdb_file import DUCKDB_FILE, HEAD, duckdb_bytes, duckdb_sections
from tasks.catalog.file_views import LAKE
from tasks.catalog.views import publish_section
from tasks.marts.registry import MARTS
from tasks.vault.backends.store import Store

DATABASE: Final = DUCKDB_FILE
"""Stands among the marts for the file with their views."""
OF_SECTION: Final = "section "
"""How the names of what is known of a section begin."""
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

    `known`: what was returned when it was last written: hashes of the SQL of each section, and of
    the file. Only sections that have changed run again, unless the first has, or one is gone.
    Nothing is known where a lake has no such file. Raises Damaged where DuckDB cannot run the SQL.
    """
    sections = duckdb_sections(store)
    if sections is None:
        return {}
    now = {f"{OF_SECTION}{name}": _hash(sql.encode()) for name, sql in sections.items()}
    before = {name: it for name, it in known.items() if name.startswith(OF_SECTION)}
    if now == before:
        return dict(known)
    changed = {name: sql for name, sql in sections.items() if _is_other(name, now, before)}
    base = store.get(DATABASE)
    is_kept = base is not None and _hash(base.body) == known.get(FILE_HASH)
    if not is_kept or HEAD in changed or not before.keys() <= now.keys():
        base, changed = None, sections
    body = duckdb_bytes(store, sections, changed=changed, base=base.body if base else None)
    store.update(DATABASE, lambda _: body)
    return {**now, FILE_HASH: _hash(body)}


def _is_other(name: str, now: Mapping[str, str], before: Mapping[str, str]) -> bool:
    return now[OF_SECTION + name] != before.get(OF_SECTION + name)


def _hash(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
