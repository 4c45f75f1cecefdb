"""The history of a source's schema: what changed in a table's columns, and what was refused."""

from datetime import datetime
from typing import Any, Final

from schemas.records import utc
from schemas.source import Source
from tasks.schema_drift.schema_diff import change_sentences, schema_diff
from tasks.schema_drift.schema_log import SchemaLog, SchemaLogFile
from tasks.schema_drift.source_schema import SourceSchema
from tasks.site.site_content import SiteContent
from tasks.vault.times import parse_time

MOST: Final = 20
"""Changes that a page lists."""


def schema_log(content: SiteContent, source: Source) -> SchemaLog:
    """Return the schema log of a source."""
    return SchemaLogFile(content.store, source).log


def schema_history(log: SchemaLog, table: str) -> dict[str, Any]:
    """Return what changed in the schema behind a table, newest first.

    `changes`: as_of and a sentence each, the newest MOST. `more`: how many are not listed.
    `columns`: the publisher's columns in the newest snapshot. `refused`: the snapshots that broke
    the contract, newest first.
    """
    found: list[dict[str, Any]] = []
    before: SourceSchema | None = None
    for name in sorted(log.read):
        schema = log.read[name]
        if before is not None and schema is not before:
            diff = [
                one
                for one in schema_diff(before, schema)
                if one.part != "column" or one.group == table
            ]
            found += [{"as_of": _as_of(name), "text": text} for text in change_sentences(diff)]
        found += [{"as_of": _as_of(name), "text": text} for text in log.guesses.get(name, ())]
        before = schema
    refused = sorted(log.refused.values(), key=lambda one: one.as_of, reverse=True)
    return {
        "changes": found[::-1][:MOST],
        "more": max(len(found) - MOST, 0),
        "columns": [name for name, _ in before.tables.get(table, ())] if before else [],
        "refused": [{"as_of": utc(one.as_of), "text": one.fault} for one in refused[:MOST]],
    }


def _as_of(snapshot_id: str) -> datetime:
    return parse_time(snapshot_id.partition("-")[0])
