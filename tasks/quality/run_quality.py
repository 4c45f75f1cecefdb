"""Quality run: judge every newly published table of a source, commit the results, write the pages.

Promises: a run without new published tables costs a few reads and does not import Great
Expectations; nothing is ever held here; the next run completes the work of a killed one.
"""

import gc
import importlib.util
import logging
import os
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import datetime
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from threading import get_ident
from types import ModuleType
from typing import Final

from schemas.expectations.expectation import Judgement
from schemas.expectations.tables import SUITES
from schemas.source import Source
from schemas.waivers import Waiver
from tasks.catalog.system_tables import QUALITY, publish_system_source
from tasks.quality.data_docs import INDEX, damaged_pages, page_name, put_assets
from tasks.quality.index_page import index_html, put_index
from tasks.quality.measurements import DAY, basis, window
from tasks.quality.results import commit_results, judged_datasets, read_results, waived
from tasks.vault.backends.store import Store
from tasks.vault.vault_reader import VaultReader

LAZY: Final = frozenset({"scipy.stats", "altair", "mistune"})
"""Statistics of distributions, charts and Markdown: for other expectations and its own pages."""
ABSENT: Final = "sqlalchemy"
"""An extra of the library, which it goes without where it is not installed: for tables in SQL."""


def check_quality(
    store: Store,
    source: Source,
    *,
    at: datetime,
    waivers: Sequence[Waiver] = (),
    vault: VaultReader | None = None,
) -> list[Judgement]:
    """Judge the published tables of a source that changed since they were last judged.

    A table is judged when the inputs of its judgement changed (new state of `latest`, late older
    vintage, release, changed bound) or when a waiver starts or stops to apply. The newest vintage
    is compared with the last good ones before it. A table without rows to judge has no page.

    Returns the judgements of the tables judged now. `at`: the instant of the run, UTC: the
    time of the results, and the day for waivers. `waivers`: their rule is the name of an
    expectation. `vault`: of the run, where it has one. Raises LostRace when other writers replaced
    the same page again and again.
    """
    vault, known = vault or VaultReader(store, source.name), read_results(store)
    judged: list[Judgement] = []
    gone = {one.dataset for one in known if one.dataset.partition(".")[0] == source.name}
    for table in vault.tables():
        if table not in SUITES or not window(vault, table):
            continue
        gone.discard(f"{source.name}.{table}")
        own = [one for one in known if one.dataset == f"{source.name}.{table}"]
        now = basis(vault, table, SUITES[table], cadence=source.cadence / DAY)
        if not own or own[0].basis != now or waived(own, waivers, on=at.date()) != own:
            with lean_import():  # takes seconds, so only where something new was published
                from tasks.quality.table_quality import judge_table  # noqa: PLC0415
            judged += judge_table(store, source, vault, table, at=at, waivers=waivers)
    for dataset in gone:
        store.delete(page_name(dataset))
    if judged or gone:
        put_assets(store)
        commit_results(store, judged, at=at, gone=gone)
    elif known:  # after a killed run the files may lag behind their commit
        publish_system_source(store, QUALITY)
    if judged or known:
        _update_index(store)
    return judged


def mend_pages(
    store: Store, source: Source, *, at: datetime, waivers: Sequence[Waiver]
) -> list[str]:
    """Write again what is damaged or gone of a source's pages and of what all share; return it."""
    vault = VaultReader(store, source.name)
    damaged = damaged_pages(store, judged_datasets(store))
    tables = {page_name(f"{source.name}.{table}"): table for table in vault.tables()}
    own = [name for name in damaged if name in tables]
    for name in own:
        with lean_import():
            from tasks.quality.table_quality import judge_table  # noqa: PLC0415
        judge_table(store, source, vault, tables[name], at=at, waivers=waivers)
    if shared := [name for name in damaged if name == INDEX or "/assets/" in name]:
        put_assets(store)
        _update_index(store)
    return [*own, *shared]


def _update_index(store: Store) -> None:
    """Write the index page; remove it where no table is judged any more."""
    if results := read_results(store):
        put_index(store, index_html(results))
    else:
        store.delete(INDEX)


class _LazyFinder(MetaPathFinder):
    """Finds the modules in LAZY as others would, with a loader that waits, and ABSENT nowhere.

    Other threads find ABSENT.
    """

    def __init__(self) -> None:
        self._thread = get_ident()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname == ABSENT and get_ident() == self._thread:
            raise ModuleNotFoundError(fullname, name=fullname)
        if fullname not in LAZY:
            return None
        finders = [finder for finder in sys.meta_path if finder is not self]
        specs = (finder.find_spec(fullname, path, target) for finder in finders)
        spec = next((spec for spec in specs if spec is not None), None)
        if spec is not None and spec.loader is not None:
            spec.loader = importlib.util.LazyLoader(spec.loader)
        return spec


@contextmanager
def lean_import() -> Generator[None]:
    """Import the modules in LAZY on first use, ABSENT not at all, inside of the block.

    Great Expectations' dependencies cost more than the checks themselves, and our expectations
    never use these. No module is replaced. No garbage is collected inside of the block, and what
    the first one loads is never searched for any. Measured on two cores: 6.4 CPU seconds without
    this, 4.1 with it, 3.6 without ABSENT. The library's analytics and its log about itself are off
    from then on.
    """
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    finder, was_enabled = _LazyFinder(), gc.isenabled()
    is_first = "great_expectations" not in sys.modules
    sys.meta_path.insert(0, finder)
    gc.disable()
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        if is_first:
            gc.freeze()
        if was_enabled:
            gc.enable()
