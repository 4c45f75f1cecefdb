"""Integrity of marts: each is built again from scratch, in memory, and compared.

Promises: a mart that is gone, damaged, or has other rows than the lake's tables give is found, and
written again. A lake that never had marts needs none.
"""

import hashlib
import io
from collections.abc import Iterator
from datetime import datetime
from typing import Final

import polars as pl

from tasks.marts.input_versions import read_versions
from tasks.marts.mart import ALERTS, Mart
from tasks.marts.mart_file import INPUTS
from tasks.marts.mart_views import DATABASE, FILE_HASH
from tasks.marts.publish_marts import INPUTS_FILE, noted_inputs, publish_marts, rebuilt_marts
from tasks.marts.registry import MARTS
from tasks.vault.backends.store import Blob, Store
from tasks.vault.parquet_metadata import OWN_HASH, PublishedFile
from tasks.vault.rebuilt_files import REPAIR

GONE: Final = "is missing"
DAMAGED: Final = "is damaged: its bytes are not what its own hash states"


def mart_problems(store: Store, *, at: datetime) -> Iterator[str]:
    """Yield a sentence for each file of the marts that is wrong. Raises Damaged.

    `at`: now, UTC.
    """
    for key, fault in _faults(store, at):
        yield f"{store.uri}/{key} {fault}. {REPAIR}"


def mend_marts(store: Store, *, at: datetime) -> list[str]:
    """Write all marts again where one is wrong; return the keys of those that were wrong.

    Raises Damaged where a published file that they are made of is not there, LostRace.
    """
    wrong = [key for key, _ in _faults(store, at)]
    if wrong:
        publish_marts(store, at=at, from_scratch=True)
    return wrong


def _faults(store: Store, at: datetime) -> Iterator[tuple[str, str]]:
    """Yield the key and the fault of each file that is wrong."""
    if next(store.list("marts/"), None) is None:
        return
    right, noted = rebuilt_marts(store, at=at), noted_inputs(store)
    for mart in MARTS:
        there = store.get(mart.file)
        file = PublishedFile.read(mart.file, there)
        if file.blob is None or OWN_HASH.encode() not in file.blob.body:
            yield mart.file, DAMAGED if there else GONE
            continue
        if fault := _fault(mart, file, PublishedFile(mart.file, Blob(right[mart.file], etag=""))):
            yield mart.file, fault
        elif noted.get(mart.name) != read_versions(file.metadata.get(INPUTS, "")):
            yield INPUTS_FILE, f"does not name the inputs of {mart.name}"
    if known := noted.get(DATABASE, {}).get(FILE_HASH):
        there = store.get(DATABASE)
        if there is None or hashlib.sha256(there.body).hexdigest() != known:
            yield DATABASE, f"has other bytes than {INPUTS_FILE} states" if there else GONE


def _fault(mart: Mart, there: PublishedFile, right: PublishedFile) -> str | None:
    """Return what is wrong with a mart; None where nothing is.

    One that shows earlier alerts follows at the next run, and is not compared.
    """
    shown, wanted = (read_versions(one.metadata.get(INPUTS, "")) for one in (there, right))
    if shown.get(ALERTS) != wanted.get(ALERTS):
        return None
    if shown != wanted:
        return "does not show the newest versions of the lake"
    rows, expected = (_rows(mart, one) for one in (there, right))
    return None if rows.equals(expected) else "has other rows than the tables of the lake"


def _rows(mart: Mart, file: PublishedFile) -> pl.DataFrame:
    assert file.blob is not None
    return pl.read_parquet(io.BytesIO(file.blob.body)).drop(mart.of_the_run, strict=False)
