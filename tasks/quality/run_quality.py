"""Quality run: judge every newly published table of a source, commit the results, write the pages.

Promises: a run without new published tables costs a few reads and does not import Great
Expectations; nothing is ever held here; the next run completes the work of a killed one.
"""

import logging
import os
from collections.abc import Sequence
from datetime import datetime

from schemas.errors import UnknownName
from schemas.expectations.judgement import Judgement
from schemas.expectations.tables import SUITES
from schemas.source import Source
from schemas.waivers import Waiver
from tasks.catalog.system_tables import QUALITY, publish_system_source
from tasks.quality.data_docs import INDEX, index_html, put, put_assets
from tasks.quality.docs_index import index_page
from tasks.quality.judgements import waived
from tasks.quality.lean_import import lean_import
from tasks.quality.results import commit_results, read_results
from tasks.quality.vintage_window import DAY, basis, window
from tasks.sources import source_named
from tasks.vault.backends.store import Store
from tasks.vault.vault_reader import VaultReader


def check_quality(
    store: Store, source: Source, *, at: datetime, waivers: Sequence[Waiver] = ()
) -> list[Judgement]:
    """Judge the tables of a source that changed since they were last judged; return the judgements.

    A table is judged when the inputs of its judgement changed (new state of `latest`, late older
    vintage, release, changed bound) or when a waiver starts or stops to apply. The newest vintage
    is compared with the last good ones before it.

    Args:
        store: The lake.
        source: The source, whose tables are published.
        at: The instant of the run, UTC: the time of the results, and the day for waivers.
        waivers: Waivers; their rule is the name of an expectation.

    Returns:
        The judgements of the tables judged now; empty when there are none.

    Raises:
        LostRace: Other writers replaced the same page again and again.
    """
    vault, known = VaultReader(store, source.name), read_results(store)
    tables = [table for table in vault.tables() if table in SUITES]
    due = [
        table
        for table in tables
        if _is_due(vault, table, source, known=known, waivers=waivers, at=at)
    ]
    judged = _judge(store, source, vault, due, at=at, waivers=waivers) if due else []
    if judged:
        put_assets(store)
        commit_results(store, judged, at=at)
    elif known:  # after a killed run the files may lag behind their commit
        publish_system_source(store, QUALITY)
    if judged or known:
        put(store, INDEX, lambda: index_html(index_page(read_results(store), declared=_declared)))
    return judged


def _is_due(
    vault: VaultReader,
    table: str,
    source: Source,
    *,
    known: Sequence[Judgement],
    waivers: Sequence[Waiver],
    at: datetime,
) -> bool:
    """Return whether a table has to be judged again."""
    if not window(vault, table):
        return False
    own = [one for one in known if one.dataset == f"{vault.source}.{table}"]
    now = basis(vault, table, SUITES[table], cadence=source.cadence / DAY)
    return not own or own[0].basis != now or waived(own, waivers, on=at.date()) != own


def _judge(
    store: Store,
    source: Source,
    vault: VaultReader,
    tables: Sequence[str],
    *,
    at: datetime,
    waivers: Sequence[Waiver],
) -> list[Judgement]:
    """Judge some tables, write their pages, and return the judgements."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    logging.getLogger("great_expectations").setLevel(logging.WARNING)  # its log is about itself
    with lean_import():  # takes seconds, so only where something new was published
        from tasks.quality.table_quality import judge_table  # noqa: PLC0415

    return [
        one
        for table in tables
        for one in judge_table(store, source, vault, table, at=at, waivers=waivers)
    ]


def _declared(name: str) -> Source | None:
    try:
        return source_named(name)
    except UnknownName:
        return None
