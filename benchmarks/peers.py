"""The peers: what others keep for the same history. Bytes on disk."""

import os
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from time import perf_counter

import polars as pl
from deltalake import DeltaTable, WriterProperties, write_deltalake

WRITER = WriterProperties(compression="ZSTD", compression_level=3)
VERSION = "_version"
WRITTEN_WHOLE = 16
"""Versions over which a peer that rewrites everything is measured."""


def write_full(frame: pl.DataFrame, path: Path) -> int:
    """Write a version whole, as the simplest archive does; return its bytes."""
    frame.write_parquet(path, compression="zstd", compression_level=3)
    return path.stat().st_size


def folder_bytes(folder: Path, pattern: str = "**/*") -> int:
    """Return the bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.glob(pattern) if path.is_file())


def delta_log(folder: Path, changed: Sequence[pl.DataFrame]) -> dict[str, int]:
    """Return the bytes of a Delta table to which every version's changed rows were appended.

    `optimised`: after compacting and vacuuming, its transaction log included in both.
    """
    uri = str(folder)
    for version, rows in enumerate(changed):
        appended = rows.with_columns(pl.lit(version, pl.Int32).alias(VERSION))
        write_deltalake(uri, appended, mode="append", schema_mode="merge", writer_properties=WRITER)
    return _plain_and_optimised(folder)


def delta_merge(
    folder: Path, first: pl.DataFrame, changed: Sequence[pl.DataFrame], key: Sequence[str]
) -> tuple[dict[str, int], list[float]]:
    """Return the bytes of a Delta table with every version merged into it, and the seconds of each.

    `optimised` has lost its time travel: vacuuming deletes what older versions need.
    """
    seconds = list(delta_merges(folder, first, changed, key, perf_counter))
    return _plain_and_optimised(folder), seconds


def delta_merges(
    folder: Path,
    first: pl.DataFrame,
    changed: Sequence[pl.DataFrame],
    key: Sequence[str],
    clock: Callable[[], float],
) -> Iterator[float]:
    """Yield the seconds that each merge of a version's changed rows takes by `clock`."""
    uri = str(folder)
    write_deltalake(uri, first, writer_properties=WRITER)
    for rows in changed:
        start = clock()
        merger = DeltaTable(uri).merge(
            rows,
            predicate=" AND ".join(f"t.{name} = s.{name}" for name in key),
            source_alias="s",
            target_alias="t",
            writer_properties=WRITER,
        )
        columns = {name: f"s.{name}" for name in rows.columns if name != "_op"}
        merger.when_matched_delete("s._op = 0").when_matched_update(
            columns
        ).when_not_matched_insert(columns, predicate="s._op = 1").execute()
        yield clock() - start


def _plain_and_optimised(folder: Path) -> dict[str, int]:
    plain = folder_bytes(folder)
    table = DeltaTable(str(folder))
    table.optimize.compact(writer_properties=WRITER)
    table.vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False)
    return {"plain": plain, "optimised": folder_bytes(folder)}


def git_pack(folder: Path, bodies: Iterable[bytes]) -> int:
    """Return the bytes of the pack (without its index) of a history of one file, packed hard."""
    stream = bytearray()
    for second, body in enumerate(bodies):
        stream += b"commit refs/heads/main\n"
        stream += f"committer nobody <nobody@example.org> {second} +0000\n".encode()
        stream += b"data 0\nM 100644 inline rows.csv\n"
        stream += f"data {len(body)}\n".encode() + body + b"\n"
    _git(folder, "init", "--quiet", "--bare")
    _git(folder, "fast-import", "--quiet", stdin=bytes(stream))
    _git(folder, "repack", "-q", "-adf", "--depth=50", "--window=50")
    return folder_bytes(folder, "objects/pack/*.pack")


def _git(folder: Path, *arguments: str, stdin: bytes | None = None) -> None:
    folder.mkdir(exist_ok=True)
    alone = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(
        ["git", *arguments],  # noqa: S607 (the git of the machine is the peer)
        cwd=folder,
        env={**os.environ, **alone},
        input=stdin,
        check=True,
        capture_output=True,
    )
