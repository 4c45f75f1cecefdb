"""The history of a source's schema: what changed in a table's columns, and what was refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

from schemas.records import utc
from schemas.source import Source
from tasks.schema_drift.schema_diff import SchemaChange, change_sentences, schema_diff
from tasks.schema_drift.schema_log import SchemaLog, SchemaLogFile
from tasks.site.site_content import SiteContent
from tasks.vault.times import parse_time

MOST: Final = 20
"""Changes that a page lists."""


@dataclass(frozen=True, kw_only=True)
class SchemaPast:
    """The schema log of a source, with the changes between one snapshot and the next, by id."""

    log: SchemaLog
    changes: Mapping[str, Sequence[SchemaChange]]


def schema_past(content: SiteContent, source: Source) -> SchemaPast:
    """Return the schema log of a source with its changes."""
    log = SchemaLogFile(content.store, source).log
    changes = {
        later: schema_diff(log.read[earlier], log.read[later])
        for earlier, later in pairwise(sorted(log.read))
        if log.read[earlier] is not log.read[later]
    }
    return SchemaPast(log=log, changes=changes)


def schema_history(past: SchemaPast, table: str) -> dict[str, Any]:
    """Return what changed in the schema behind a table, newest first.

    `changes`: as_of and a sentence each, the newest MOST. `more`: how many are not listed.
    `columns`: the publisher's columns in the newest snapshot. `refused`: the snapshots that broke
    the contract, newest first.
    """
    log, found = past.log, list[dict[str, Any]]()
    for name in sorted(log.read):
        own = [
            one for one in past.changes.get(name, ()) if one.part != "column" or one.group == table
        ]
        texts = [*change_sentences(own), *log.guesses.get(name, ())]
        found += [{"as_of": _as_of(name), "text": text} for text in texts]
    newest = log.read[max(log.read)] if log.read else None
    refused = sorted(log.refused.values(), key=lambda one: one.as_of, reverse=True)
    return {
        "changes": found[::-1][:MOST],
        "more": max(len(found) - MOST, 0),
        "columns": [name for name, _ in newest.tables.get(table, ())] if newest else [],
        "refused": [{"as_of": utc(one.as_of), "text": one.fault} for one in refused[:MOST]],
    }


def _as_of(snapshot_id: str) -> datetime:
    return parse_time(snapshot_id.partition("-")[0])
