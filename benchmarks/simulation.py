"""A lake of many sources with 300 vintages each on SeaweedFS: does one source cost more in it?

One source is written through the real commit path, the others are copies of it, byte for byte what
writing them would have left but for the random ids of commits. What is done with one source, an
ingest of a changed table, one of the same bytes (most ticks of a schedule are that) and a verify,
is measured at each mark; so is the status of all sources. Copying ends when its time is over, with
as many sources as there are by then; a copy picked at the end is verified whole.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, Final
from unittest.mock import patch

from benchmarks.copied_source import CopiedSource
from benchmarks.counting import CountingStore
from benchmarks.quick_puts import QuickPuts
from benchmarks.scale import counted, figures, made_source, write_source, write_table
from tasks.steps.integrity import raw_problems
from tasks.vault.backends.open_store import open_store
from tasks.vault.backends.store import Store
from tasks.vault.garbage import collect_garbage
from tasks.vault.vault_reader import VaultReader
from tasks.vault.verify import verify_vault
from tasks.watching.lake_status import lake_status
from tests.stack.pieces import store_in

VINTAGES: Final = 300
MARKS: Final = (10, 100, 1_000)
"""Numbers of sources at which one source is measured."""
MOST: Final = 5_400.0
"""Seconds for which sources are copied."""


def measure(*, quick: bool) -> dict[str, Any]:
    """Return the figures at each mark; with few vintages and sources when quick."""
    marks, vintages = ((2, 5), 20) if quick else (MARKS, VINTAGES)
    with tempfile.TemporaryDirectory() as name, seaweed(Path(name)) as (store, puts):
        return _grown(store, puts, Path(name) / "pages", marks=marks, vintages=vintages)


def _grown(
    store: Store, puts: QuickPuts, folder: Path, *, marks: tuple[int, ...], vintages: int
) -> dict[str, Any]:
    folder.mkdir()
    for number in range(vintages):
        write_table(folder, number)
    later, found = folder.with_name("later"), dict[str, Any]()
    later.mkdir()
    begin, cpu = perf_counter(), process_time()
    for number in range(2):
        write_source(store, made_source(number), folder)
    model = _model(store, made_source(1).name)
    figures(store, later, vintages)  # the first evaluation reads every vintage, once
    there = 2
    while True:
        is_over = perf_counter() - begin >= MOST
        if there in marks or is_over:
            found[str(there)] = {
                **figures(store, later, vintages + 2 * (1 + len(found))),
                "status": _status(store, there),
            }
        if there == marks[-1] or is_over:
            break
        model.copy(made_source(there).name, puts.write)
        there += 1
    return {
        "vintages": vintages,
        "sources": there,
        "written_s": round(perf_counter() - begin),
        "cpu_s": round(process_time() - cpu),
        "problems of the last copy": problems(store, made_source(there - 1).name),
        "one source among": found,
    }


def _model(store: Store, name: str) -> CopiedSource:
    """Return a source to be copied, without the small segments that lie in its pack as well."""
    vault = VaultReader(store, name)
    collect_garbage(vault, at=datetime.now(UTC), older_than=timedelta(0), dry_run=False)
    return CopiedSource(store, name)


def problems(store: Store, name: str) -> list[str]:
    """Return what a verify of a source finds, its bodies and tables read again."""
    vault = VaultReader(store, name)
    return [*verify_vault(vault, deep=True), *raw_problems(store, vault, deep=True)]


def _status(store: Store, sources: int) -> dict[str, float]:
    """Return what the status of so many sources costs."""
    counting, at = CountingStore(store), datetime.now(UTC)
    everything = [made_source(number) for number in range(sources)]
    return counted(counting, lambda: lake_status(counting, everything, at=at))


@contextmanager
def seaweed(folder: Path) -> Iterator[tuple[Store, QuickPuts]]:
    """Yield a store on a SeaweedFS of its own, and what fills it."""
    program, endpoint = store_in(folder)
    program.start()
    program.await_answer()
    user, password, folder_there = "admin", "secret", "lakes/simulation"
    access = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": user,
        "AWS_SECRET_ACCESS_KEY": password,
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    try:
        with patch.dict(os.environ, access):
            store = open_store(f"s3://{folder_there}")
            yield store, QuickPuts(endpoint, user, password, folder_there)
    finally:
        program.stop()
