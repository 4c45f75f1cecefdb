"""The part of a dataset's page that says what is new: its open alerts, and since when nothing came.

Promises: it stands between two comments of the page, so that a run that only changes alerts writes
it again without Great Expectations.
"""

from datetime import datetime
from typing import Final

import polars as pl

from schemas.wording import day
from tasks.quality.data_docs import page_name, put_page, rendered, without_hash
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
    blob = store.get(page_name(dataset))
    html = without_hash(blob.body) if blob else b""
    before, start, rest = html.partition(START)
    if not start or not shown:
        return False
    newest = vault.newest(table)
    is_unchanged = newest is not None and newest.as_of > shown[-1].as_of and not newest.held
    own = alerts.filter(dataset=dataset).sort("as_of", descending=True, maintain_order=True)
    inner = _rendered(own, shown[-1].as_of if is_unchanged else None)
    now = before + START + inner + END + rest.partition(END)[2]
    if now == html:
        return False
    put_page(store, page_name(dataset), now)
    return True


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
