"""The catalog `catalog/views.sql`, with which DuckDB answers as the lake's own reader does.

Promises: views and table macros for every dataset, made from the commits and the
published Parquet alone; the text is the same wherever the lake lies; a source replaces its own
section and leaves those of the others; the object is replaced whole, and only when it differs.
A vintage with the same columns as those before it costs one read.
"""

import json
import re
from collections.abc import Iterable

from tasks.catalog.datasets import Dataset, dataset
from tasks.catalog.macros import dataset_sql
from tasks.catalog.section_notes import Note, note_of, still_holds
from tasks.catalog.unparsable_keys import publish_unparsable_keys
from tasks.vault.backends.store import Store
from tasks.vault.vault_reader import VaultReader

VIEWS = "catalog/views.sql"
SECTION = re.compile(r"^-- \[(\w+)\]\n(.*?)^-- \[end\]\n", re.MULTILINE | re.DOTALL)

HEADER = """\
-- Views and table macros of this lake for DuckDB 1.4 or newer. Made anew after every commit.
--
--   SET VARIABLE lake = 's3://bucket/prefix';      -- or a folder; else the working directory
--   .read catalog/views.sql                        -- with its own path
--
--   FROM <source>_<table>;                         -- the newest vintage that is not held back
--   FROM <source>_<table>_history;                 -- every version of every row
--   FROM <source>_<table>_asof(DATE '2022-02-01'); -- as it was known then
--   FROM <source>_<table>_diff('2022-02-01', '2022-02-10T06:00Z');
--
-- A time is a DATE, a TIMESTAMP, or text in ISO 8601; without a zone it is UTC, and a bare date
-- means its end. Before the first vintage nothing was known: no rows. Null: not published.
-- The history of a large table may lack its newest vintages until it is compacted; _asof then takes
-- the newest one from `latest`, and refuses those between. `gone` in _diff says why a row that went
-- did so; it is null for the others, and for rows that the history does not know to have gone yet.
SET VARIABLE lake = coalesce(getvariable('lake'), '.');

CREATE OR REPLACE MACRO vaxwatch_instant(t) AS CASE
    WHEN regexp_full_match(t::VARCHAR, '\\d{4}-\\d{2}-\\d{2}')
    THEN ((t::VARCHAR)::DATE + INTERVAL 1 DAY - INTERVAL 1 MICROSECOND) AT TIME ZONE 'UTC'
    WHEN regexp_full_match(t::VARCHAR, '.*:.*(Z|[+-]\\d{2}(:?\\d{2})?)')
    THEN (t::VARCHAR)::TIMESTAMPTZ
    ELSE (t::VARCHAR)::TIMESTAMP AT TIME ZONE 'UTC'
END;

"""


def views_sql(sections: Iterable[tuple[str, Iterable[Dataset]]]) -> str:
    """Return the SQL for all datasets of some sources.

    >>> views_sql([]) == HEADER
    True
    """
    return HEADER + "".join(_marked(source, datasets) for source, datasets in sections)


def publish_catalog(store: Store, vault: VaultReader) -> bool:
    """Bring a source's section of `catalog/views.sql` up to its newest commit; say if it was.

    What its macros need beside the published tables (keys that stand in quarantine, and so are not
    compared) is put beside these first. Raises LostRace.
    """
    head, there = vault.head, store.get(VIEWS)
    if head is None:
        return False
    noted = _note_of(there.body.decode() if there else "", vault.source)
    if noted is not None and still_holds(head, noted):
        publish_unparsable_keys(vault, noted.get("unread", []))
        return False
    datasets = [dataset(vault, table) for table in vault.tables()]
    publish_unparsable_keys(vault, [one.table for one in datasets if one.has_unparsable])
    note = note_of(head, datasets)
    section = _marked(vault.source, datasets, "" if note is None else f"-- {json.dumps(note)}\n")
    return store.update(
        VIEWS,
        lambda present: _with_section(present.decode() if present else "", section).encode(),
        seen=there,
    )


def _note_of(text: str, source: str) -> Note | None:
    """Return the note in the section of a source; None where there is none."""
    known = {found[1]: found[2] for found in SECTION.finditer(text)}
    first = known.get(source, "").partition("\n")[0]
    is_whole = text.startswith(HEADER) and first.startswith("-- {")
    return json.loads(first.removeprefix("-- ")) if is_whole else None


def _with_section(text: str, section: str) -> str:
    """Return the whole file with one section put in place of the one of the same source."""
    sections = {found[1]: found[0] for found in SECTION.finditer(text)}
    sections |= {found[1]: found[0] for found in SECTION.finditer(section)}
    return HEADER + "".join(sections[name] for name in sorted(sections))


def _marked(source: str, datasets: Iterable[Dataset], note: str = "") -> str:
    sql = "\n".join(dataset_sql(one) for one in datasets)
    return f"-- [{source}]\n{note}{sql}-- [end]\n"
