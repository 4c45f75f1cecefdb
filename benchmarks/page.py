"""The table of docs/benchmarks.md: what was measured beside what was aimed at."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.targets import TARGETS

RESULTS = Path(__file__).parent / "results"


def kept() -> dict[str, Any]:
    """Return the documents in results/ by name."""
    return {path.stem: json.loads(path.read_text()) for path in sorted(RESULTS.glob("*.json"))}


def table(documents: Mapping[str, Any] | None = None) -> str:
    """Return the figures as a Markdown table; of the kept results when none are given."""
    documents = kept() if documents is None else documents
    rows = ["| figure | measured | target | |", "|---|---|---|---|"]
    for target in TARGETS:
        figure = _figure(documents, target.place)
        if figure is not None:
            rows.append(
                f"| {target.label} | {figure:g} | {target.aim()} | {target.verdict(figure)} |"
            )
    machines = {f"{d['machine']}, {d['measured_on']}" for d in documents.values()}
    return "\n".join([*rows, "", f"Measured on {'; '.join(sorted(machines))}.", ""])


def parsing() -> str:
    """Return what each parser takes as a Markdown table; nothing before it was measured."""
    document = kept().get("parsing")
    if document is None:
        return ""
    rows = ["| source, format | MB | bare reader | ours / bare |", "|---|---|---|---|"]
    rows += [
        f"| {name} | {figures['bytes'] / 1e6:.1f} | {figures['peer']} | {figures['ratio']:g} |"
        for name, figures in document["figures"].items()
    ]
    return "\n".join([*rows, ""])


def _figure(documents: Mapping[str, Any], place: tuple[str, ...]) -> float | None:
    name, *keys = place
    value = documents.get(name, {}).get("figures")
    for key in keys:
        value = None if value is None else value.get(key)
    return value
