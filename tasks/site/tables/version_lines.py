"""The versions of a table as lines of its page."""

from collections.abc import Mapping
from typing import Any, Final

from tasks.site.tables.table_facts import TableFacts
from tasks.vault.manifest import Vintage

MOST_VERSIONS: Final = 60


def version_lines(facts: TableFacts, pages: Mapping[str, str]) -> dict[str, Any]:
    """Return the versions that changed something, are held or were retracted, newest first."""
    shown = [one for one in facts.vintages if one.tables[facts.table].is_new or one.held]
    listed = [version_row(facts, one) for one in shown]
    listed += [
        version_row(facts, one) | {"retracted": decision.at, "reason": decision.reason}
        for one, decision in facts.retracted.values()
    ]
    listed.sort(key=lambda row: (row["as_of"], row["id"]), reverse=True)
    for row in listed:
        row["page"] = pages.get(row["id"], "")
    return {
        "versions": listed[:MOST_VERSIONS],
        "versions_left": max(len(listed) - MOST_VERSIONS, 0),
        "versions_all": len(facts.vintages),
        "versions_unchanged": len(facts.vintages) - len(shown),
        "first": facts.vintages[0].as_of,
    }


def version_row(facts: TableFacts, vintage: Vintage) -> dict[str, Any]:
    """Return a version as a line of a list."""
    entry = vintage.tables[facts.table]
    return {
        "id": vintage.id,
        "as_of": vintage.as_of,
        "rows": entry.rows,
        "inserted": entry.inserted,
        "updated": entry.updated,
        "deleted": entry.deleted,
        "quarantined": entry.quarantined,
        "held": vintage.held,
        "retracted": None,
        "reason": "",
        "raw": f"raw/{facts.source.name}/fetches/{vintage.id}.json",
        "sha256": vintage.manifest_sha256,
    }
