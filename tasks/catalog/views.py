"""The catalog `catalog/views.sql`, with which DuckDB answers as the lake's own reader does.

Views and table macros for every dataset, made from the commits and the published Parquet alone; the
text is the same wherever the lake lies. A source replaces its own section only. A note in it says
which vintages it was made from; one that changes nothing costs one read.
"""

import json
import re
from collections.abc import Sequence

from tasks.catalog.datasets import Dataset, dataset
from tasks.catalog.file_views import LAKE
from tasks.catalog.lake_package import describe_source
from tasks.catalog.macros import dataset_sql
from tasks.catalog.reference_tables import PRODUCTS_HASH, publish_reference_tables
from tasks.catalog.unparsable_keys import FILE, publish_unparsable_keys
from tasks.catalog.view_notes import NOTES, Note, note_of, read_note, still_holds
from tasks.vault.backends.store import Store
from tasks.vault.manifest import Commit
from tasks.vault.vault_reader import VaultReader

VIEWS = "catalog/views.sql"
SECTION = re.compile(r"^-- \[(\w+)\]\n(.*?)^-- \[end\]\n", re.MULTILINE | re.DOTALL)

_HEADER = """\
-- Views and table macros of this lake for DuckDB 1.4 or newer. Made anew after every commit.
--
--   SET VARIABLE lake = 's3://bucket/prefix';      -- or a folder; else the working directory
--   .read catalog/views.sql                        -- with its own path
--
--   FROM <source>_<table>;                         -- the newest vintage that is not held back
--   FROM <source>_<table>_history;                 -- every version of every row
--   FROM <source>_<table>_changes;                 -- every figure that changed
--   FROM <source>_<table>_asof(DATE '2022-02-01'); -- as it was known then
--   FROM <source>_<table>_diff('2022-02-01', '2022-02-10T06:00Z');
--   FROM "asof"('<source>.<table>', '2022-02-01'); -- the same by the name of the dataset
--   FROM diff('<source>.<table>', '2022-02-01', '2022-02-10T06:00Z');
--   FROM promise_steps;                            -- and every other mart, see docs/marts.md
--
-- A time is a DATE, a TIMESTAMP, or text in ISO 8601; without a zone it is UTC, and a bare date
-- means its end. Before the first vintage nothing was known: no rows. Null: not published.
-- The history of a large table may lack its newest vintages until it is compacted; _asof then takes
-- the newest one from `latest`, and refuses those between. `gone` in _diff says why a row that went
-- did so; it is null for the others, and for rows that the history does not know to have gone yet.
SET VARIABLE lake = coalesce(getvariable('lake'), '.');

CREATE OR REPLACE VIEW dim_product AS -- products by canonical name, list {products}
    FROM read_parquet({lake} || '/catalog/dim_product.parquet');

CREATE OR REPLACE MACRO vaxwatch_instant(t) AS CASE
    WHEN regexp_full_match(t::VARCHAR, '\\d{4}-\\d{2}-\\d{2}')
    THEN ((t::VARCHAR)::DATE + INTERVAL 1 DAY - INTERVAL 1 MICROSECOND) AT TIME ZONE 'UTC'
    WHEN regexp_full_match(t::VARCHAR, '.*:.*(Z|[+-]\\d{2}(:?\\d{2})?)')
    THEN (t::VARCHAR)::TIMESTAMPTZ
    ELSE (t::VARCHAR)::TIMESTAMP AT TIME ZONE 'UTC'
END;

CREATE OR REPLACE MACRO "asof"(dataset, d) AS TABLE
    FROM query(format('FROM "{}_asof"(''{}'')', replace(dataset, '.', '_'), d::VARCHAR));
CREATE OR REPLACE MACRO diff(dataset, a, b) AS TABLE
    FROM query(format('FROM "{}_diff"(''{}'', ''{}'')', replace(dataset, '.', '_'),
        a::VARCHAR, b::VARCHAR));

"""
HEADER = _HEADER.replace("{products}", PRODUCTS_HASH).replace("{lake}", LAKE)


def publish_catalog(store: Store, vault: VaultReader, *, from_scratch: bool = False) -> bool:
    """Update a source's section of `catalog/views.sql`; return whether it was written.

    The keys that stand in quarantine, which its macros read, are published first; the data package
    follows. A run that is
    overtaken by another commit publishes that one, since a section does not say which it is of.
    `from_scratch`: also where the section says that it still holds. Raises LostRace.
    """
    is_changed = _publish(store, vault, from_scratch=from_scratch)
    while is_changed and not vault.is_newest():
        vault = VaultReader(store, vault.source)
        _publish(store, vault, from_scratch=from_scratch)
    describe_source(store, vault)
    return is_changed


def _publish(store: Store, vault: VaultReader, *, from_scratch: bool) -> bool:
    head, there = vault.head, store.get(VIEWS)
    if head is None:
        return False
    noted = _note_of(_text(there.body if there else None), vault.source)
    if noted is not None and not from_scratch and still_holds(head, noted):
        publish_unparsable_keys(vault, noted.get("unread", []))
        return False
    publish_reference_tables(store)
    datasets = [dataset(vault, table) for table in vault.tables()]
    unparsable = {one.table for one in datasets if one.has_unparsable}
    # a file of rows that no vintage has any more is brought up, too
    there_too = (table for table in head.tables if vault.published(table, FILE).blob)
    publish_unparsable_keys(vault, sorted(unparsable.union(there_too)))
    section = _section(head, vault.source, datasets)
    return store.update(
        VIEWS, lambda present: _with_section(_text(present), section).encode(), seen=there
    )


def publish_section(store: Store, name: str, sql: str) -> bool:
    """Write the section of something that is no source; return whether it was written.

    The reference tables, which the text around all sections reads, are published first.
    """
    publish_reference_tables(store)
    section = f"-- [{name}]\n{sql}-- [end]\n"
    return store.update(VIEWS, lambda present: _with_section(_text(present), section).encode())


def is_catalog_right(store: Store, vault: VaultReader) -> bool:
    """Return whether a source's section, and the text around all of them, is what it should be."""
    head, there = vault.head, store.get(VIEWS)
    if head is None:
        return True
    text = _text(there.body if there else None)
    noted = _note_of(text, vault.source)
    datasets = [dataset(vault, table) for table in vault.tables()]
    if (noted is None) != (note_of(head, datasets) is None):
        return False
    whole = _with_section(text, _section(head, vault.source, datasets))
    is_same = NOTES.sub("", whole) == NOTES.sub("", text)
    return is_same and (noted is None or still_holds(head, noted))


def _text(body: bytes | None) -> str:
    return body.decode(errors="replace") if body else ""


def _section(head: Commit, source: str, datasets: Sequence[Dataset]) -> str:
    note = note_of(head, datasets)
    marked = "" if note is None else f"-- {json.dumps(note)}\n"
    sql = "\n".join(map(dataset_sql, datasets))
    return f"-- [{source}]\n{marked}{sql}-- [end]\n"


def _note_of(text: str, source: str) -> Note | None:
    if not text.startswith(HEADER):
        return None
    known = {found[1]: found[2] for found in SECTION.finditer(text)}
    return read_note(known.get(source, ""))


def _with_section(text: str, section: str) -> str:
    """Return the whole file with one section put in place of the one of the same source."""
    parts = (found for part in (text, section) for found in SECTION.finditer(part))
    sections = {found[1]: found[0] for found in parts}
    return HEADER + "".join(sections[name] for name in sorted(sections))
