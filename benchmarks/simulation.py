"""A lake of many sources with 300 vintages each on SeaweedFS: does one source cost more in it?

Every source is written through the real commit path. What is done with one source, an ingest of a
changed table, one of the same bytes (most ticks of a schedule are that) and a verify, is measured
when a tenth, a third and all of the sources are there; so is the status of the whole lake. Writing
ends when its time is over, with as many sources as there are by then.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, Final
from unittest.mock import patch

from benchmarks.scale import figures, made_source, write_source, write_table
from tasks.vault.backends.open_store import open_store
from tasks.vault.backends.store import Store
from tests.stack.pieces import store_in

VINTAGES: Final = 300
MARKS: Final = (10, 33, 100)
"""Numbers of sources at which one source is measured."""
MOST: Final = 900.0
"""Seconds for which sources are written."""


def measure(*, quick: bool) -> dict[str, Any]:
    """Return the figures at each mark; with few vintages and sources when quick."""
    marks, vintages = ((1, 3), 20) if quick else (MARKS, VINTAGES)
    with tempfile.TemporaryDirectory() as name, seaweed(Path(name)) as store:
        return _grown(store, Path(name) / "pages", marks=marks, vintages=vintages)


def _grown(store: Store, folder: Path, *, marks: tuple[int, ...], vintages: int) -> dict[str, Any]:
    folder.mkdir()
    for number in range(vintages):
        write_table(folder, number)
    later, found = folder.with_name("later"), dict[str, Any]()
    later.mkdir()
    begin, cpu = perf_counter(), process_time()
    written, measured = 0, 0
    while written < marks[-1] and perf_counter() - begin < MOST:
        write_source(store, made_source(written), folder)
        written += 1
        if written in marks or perf_counter() - begin >= MOST:
            if not measured:  # the first evaluation reads every vintage, once
                figures(store, later, vintages)
            measured += 1
            found[str(written)] = figures(store, later, vintages + 2 * measured)
    return {
        "vintages": vintages,
        "sources": written,
        "written_s": round(perf_counter() - begin),
        "cpu_s": round(process_time() - cpu),
        "one source among": found,
    }


@contextmanager
def seaweed(folder: Path) -> Iterator[Store]:
    """Yield a store on a SeaweedFS of its own."""
    program, endpoint = store_in(folder)
    program.start()
    program.await_answer()
    access = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "admin",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    try:
        with patch.dict(os.environ, access):
            yield open_store("s3://lakes/simulation")
    finally:
        program.stop()
