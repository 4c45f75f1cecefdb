"""The tables of docs/scale.md, made of the kept results."""

from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.page import kept

JOBS = {"ingest": "changed table", "unchanged": "same bytes", "verify": "verify"}
FOLDERS = {"owid_vaccinations": "OWID", "undp_vaccine_equity": "UNDP", "find_tests": "FIND"}
WAYS = {"serial": "one thread", "threads": "two threads", "dask": "two Dask workers"}


def scale() -> str:
    """Return what one source costs by vintages and by sources, in a store in memory."""
    figures = kept()["scale"]["figures"]
    rows = [
        *_rows("vintages of one source: {}", figures["vintages of one source"]),
        *_rows("sources of 3 vintages: {}", figures["sources of 3 vintages"]),
    ]
    return _table(("lake", *JOBS.values()), rows)


def simulation() -> str:
    """Return what one source costs among ever more sources, on SeaweedFS."""
    figures = kept()["simulation"]["figures"]
    label, found = f"{{}} sources of {figures['vintages']} vintages", figures["one source among"]
    rows = [
        (*row, f"{one['status']['requests']:,} requests, {one['status']['cpu_ms']:,} ms CPU")
        for row, one in zip(_rows(label, found), found.values(), strict=True)
    ]
    return _table(("lake", *JOBS.values(), "status of all sources"), rows)


def simulated() -> str:
    """Return how many sources the simulation made, what that took, and whether it was right."""
    figures = kept()["simulation"]["figures"]
    count, found = figures["sources"] * figures["vintages"], figures["problems of the last copy"]
    return (
        f"{figures['sources']:,} sources with {figures['vintages']} vintages each, {count:,} in "
        f"all, were made in {figures['written_s']:,} s ({figures['cpu_s']:,} CPU seconds of this "
        f"program). A deep verify of the last copy found "
        f"{'no problem' if not found else f'{len(found)} problems'}."
    )


def backfill() -> str:
    """Return backfills by one thread, two threads and two Dask workers."""
    document = kept()["backfill"]["figures"]
    rows = [
        (
            f"{name}, {document[source]['snapshots']:g} snapshots",
            text,
            f"{figures['read_s']:g} s",
            f"{figures['cpu_s']:g} s",
            f"{figures['snapshots_per_s']:g}",
            f"{figures['speed_up_read']:g}",
        )
        for source, name in FOLDERS.items()
        for way, text in WAYS.items()
        if (figures := document[source].get(way))
    ]
    heads = (
        "folder",
        "way",
        "read, wall",
        "CPU of all processes",
        "snapshots a second",
        "speed-up",
    )
    loads = ", ".join(f"{load:g}" for load in document["load_before_turns"])
    return f"{_table(heads, rows)}\n\nRunnable processes before each turn, on two cores: {loads}."


def _rows(label: str, found: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for count, figures in found.items():
        yield (
            label.format(count),
            *(
                f"{figures[job]['requests']} requests, {figures[job]['cpu_ms']} ms CPU"
                for job in JOBS
            ),
        )


def _table(heads: tuple[str, ...], rows: Any) -> str:
    lines = ["| " + " | ".join(cells) + " |" for cells in (heads, *rows)]
    return "\n".join([lines[0], "|---" * len(heads) + "|", *lines[1:]])
