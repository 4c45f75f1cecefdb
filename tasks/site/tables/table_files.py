"""All files of the pages of tables: page, versions, and the data of the time machine.

Promises: the figures of a table are computed only where one of its pages is rendered.
"""

from collections.abc import Collection, Iterator
from typing import Any

import orjson
import polars as pl

from tasks.catalog.system_tables import QUARANTINE
from tasks.quarantine.record_quarantine import listed_rows
from tasks.site.addresses import table_data, table_page, vintage_page
from tasks.site.page_file import PageFile, hash_of
from tasks.site.rendering import html_page
from tasks.site.site_content import SiteContent
from tasks.site.tables.figure_steps import LINE, line_id
from tasks.site.tables.schema_history import SchemaPast, schema_history, schema_past
from tasks.site.tables.table_facts import TableFacts
from tasks.site.tables.table_page import page_origins, step_text, table_values
from tasks.site.tables.vintage_pages import vintage_files, with_page
from tasks.sources import source_named
from tasks.vault.vault_reader import VaultReader


def table_files(content: SiteContent) -> Iterator[PageFile]:
    """Yield the pages of every table, those of its versions, and the data beside them."""
    waiting = listed_rows(VaultReader(content.store, QUARANTINE))
    for name, vault in content.vaults.items():
        source = source_named(name)
        past = schema_past(content, source)
        for table in vault.tables():
            facts = TableFacts(content=content, source=source, table=table)
            own = waiting.filter(source=name, table=table)
            yield from _files(facts, past, own, content.written)


def _files(
    facts: TableFacts, past: SchemaPast, waiting: pl.DataFrame, written: Collection[str]
) -> Iterator[PageFile]:
    name = table_page(facts.dataset)
    versions = with_page(facts, written)
    pages = {one.id: vintage_page(facts.dataset, one.id) for one in versions}
    schema, rejected = schema_history(past, facts.table), _quarantine(waiting)

    def page() -> bytes:
        values = table_values(facts, pages=pages, schema=schema, quarantine=rejected)
        return html_page("table.html", name, **values)

    yield PageFile(
        name=name,
        made_of=hash_of([name, page_origins(facts, pages), schema, rejected]),
        render=page,
    )
    if "iso3" in facts.vault.key(facts.table):
        data = table_data(facts.dataset)
        made_of = hash_of([data, facts.figure_origins])
        yield PageFile(name=data, made_of=made_of, render=lambda: data_script(**steps_data(facts)))
    yield from vintage_files(facts, versions)


def _quarantine(rows: pl.DataFrame) -> list[dict[str, Any]]:
    counted = rows.group_by("rule", "state").agg(
        rows=pl.len(), versions=pl.col("snapshot_id").n_unique(), reason=pl.col("reason").first()
    )
    return counted.sort("rule", "state").to_dicts()


def steps_data(facts: TableFacts) -> dict[str, Any]:
    """Return the steps of a table for the time machine.

    `days`: of the versions that are not held, as YYYY-MM-DD. `rows`: by the identity of a line the
    day and text of each step, oldest first; a text of None: no figure.
    """
    lines = facts.steps.with_columns(day=pl.col("as_of").dt.date()).unique(
        [*LINE, "day"], keep="last", maintain_order=True
    )
    rows: dict[str, list[list[str | None]]] = {}
    for step in lines.iter_rows(named=True):
        text = None if step["total"] is None else step_text(facts.dataset, step)
        name = line_id(step["iso3"], step["part"], step["measure"])
        rows.setdefault(name, []).append([step["day"].isoformat(), text])
    days = sorted({one.as_of.date().isoformat() for one in facts.accepted})
    return {"kind": "steps", "days": days, "rows": rows}


def data_script(**data: Any) -> bytes:
    """Return data as a classic script, which a page opened from a disk may load."""
    return b"vaxwatchData = " + orjson.dumps(data, option=orjson.OPT_SORT_KEYS) + b";\n"
