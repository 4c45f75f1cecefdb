"""The long daily table: bytes, times, memory, requests. 300 versions; 30 when quick."""

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import polars as pl

from benchmarks import epidemic
from benchmarks.footprint import footprint
from benchmarks.fresh import run
from benchmarks.history import History, owid
from benchmarks.reading import as_of_figures, diff_figures
from benchmarks.taking import FRESH, ChunkResult, check, refill, take
from benchmarks.timing import ms, trend

QUICK = 30
CHUNK = 32


def measure(*, quick: bool) -> dict[str, Any]:
    """Return every figure of the long daily table; each is printed on stderr when known."""
    versions = QUICK if quick else epidemic.VERSIONS
    history = owid(versions)
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        taken = take(history, versions, folder)
        check(history, taken, taken.lake, _looked_at(versions))
        steps: dict[str, Callable[[], dict[str, Any]]] = {
            "workload": lambda: _workload(taken),
            "as_of": lambda: as_of_figures(history, taken),
            "diff": lambda: diff_figures(history, taken),
            "fresh": lambda: fresh_figures(history, taken),
            "ingest": lambda: ingest_figures(taken),
            "archive": lambda: archive_figures(taken),
            "requests": lambda: request_figures(taken),
            "bytes": lambda: footprint(
                taken.lake / history.name, taken.full_bytes, taken.changed, key=history.key
            ),
            "backfill": lambda: backfill_figures(history, taken),
        }
        for step, job in steps.items():
            figures[step] = job()
            print(json.dumps({step: figures[step]}), file=sys.stderr, flush=True)
    theirs = ms(median(taken.parse) + median(taken.diff)) + figures["bytes"]["delta_merge_ms"]
    ours = figures["ingest"]["ingest_with_parse_ms"]
    figures["ingest"]["ingest / (parse + diff + delta merge)"] = round(ours / theirs, 2)
    return figures


def _looked_at(versions: int) -> list[int]:
    return [0, versions // 2, versions - 1]


def backfill_figures(history: History, taken: ChunkResult) -> dict[str, Any]:
    """Return the seconds of taking everything in at once, and its speed against parsing."""
    lake = taken.folder / "refill"
    spent = refill(history, lake, chunk=CHUNK)
    check(history, taken, lake, _looked_at(len(taken.rows)))
    return {
        "versions_a_commit": CHUNK,
        **{f"{step}_s": round(each, 1) for step, each in spent.items()},
        "speed": round(spent["parse"] / sum(spent.values()), 2),
    }


def _workload(taken: ChunkResult) -> dict[str, Any]:
    return {
        "versions": len(taken.rows),
        "rows": [taken.rows[0], taken.rows[-1]],
        "changed_rows_a_version": round(
            sum(rows.height for rows in taken.changed[1:]) / (len(taken.rows) - 1)
        ),
        "csv_bytes": sum(taken.csv_bytes),
        "full_bytes_a_version": round(sum(taken.full_bytes) / len(taken.rows)),
    }


def fresh_figures(history: History, taken: ChunkResult) -> dict[str, Any]:
    """Return the newest versions' ingest, each in its own process, by turns with parsing alone."""
    schema = taken.folder / "schema.parquet"
    pl.read_parquet(taken.full(0)).head(0).write_parquet(schema)
    last = len(taken.rows)
    parse: list[dict[str, float]] = []
    whole: list[dict[str, float]] = []
    for version in range(last - FRESH, last):
        job = (version, taken.csv(version), schema)
        parse.append(run(*job))
        whole.append(run(*job, taken.folder / "before", history.name, ",".join(history.key)))
    check(history, taken, taken.folder / "before", [last - 1])

    def middle(jobs: list[dict[str, float]], figure: str) -> float:
        return median(job[figure] for job in jobs)

    ratios = [w["seconds"] / p["seconds"] for w, p in zip(whole, parse, strict=True)]
    return {
        "processes": FRESH,
        "parse_ms": ms(middle(parse, "seconds")),
        "ingest_ms": ms(middle(whole, "seconds")),
        "ratio": round(middle(whole, "seconds") / middle(parse, "seconds"), 2),
        "ratios_by_version": [round(ratio, 2) for ratio in ratios],
        "parse_peak_mb": round(middle(parse, "peak_mb")),
        "ingest_peak_mb": round(middle(whole, "peak_mb")),
        "peak_ratio": round(middle(whole, "peak_mb") / middle(parse, "peak_mb"), 2),
        "whole_process_ratio": round(
            middle(whole, "process_seconds") / middle(parse, "process_seconds"), 2
        ),
    }


def ingest_figures(taken: ChunkResult) -> dict[str, Any]:
    """Return how ingests in one process go, and whether they grow dearer."""
    ratios = [(p + i) / p for p, i in zip(taken.parse, taken.ingest, strict=True)]
    return {
        "parse_ms": ms(median(taken.parse)),
        "ingest_with_parse_ms": ms(
            median(p + i for p, i in zip(taken.parse, taken.ingest, strict=True))
        ),
        "median_ratio": round(median(ratios), 2),
        "mean_ratio": round((sum(taken.parse) + sum(taken.ingest)) / sum(taken.parse), 2),
        "worst_ratio": round(max(ratios[1:]), 2),
        "compactions_ms": [ms(spent) for spent in taken.compact],
        "mean_ratio_with_compactions": round(
            (sum(taken.parse) + sum(taken.ingest) + sum(taken.compact)) / sum(taken.parse), 2
        ),
        "last_tenth / first_tenth": round(trend(ratios), 3),
    }


def archive_figures(taken: ChunkResult) -> dict[str, Any]:
    """Return the processor time of archiving a body, beside that of parsing it."""
    pairs = zip(taken.archive_cpu, taken.parse_cpu, strict=True)
    return {
        "parse_cpu_ms": ms(median(taken.parse_cpu)),
        "archive_cpu_ms": ms(median(taken.archive_cpu)),
        "worst_archive_cpu_ms": ms(max(taken.archive_cpu)),
        "ratio": round(median(archived / parsed for archived, parsed in pairs), 2),
    }


def request_figures(taken: ChunkResult) -> dict[str, Any]:
    """Return requests at a few versions, the median, the most, and the mean."""
    every = [asked["all"] for asked in taken.requests]
    last = len(every)
    return {
        "at": {str(place): taken.requests[place - 1] for place in (1, 2, min(100, last), last)},
        "median": median(every),
        "most": max(every),
        "mean": round(sum(every) / last, 1),
        "last_tenth / first_tenth": round(trend([float(asked) for asked in every]), 2),
    }
