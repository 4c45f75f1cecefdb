"""The part of a dataset's page that is new in each run: its figures and its open alerts.

Promises: it stands between two comments of the page, so that a run that only changes alerts writes
it again without Great Expectations; so does the worst open alert of each table in the index. Beside
one of high or critical severity no table is green.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from schemas.wording import day
from tasks.quality.data_docs import INDEX, page_name, rendered, with_hash, without_hash
from tasks.quality.index_page import filled
from tasks.quality.measurements import window
from tasks.quality.page_figures import page_figures
from tasks.vault.backends.store import Store
from tasks.vault.states import state_of
from tasks.vault.vault_reader import VaultReader

START: Final = b"<!-- alerts -->"
END: Final = b"<!-- end of alerts -->"
SHOWN: Final = 20
"""Alerts that a page lists; the others are counted."""
GRAVE: Final = ("critical", "high")
"""Severities beside which no table is shown as expected, the worst first."""


def update_page_alerts(store: Store, vault: VaultReader, alerts: pl.DataFrame) -> list[str]:
    """Bring the alerts on the pages of a source up to date; return the tables whose page changed.

    `alerts`: the open alerts of a lake, one row each: dataset, as_of [instant UTC], severity,
    sentence. Raises LostRace.
    """
    changed = [table for table in vault.tables() if _update(store, vault, table, alerts)]
    store.update(INDEX, lambda present: _with_worst(present, alerts))
    return changed


def _update(store: Store, vault: VaultReader, table: str, alerts: pl.DataFrame) -> bool:
    """Update one page and return whether it changed; a table without a page has none."""
    dataset, shown = f"{vault.source}.{table}", window(vault, table)
    newest = vault.newest(table)
    if not shown or newest is None:
        return False
    is_unchanged = newest.as_of > shown[-1].as_of and not newest.held
    own = alerts.filter(dataset=dataset).sort("as_of", descending=True, maintain_order=True)
    unchanged_since = day(shown[-1].as_of) if is_unchanged else None
    figures = page_figures(state_of(vault, table, shown[-1]), vault.key(table))
    inner = _rendered(own, dataset, day(shown[-1].as_of), unchanged_since, figures)

    def build(present: bytes | None) -> bytes | None:
        before, start, rest = without_hash(present or b"").partition(START)
        return with_hash(before + START + inner + END + rest.partition(END)[2]) if start else None

    return store.update(page_name(dataset), build)


def _rendered(
    alerts: pl.DataFrame,
    dataset: str,
    as_of: str,
    unchanged_since: str | None,
    figures: Sequence[Mapping[str, str]],
) -> bytes:
    listed = [
        {"day": day(one["as_of"]), "severity": one["severity"], "sentence": one["sentence"]}
        for one in alerts.head(SHOWN).iter_rows(named=True)
    ]
    return rendered(
        "vaxwatch_alerts.html",
        alerts=listed,
        is_grave=not alerts.filter(pl.col("severity").is_in(GRAVE)).is_empty(),
        more=alerts.height - len(listed),
        unchanged_since=unchanged_since,
        figures=figures,
        as_of=as_of,
        page=f"../../site/table/{dataset.replace('.', '/')}/index.html",
    )


def _with_worst(index: bytes | None, alerts: pl.DataFrame) -> bytes | None:
    """Return the index page with the worst open alert of each table; None without an index."""
    if index is None:
        return None
    worst = {
        one["dataset"]: one
        for severity in reversed(GRAVE)
        for one in alerts.filter(severity=severity).sort("as_of").iter_rows(named=True)
    }
    texts = {
        dataset: rendered(
            "vaxwatch_worst.html", severity=one["severity"], sentence=one["sentence"]
        ).strip()
        for dataset, one in worst.items()
    }
    return with_hash(filled(without_hash(index), texts))
