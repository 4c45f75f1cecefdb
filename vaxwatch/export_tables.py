"""The tables of a lake that are exported: datasets as of a time, and marts."""

from collections.abc import Sequence
from functools import partial

import polars as pl

from schemas.errors import NothingKnownYet, UnknownName, WrongUse
from tasks.catalog.file_descriptions import file_in, files_of_source
from tasks.catalog.system_tables import SYSTEM_SOURCES
from tasks.exports.delta_tables import DeltaDataset
from tasks.exports.exported_table import ExportedTable
from tasks.vault.parquet_metadata import PublishedFile
from tasks.vault.rebuilt_files import DamagedCopy
from tasks.vault.times import parse_time
from vaxwatch.reader import Lake

MARTS = "marts"
LATEST = "latest"


def exported_tables(
    lake: Lake, names: Sequence[str], as_of: str, *, with_marts: bool = True
) -> tuple[list[ExportedTable], list[str]]:
    """Return the tables to export, and sentences on those that are left out.

    Args:
        lake: Where they are.
        names: Datasets and marts.<mart>; none: all datasets of sources, and all marts.
        as_of: 'latest', or a time; marts are of now, so none goes with a time.
        with_marts: Whether marts can be exported.

    Raises:
        UnknownName: There is no such dataset or mart.
        NothingKnownYet: A named dataset has no vintage up to that time.
        WrongUse: The time is none, a mart is named where none can be, or there is nothing.
    """
    if as_of != LATEST:
        parse_time(as_of)
    marts = _marts(lake) if with_marts and as_of == LATEST else []
    notes: list[str] = []
    if names:
        chosen = [_named(lake, name, as_of, marts) for name in dict.fromkeys(names)]
    else:
        chosen = [_mart(lake, name) for name in marts]
        for name in lake.datasets():
            if name.partition(".")[0] in SYSTEM_SOURCES:
                continue
            try:
                chosen.append(_dataset(lake, name, as_of))
            except NothingKnownYet as error:
                notes.append(f"Left out: {error}")
    if not chosen:
        raise WrongUse(f"{lake.uri} has nothing to export as of {as_of}. {' '.join(notes)}".strip())
    return sorted(chosen, key=lambda one: one.name), notes


def delta_dataset(lake: Lake, table: ExportedTable, as_of: str) -> DeltaDataset:
    """Return the versions and changes of a dataset that is exported."""
    source, _, name = table.name.partition(".")
    until = None if as_of == LATEST else parse_time(as_of)
    return DeltaDataset(vault=lake.vault(source), table=name, until=until)


def _named(lake: Lake, name: str, as_of: str, marts: Sequence[str]) -> ExportedTable:
    if name.partition(".")[0] != MARTS:
        known = lake.datasets()
        if name not in known:
            raise UnknownName("dataset or mart" if marts else "dataset", name, [*known, *marts])
        return _dataset(lake, name, as_of)
    if name in marts:
        return _mart(lake, name)
    if as_of != LATEST:
        raise WrongUse(f"{name} is a mart, and marts are of now; name datasets with --as-of.")
    raise UnknownName("mart", name, marts)


def _dataset(lake: Lake, name: str, as_of: str) -> ExportedTable:
    vintage = lake.vintage(name, as_of)
    files = files_of_source(lake.vault(name.partition(".")[0]))
    return ExportedTable(
        name=name,
        read=partial(lake.asof, name, vintage.id),
        as_of=vintage.as_of,
        vintage=vintage.id,
        columns=next((one.columns for one in files if one.name == name), ()),
    )


def _marts(lake: Lake) -> list[str]:
    keys = (key for key in lake.store.list(f"{MARTS}/") if key.endswith(".parquet"))
    return [key.removesuffix(".parquet").replace("/", ".") for key in keys]


def _mart(lake: Lake, name: str) -> ExportedTable:
    path = f"{name.replace('.', '/')}.parquet"
    file = PublishedFile.read(path, lake.store.get(path))
    if file.blob is None:
        raise DamagedCopy(f"{lake.uri}/{path}", "damage", "a mart")

    def read() -> pl.DataFrame:
        return file.frame()

    return ExportedTable(name=name, read=read, columns=file_in(path, file.blob.body).columns)
