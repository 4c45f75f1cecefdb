"""Reads the published files that marts are made of, each once."""

import io
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache, partial

import polars as pl

from schemas.tables import key_of
from tasks.alerts.alert_tables import alert_events_table, alerts_table
from tasks.freshness.source_activity import activities
from tasks.marts.input_versions import OBSERVED
from tasks.marts.lake_table import Content, LakeTable, MartInputs
from tasks.sources import source_named
from tasks.vault.backends.store import Store
from tasks.vault.parquet_metadata import PublishedFile
from tasks.vault.rebuilt_files import DamagedCopy

EVENTS_FILE = "alerts/alert_events.parquet"
LOG = "alerts/log"
"""The folder of the alert log, from which the files of alerts are made."""


def published_inputs(
    store: Store,
    datasets: Iterable[str],
    *,
    at: datetime,
    alerts: PublishedFile,
    marts: Mapping[str, pl.DataFrame],
) -> MartInputs:
    """Return the inputs of marts in a lake, read when they are used.

    `datasets`: names, and others among the inputs, which are passed over. `at`: the time of the
    run. `alerts`: the published alerts. `marts`: those that are built, by name. Raises Damaged
    where a file is not there.
    """
    names = {name.removesuffix(OBSERVED) for name in datasets if "." in name}
    sources = sorted({name.partition(".")[0] for name in names})
    return MartInputs(
        at=at,
        tables=[lake_table(store, *name.split(".")) for name in sorted(names)],
        alerts=cache(lambda: _alerts(store, alerts)),
        events=cache(lambda: _events(store)),
        marts=marts.__getitem__,
        activities=lambda: activities(store, [source_named(one) for one in sources]),
    )


def lake_table(store: Store, source: str, table: str) -> LakeTable:
    """Return one dataset of a lake, whose published files are read when they are used."""
    folder = f"{source}/{table}"
    read, scan = partial(_content, store, folder), partial(_scanned, store, folder)
    return LakeTable(source=source, table=table, key=key_of(table), read=read, scan=scan)


def _content(store: Store, folder: str, kind: str) -> Content:
    file = _file(store, folder, kind)
    if file.blob is None and kind == "flags":
        return pl.DataFrame(), {}
    return _readable(store, file).frame(), file.metadata


def _scanned(store: Store, folder: str, kind: str) -> pl.LazyFrame:
    return _readable(store, _file(store, folder, kind)).scan()


def _file(store: Store, folder: str, kind: str) -> PublishedFile:
    name = f"{folder}/{kind}.parquet"
    return PublishedFile.read(name, store.get(name))


def _readable(store: Store, file: PublishedFile) -> PublishedFile:
    if file.blob is None:
        where = f"{store.uri}/{file.name}"
        raise DamagedCopy(where, "no readable file", "a published file")
    return file


def _alerts(store: Store, file: PublishedFile) -> pl.DataFrame:
    return pl.read_parquet(io.BytesIO(_body(store, file) or alerts_table([], entries=0)))


def _events(store: Store) -> pl.DataFrame:
    file = PublishedFile.read(EVENTS_FILE, store.get(EVENTS_FILE))
    return pl.read_parquet(io.BytesIO(_body(store, file) or alert_events_table([])))


def _body(store: Store, file: PublishedFile) -> bytes | None:
    """Return the bytes of a file of the alerts; None where no alert was ever recorded."""
    if file.blob is not None:
        return file.blob.body
    if next(store.list(f"{LOG}/"), None) is None:
        return None
    where = f"{store.uri}/{file.name}"
    raise DamagedCopy(where, "no readable file", "the published alerts")
