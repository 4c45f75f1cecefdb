"""Input versions: which state of the lake a mart was built from, as text that sorts by time."""

import json
from collections.abc import Mapping
from typing import Final

from schemas.tables import TABLES
from tasks.marts.mart import ALERTS, Mart
from tasks.vault.backends.store import Store
from tasks.vault.derived_tables import is_published
from tasks.vault.manifest import Commit
from tasks.vault.parquet_metadata import PublishedFile
from tasks.vault.vault_reader import VaultReader

Versions = Mapping[str, str]
"""The version of each input: datasets by name, the alerts as `alerts`. Later ones are greater."""
ALERTS_FILE: Final = "alerts/alerts.parquet"
OBSERVED: Final = " observed"
"""Follows the name of a dataset of which each observation counts."""


def shown_versions(vault: VaultReader) -> dict[str, str]:
    """Return the versions of the datasets of a source that its published files show at least.

    Those at the commit of the reader, and "" where the files lack vintages of it: another run is
    about to write them, and then its marts.
    """
    listed = vault.head.tables if vault.head else ()  # those without a vintage, too
    tables = {table for table in listed if is_published(vault, table)}
    return {
        name: version if name.removesuffix(OBSERVED).partition(".")[2] in tables else ""
        for name, version in dataset_versions(vault).items()
    }


def dataset_versions(vault: VaultReader) -> dict[str, str]:
    """Return the versions of the datasets of a source, at the commit of its reader; no requests.

    One changes with each vintage that changed the table, and whenever vintages were not only
    appended; the one under `OBSERVED` with every vintage. Compaction changes neither.
    """
    head = vault.head
    if head is None:
        return {}
    versions: dict[str, str] = {}
    for table in sorted(set(head.tables) & set(TABLES)):
        name = f"{vault.source}.{table}"
        versions[name] = _version(head, table)
        versions[name + OBSERVED] = _observed(head)
    return versions


def _observed(head: Commit) -> str:
    newest = [vintage.as_of.isoformat() for vintage in head.tail[-1:]]
    return " ".join([f"{head.reshaped:010}", *newest])


def _version(head: Commit, table: str) -> str:
    tail = [vintage for vintage in head.tail if table in vintage.tables]
    if not tail:
        return f"{head.reshaped:010}"
    news = [vintage for vintage in tail if vintage.tables[table].is_new] or tail[:1]
    return f"{head.reshaped:010} {news[-1].as_of.isoformat()} {tail[-1].tables[table].state}"


def alerts_version(file: PublishedFile) -> str:
    """Return the version of the published alerts: entries of the log, and who is silenced."""
    known = file.metadata
    return f"{int(known.get('gen', 0)):010} {known.get('silenced', '')}"


def alerts_file(store: Store) -> PublishedFile:
    """Return the published alerts; one without rows where there are none, or damaged ones."""
    return PublishedFile.read(ALERTS_FILE, store.get(ALERTS_FILE))


def inputs_of(mart: Mart, versions: Versions) -> dict[str, str]:
    """Return the versions that concern a mart."""
    suffix = OBSERVED if mart.follows_observations else ""
    return {
        name: version
        for name, version in versions.items()
        if (name == ALERTS and mart.reads_alerts)
        or (
            name.endswith(suffix)
            and name.partition(".")[2] in {one + suffix for one in mart.tables}
        )
    }


def newer(one: Versions, other: Versions) -> dict[str, str]:
    """Return all versions of two, of each input the later one; of alerts as late, the others."""
    merged = {name: max(one.get(name, ""), other.get(name, "")) for name in sorted({*one, *other})}
    if ALERTS in other and not has_later_alerts(one, other):
        merged[ALERTS] = other[ALERTS]
    return merged


def has_later_alerts(one: Versions, other: Versions) -> bool:
    """Return whether the alerts of `one` have more entries of the log."""
    entries, others = (versions.get(ALERTS, "").partition(" ")[0] for versions in (one, other))
    return entries > others


def read_versions(text: str) -> dict[str, str]:
    """Return versions that were written as JSON."""
    return json.loads(text) if text else {}
