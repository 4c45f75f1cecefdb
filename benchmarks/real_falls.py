"""Natural falls of real tables, and whether an alert reports them: labels that no rule has made.

Two versions in a row are compared as somebody with a spreadsheet would: the sum of each country in
a table without days, its newest figure in one with days. A fall by a fifth or more that is also
100,000 doses, people or tests, or a share of population, should be reported at that version.
"""

import io
import json
import tempfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from benchmarks.corpora import CORPUS
from benchmarks.marts import FOLDERS, run_of
from schemas.figure_wording import noun
from tasks.pipeline.backfill import backfill_source
from vaxwatch.reader import Lake, open_lake

FALL: Final = 0.2
LEAST: Final = 100_000
DAYS: Final = ("observed_on", "month", "year")
HOWS: Final = ("alert", "group", "columns")
"""How a fall is reported: by an alert on the country, on many countries, or on columns."""
COUNTS: Final = ("falls", *HOWS, "at once", "missed")
State = Mapping[tuple[str, str], float]
"""The figure of each country, by iso3 and column."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fall:
    """A fall between two versions in a row; `after` is None where there is no figure any more."""

    dataset: str
    vintage: str
    iso3: str
    column: str
    before: float
    after: float | None


def measure(*, quick: bool) -> dict[str, Any]:
    """Return by table how many falls there are, how they are reported, and which are not.

    Of the tables of one source where it is quick; of none without the corpus.
    """
    sources = [*FOLDERS][:1] if quick else [*FOLDERS]
    with tempfile.TemporaryDirectory() as name:
        place = Path(name) / "lake"
        for source in sources if CORPUS.is_dir() else ():
            backfill_source(run_of(place, source), f"dir:{CORPUS / FOLDERS[source]}")
        return figures_of(open_lake(str(place))) if place.exists() else {}


def figures_of(lake: Lake) -> dict[str, Any]:
    """Return the figures of a lake, as `measure`."""
    blob = lake.store.get("alerts/alert_events.parquet")
    events = pl.read_parquet(io.BytesIO(blob.body)).to_dicts() if blob else []
    tables: dict[str, dict[str, int]] = {}
    missed: list[str] = []
    for dataset in lake.datasets():
        counts: dict[str, int] = dict.fromkeys(COUNTS, 0)
        for fall in _falls(lake, dataset):
            how, severities = _reported(fall, events)
            counts["falls"] += 1
            counts[how] += 1
            counts["at once"] += bool({"high", "critical"} & severities)
            if how == "missed":
                missed.append(
                    f"{dataset} {fall.vintage[:8]} {fall.iso3} {fall.column}: "
                    f"{fall.before:g} -> {fall.after}"
                )
        if counts["falls"]:
            tables[dataset] = counts
    every = sum(one["falls"] for one in tables.values())
    found = every - len(missed)
    return {"tables": tables, "falls": every, "found": round(found / every, 3), "missed": missed}


def table(figures: Mapping[str, Any]) -> str:
    """Return the figures by table as Markdown."""
    rows = [f"| table | {' | '.join(COUNTS)} |", f"|---|{'---|' * len(COUNTS)}"]
    rows += [
        f"| {dataset} | {' | '.join(str(counts[name]) for name in COUNTS)} |"
        for dataset, counts in figures["tables"].items()
    ]
    return "\n".join(rows)


def _falls(lake: Lake, dataset: str) -> Iterator[Fall]:
    key = lake.key(dataset)
    if "iso3" not in key:
        return
    before: State = {}
    for vintage in lake.vintages(dataset).filter(~pl.col("held"))["id"]:
        now = _state(lake.asof(dataset, vintage), key)
        for (iso3, column), figure in before.items():
            after = now.get((iso3, column))
            lost = figure - (after or 0)
            is_large = lost >= LEAST or column.endswith("_share")
            if figure > 0 and lost >= FALL * figure and is_large:
                yield Fall(
                    dataset=dataset,
                    vintage=vintage,
                    iso3=iso3,
                    column=column,
                    before=figure,
                    after=after,
                )
        before = now


def _state(rows: pl.DataFrame, key: Collection[str]) -> State:
    figures = [name for name, kind in rows.schema.items() if kind.is_numeric() and name not in key]
    day = next((name for name in DAYS if name in key), None)
    found: dict[tuple[str, str], float] = {}
    for column in (one for one in figures if not one.endswith("_new")):
        known = rows.filter(pl.col(column).is_not_null())
        figure = pl.col(column).sort_by(day).last() if day else pl.col(column).sum()
        for iso3, value in known.group_by("iso3").agg(figure).iter_rows():
            found[iso3, column] = float(value)
    return found


def _reported(fall: Fall, events: Collection[Mapping[str, Any]]) -> tuple[str, set[str]]:
    """Return how a fall is reported at its version, and the severities of what reports it."""
    found: dict[str, set[str]] = {}
    source = fall.dataset.partition(".")[0]
    near = (one for one in events if (one["source"], one["id"]) == (source, fall.vintage))
    for event in near:
        if how := _how(fall, event):
            found.setdefault(how, set()).add(event["severity"])
    how = next((one for one in HOWS if one in found), "missed")
    return how, {severity for some in found.values() for severity in some}


def _how(fall: Fall, event: Mapping[str, Any]) -> str | None:
    iso3, evidence = json.loads(event["key"]).get("iso3"), json.loads(event["evidence"])
    if iso3 is not None:
        named = {event["column"], *evidence.get("figures", ())}
        named |= {one["column"] for one in evidence.get("also", ())}
        is_own = iso3 == fall.iso3 and event["dataset"] == fall.dataset and fall.column in named
        return "alert" if is_own else None
    if event["rule"] == "R18":
        is_gone = fall.after is None and f" {noun(fall.column)}" in event["sentence"]
        return "columns" if is_gone else None
    parts = [*evidence.get("children", ()), *evidence.get("more_children", ())]
    own = [one for one in parts if one["key"].get("iso3") == fall.iso3]
    named = {
        (one.get("dataset", event["dataset"]), figure.get("column"))
        for one in own
        for figure in (one, *one.get("also", ()))
    }
    return "group" if (fall.dataset, fall.column) in named else None
