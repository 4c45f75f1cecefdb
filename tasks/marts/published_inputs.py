"""Reads the published files that marts are made of, each once."""

import io
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache, partial

import polars as pl

from schemas.errors import Damaged
from schemas.tables import key_of
from tasks.alerts.alert_tables import alert_events_table, alerts_table
from tasks.freshness.source_activity import activities
from tasks.marts.input_versions import OBSERVED
from tasks.marts.lake_table import Content, LakeTable, MartInputs
from tasks.sources import source_named
from tasks.vault.backends.store import Store
from tasks.vault.parquet_metadata import PublishedFile

EVENTS_FILE = "alerts/alert_events.parquet"


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
        tables=[_lake_table(store, *name.split(".")) for name in sorted(names)],
        alerts=cache(lambda: _alerts(alerts)),
        events=cache(lambda: _events(store)),
        marts=marts.__getitem__,
        activities=lambda: activities(store, [source_named(one) for one in sources]),
    )


def _lake_table(store: Store, source: str, table: str) -> LakeTable:
    read = partial(_content, store, f"{source}/{table}")
    return LakeTable(source=source, table=table, key=key_of(table), read=read)


def _content(store: Store, folder: str, kind: str) -> Content:
    name = f"{folder}/{kind}.parquet"
    file = PublishedFile.read(name, store.get(name))
    if file.blob is None:
        if kind == "flags":
            return pl.DataFrame(), {}
        where = f"{store.uri}/{name}"
        raise Damaged(where, "no readable file", "a published file; `vaxwatch repair` writes it")
    return file.frame(), file.metadata


def _alerts(file: PublishedFile) -> pl.DataFrame:
    body = file.blob.body if file.blob else alerts_table([], entries=0)
    return pl.read_parquet(io.BytesIO(body))


def _events(store: Store) -> pl.DataFrame:
    file = PublishedFile.read(EVENTS_FILE, store.get(EVENTS_FILE))
    body = file.blob.body if file.blob else alert_events_table([])
    return pl.read_parquet(io.BytesIO(body))
