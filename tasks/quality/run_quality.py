"""
Expecting: every newly published table of a source is judged, the results kept, the pages made.

Promises: what was judged already is not judged again, so that a run in which nothing new was
published costs a few reads and imports nothing; nothing is ever held back here; a run that was
killed half way is mended by the next one.
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
from tasks.quality.results import keep, kept
from tasks.quality.vintage_window import DAY, basis, window
from tasks.sources import source_named
from tasks.vault.backends.store import Store
from tasks.vault.vault import Vault


def expect(
    store: Store, source: Source, *, at: datetime, waivers: Sequence[Waiver] = ()
) -> list[Judgement]:
    """
    Judge what a source has published since it was last judged; return what came of it.

    A table is judged when what follows from its vintages was not judged yet: `latest` says
    something else, an older vintage came late, a held one was released, a bound was mended; and
    when a waiver has begun or ceased to hold for one of its results. The newest vintage is compared
    with the last good ones before it.

    Args:
        store: The lake.
        source: The source, whose tables are published.
        at: When this is, UTC; it is the time of the results, and decides about waivers.
        waivers: What people have decided to leave; a rule is the name of an expectation.

    Returns:
        The results of the tables that were judged now; empty where none was.

    Raises:
        LostRace: Others wrote the same page all the time.
    """
    vault, known = Vault(store, source.name), kept(store)
    tables = [table for table in vault.tables() if table in SUITES]
    due = [
        table
        for table in tables
        if _is_due(vault, table, source, known=known, waivers=waivers, at=at)
    ]
    came = _judge(store, source, vault, due, at=at, waivers=waivers) if due else []
    if came:
        put_assets(store)
        keep(store, came, at=at)
    elif known:  # a run that was killed may have left the files behind their commit
        publish_system_source(store, QUALITY)
    if came or known:
        put(store, INDEX, lambda: index_html(index_page(kept(store), declared=_declared)))
    return came


def _is_due(
    vault: Vault,
    table: str,
    source: Source,
    *,
    known: Sequence[Judgement],
    waivers: Sequence[Waiver],
    at: datetime,
) -> bool:
    """Return whether a table is to be judged anew."""
    if not window(vault, table):
        return False
    own = [one for one in known if one.dataset == f"{vault.source}.{table}"]
    now = basis(vault, table, SUITES[table], cadence=source.cadence / DAY)
    return not own or own[0].basis != now or waived(own, waivers, on=at.date()) != own


def _judge(
    store: Store,
    source: Source,
    vault: Vault,
    tables: Sequence[str],
    *,
    at: datetime,
    waivers: Sequence[Waiver],
) -> list[Judgement]:
    """Return what came of the expectations of some tables, and put their pages."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    logging.getLogger("great_expectations").setLevel(logging.WARNING)  # it talks to itself
    # seconds; worth it only where something new was published
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
