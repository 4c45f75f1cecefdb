"""The part of a dataset's page that says what is new: its open alerts, and since when nothing came.

Promises: it stands between two comments of the page, so that a run that only changes alerts writes
it again without Great Expectations.
"""

from datetime import datetime
from typing import Final

import polars as pl

from schemas.wording import day
from tasks.quality.data_docs import page_name, rendered, with_hash, without_hash
from tasks.quality.measurements import window
from tasks.vault.backends.store import Store
from tasks.vault.vault_reader import VaultReader

START: Final = b"<!-- alerts -->"
END: Final = b"<!-- end of alerts -->"
SHOWN: Final = 20
"""Alerts that a page lists; the others are counted."""


def update_page_alerts(store: Store, vault: VaultReader, alerts: pl.DataFrame) -> list[str]:
    """Bring the alerts on the pages of a source up to date; return the tables whose page changed.

    `alerts`: the open alerts of a lake, one row each: dataset, as_of [instant UTC], severity,
    sentence. Raises LostRace.
    """
    return [table for table in vault.tables() if _update(store, vault, table, alerts)]


def _update(store: Store, vault: VaultReader, table: str, alerts: pl.DataFrame) -> bool:
    """Update one page and return whether it changed; a table without a page has none."""
    dataset, shown = f"{vault.source}.{table}", window(vault, table)
    newest = vault.newest(table)
    if not shown or newest is None:
        return False
    is_unchanged = newest.as_of > shown[-1].as_of and not newest.held
    own = alerts.filter(dataset=dataset).sort("as_of", descending=True, maintain_order=True)
    inner = _rendered(own, shown[-1].as_of if is_unchanged else None)

    def build(present: bytes | None) -> bytes | None:
        before, start, rest = without_hash(present or b"").partition(START)
        return with_hash(before + START + inner + END + rest.partition(END)[2]) if start else None

    return store.update(page_name(dataset), build)


def _rendered(alerts: pl.DataFrame, unchanged_since: datetime | None) -> bytes:
    listed = [
        {"day": day(one["as_of"]), "severity": one["severity"], "sentence": one["sentence"]}
        for one in alerts.head(SHOWN).iter_rows(named=True)
    ]
    return rendered(
        "vaxwatch_alerts.html",
        alerts=listed,
        more=alerts.height - len(listed),
        unchanged_since=day(unchanged_since) if unchanged_since else None,
    )
