"""The file of a mart: plain Parquet with its columns described, and the inputs it was built from.

Promises: replaced whole; the same rows and inputs give the same bytes; a mart is never replaced by
one of older inputs.
"""

import io
import json
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

import polars as pl

from schemas.versions import MART_VERSIONS
from tasks.marts.arrow_fields import DescribedSchema
from tasks.marts.input_versions import Versions, has_later_alerts, newer, read_versions
from tasks.marts.mart import ALERTS, Mart
from tasks.vault.backends.store import Blob, Store
from tasks.vault.parquet_metadata import PublishedFile, descriptions_json, to_parquet
from tasks.vault.rebuilt_files import DamagedCopy

INPUTS = "inputs"
"""Under this name the metadata have the versions of the inputs."""


@dataclass(frozen=True, kw_only=True)
class Written:
    """A mart that was written, or left: its rows, and the versions of its inputs.

    `is_stale`: whether another run has built it from later inputs; it is left then. `is_lost`:
    whether the rows of other sources cannot be read; it is left, too, and has to be built whole.
    """

    rows: pl.DataFrame
    inputs: Versions
    is_stale: bool = False
    is_lost: bool = False


def read_mart(store: Store, mart: Mart) -> pl.DataFrame:
    """Return the rows of a mart. Raises Damaged where it is gone, damaged or of another version."""
    rows = _rows(mart, PublishedFile.read(mart.file, store.get(mart.file)))
    if rows is None:
        raise DamagedCopy(
            f"{store.uri}/{mart.file}", "no readable file of today's version", "a mart"
        )
    return rows


def unreadable(store: Store, marts: Iterable[Mart]) -> set[str]:
    """Return the names of the marts that are gone, damaged or of another version."""
    files = ((mart, PublishedFile.read(mart.file, store.get(mart.file))) for mart in marts)
    return {mart.name for mart, file in files if _rows(mart, file) is None}


def write_mart(
    store: Store,
    mart: Mart,
    build: Callable[[], pl.DataFrame],
    *,
    inputs: Versions,
    sources: Collection[str] | None,
) -> Written:
    """Replace a mart, or in it the rows of some sources; return what is there now.

    `inputs`: what it is built from. `sources`: the sources whose rows `build` returns; None: all of
    them. A mart that shows later inputs is left, and one of which some sources were to be replaced
    but the others cannot be read. Raises LostRace.
    """
    made = build()
    result = Written(rows=made, inputs=inputs)

    def body(present: bytes | None) -> bytes | None:
        nonlocal result
        blob = None if present is None else Blob(present, etag="")
        file = PublishedFile.read(mart.file, blob)
        known = read_versions(file.metadata.get(INPUTS, ""))
        is_stale = sources is None and has_later_alerts(known, inputs)
        datasets = (name for name in inputs if name != ALERTS)
        there = _rows(mart, file)
        if there is None and sources is not None:
            result = Written(rows=made, inputs=inputs, is_lost=True)
            return None
        if is_stale or any(known.get(name, "") > inputs[name] for name in datasets):
            rows = pl.DataFrame(schema=mart.schema) if there is None else there
            result = Written(rows=rows, inputs=known, is_stale=True)
            return None
        rows = made
        if there is not None and sources is not None:
            rows = _with_sources(there, made, sources)
        merged = newer(known, inputs) if sources is not None else dict(inputs)
        result = Written(rows=rows, inputs=merged)
        return mart_bytes(mart, rows, merged)

    store.update(mart.file, body)
    return result


def mart_bytes(mart: Mart, rows: pl.DataFrame, inputs: Versions) -> bytes:
    """Return the file of a mart."""
    metadata = {
        "dataset": f"marts.{mart.name}",
        "key": ",".join(mart.key),
        "about": mart.summary,
        "columns": descriptions_json(rows, mart.descriptions),
        "version": str(MART_VERSIONS[mart.name]),
        INPUTS: json.dumps(dict(sorted(inputs.items()))),
    }
    fields = DescribedSchema(mart.schema, mart.descriptions)
    return to_parquet(rows, metadata, fields=fields)


def _with_sources(
    there: pl.DataFrame, made: pl.DataFrame, sources: Collection[str]
) -> pl.DataFrame:
    """Return rows, sorted by source first, with those of some sources replaced."""
    left = there.filter(~pl.col("source").is_in(list(sources)))
    parts: dict[str, pl.DataFrame] = {}
    for rows in (left, made):
        starts = rows["source"].rle().struct.unnest().rename({"value": "source"})
        ends = starts["len"].cum_sum()
        for source, length, end in zip(starts["source"], starts["len"], ends, strict=True):
            parts[source] = rows.slice(end - length, length)
    return pl.concat([there.clear(), *(parts[source] for source in sorted(parts))])


def _rows(mart: Mart, file: PublishedFile) -> pl.DataFrame | None:
    """Return the rows of a file; None where it is gone, damaged or of another version."""
    if file.blob is None or file.metadata.get("version") != str(MART_VERSIONS[mart.name]):
        return None
    rows = pl.read_parquet(io.BytesIO(file.blob.body))
    return rows if rows.schema == mart.schema else None
