"""The pipeline as it is run: from a file to alerts and Data Docs, one snapshot or a whole backfill.

Ratios are of CPU seconds (all threads), peers by turns in the same process, medians. Each backfill
is a process of its own; its wall seconds depend on what else the machine does, so the CPU seconds
stand beside them. Both include the import of Great Expectations.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import polars as pl
import pycountry

from benchmarks import epidemic
from benchmarks.corpora import CORPUS, Corpus, corpora
from benchmarks.history import changes, draft, ingest
from benchmarks.peers import delta_merges
from benchmarks.timing import cpu_seconds, ms
from benchmarks.workloads import csv_bytes
from tasks.pipeline.backfill import backfill_source
from tasks.pipeline.ingest import ingest_snapshot
from tasks.runs.run_context import open_run
from tasks.vault.backends.folder_store import FolderStore

FOLDERS = {
    "undp_vaccine_equity": "undp_vaccine_equity",
    "hdx_humanitarian": "hdx_humanitarian_dashboard",
    "find_tests": "find_testing_daily",
}
"""By source, the folder of the corpus that is backfilled."""
NEWEST = 10
"""Versions of the wide table that are compared with a merge."""
AT = datetime(2026, 1, 1, tzinfo=UTC)


def measure(*, quick: bool) -> dict[str, Any]:
    """Return ratios and speeds; what needs the corpus is left out where that is missing."""
    wide = [_wide(corpus) for corpus in corpora() if corpus.name == "undp_vaccine_equity"]
    return {
        **({"wide": wide[0]} if wide else {}),
        "flow": _flow(3 if quick else 8),
        "backfill": {
            source: _backfill(source, CORPUS / folder)
            for source, folder in FOLDERS.items()
            if (CORPUS / folder).is_dir()
        },
    }


def _wide(corpus: Corpus) -> dict[str, Any]:
    """Return what the newest versions take in the vault, beside a merge of the same rows."""
    frames, first = corpus.frames, len(corpus.frames) - NEWEST
    spent: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        store = FolderStore(Path(name) / "lake")
        changed = [changes(a, b, corpus.key) for a, b in pairwise(frames)]
        merges = delta_merges(
            Path(name) / "delta", frames[first - 1], changed[first - 1 :], corpus.key, process_time
        )
        merged: list[float] = []
        for version, frame in enumerate(frames):
            body, schema = csv_bytes(frame), frame.schema
            start = process_time()
            parsed = pl.read_csv(body, schema=schema)
            ingest(store, draft(corpus.name, corpus.key, version, parsed))
            if version >= first:
                spent.append(process_time() - start)
                merged.append(next(merges))
    ratio, mean = median(spent) / median(merged), sum(spent) / sum(merged)
    return {
        "ingest_ms": ms(median(spent)),
        "delta_merge_ms": ms(median(merged)),
        "ratio": round(ratio, 2),
        "mean_ratio": round(mean, 2),
        "worst_ms": ms(max(spent)),
    }


def _flow(versions: int) -> dict[str, Any]:
    """Return what a whole ingest of the long daily table takes, beside a bare parse of its CSV."""
    parse: list[float] = []
    whole: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        file, lake = Path(name) / "owid.csv", str(Path(name) / "lake")
        for version, frame in enumerate(of_countries(versions)):
            body = csv_bytes(frame)
            file.write_bytes(body)
            as_of = AT - timedelta(days=versions - version)
            run = open_run("owid_vaccinations", lake, at=AT)
            parse.append(_parsed(body))
            start = process_time()
            ingest_snapshot(run, file=str(file), retrieved_at=as_of)
            whole.append(process_time() - start)
    return {
        "rows": frame.height,
        "csv_bytes": len(body),
        "parse_ms": ms(median(parse)),
        "ingest_ms": ms(median(whole[1:])),
        "ratio": round(median(whole[1:]) / median(parse), 1),
        "first_ratio": round(whole[0] / median(parse), 1),
    }


def _parsed(body: bytes) -> float:
    return cpu_seconds(lambda: pl.read_csv(body, try_parse_dates=True))


def of_countries(versions: int) -> Iterator[pl.DataFrame]:
    """Yield versions of the long daily table under ISO codes, as many countries as have one."""
    codes = sorted(str(country.alpha_3) for country in pycountry.countries)
    for frame in epidemic.owid(versions):
        names = dict(zip(frame["iso_code"].unique().sort(), codes, strict=False))
        known = frame.filter(pl.col("iso_code").is_in([*names]))
        yield known.with_columns(pl.col("iso_code").replace_strict(names))


def _backfill(source: str, folder: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.pipeline", source, str(folder)],
        capture_output=True,
        check=True,
    )
    return json.loads(done.stdout)


def _backfilled(source: str, folder: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as lake:
        run = open_run(source, lake, at=AT)
        start, start_cpu = perf_counter(), process_time()
        summary = backfill_source(run, f"dir:{folder}")
        wall, cpu = perf_counter() - start, process_time() - start_cpu
    vintages = len(summary.outcomes)
    return {
        "vintages": vintages,
        "wall_s": round(wall, 2),
        "cpu_s": round(cpu, 2),
        "vintages a second": round(vintages / wall, 1),
        "vintages a CPU second": round(vintages / cpu, 1),
    }


if __name__ == "__main__":
    print(json.dumps(_backfilled(*sys.argv[1:3])))
