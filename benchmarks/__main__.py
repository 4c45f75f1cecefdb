"""Measure, print and keep the figures: `python -m benchmarks [--quick] [NAME…]`.

Each module of MEASURED has `measure(quick=…) -> dict`; what it returns goes to results/<name>.json
beside the machine it was measured on, and docs/benchmarks.md shows it. Quick figures (fewer
versions, for development) are printed and not kept.
"""

import json
import os
import platform
import sys
from argparse import ArgumentParser
from datetime import UTC, datetime
from importlib import import_module
from time import perf_counter
from typing import Any

from benchmarks.alert_evaluation.report import tables
from benchmarks.page import RESULTS, table

MEASURED = (
    "real",
    "small",
    "owid",
    "unattended",
    "serving",
    "pipeline",
    "commands",
    "tracking",
    "parsing",
    "validation",
    "expectations",
    "rules",
    "alerts",
    "real_falls",
    "marts",
    "site",
    "backfill",
    "scale",
)
LONG = ("simulation",)
"""What takes an hour or more, and runs only where it is named."""


def main() -> int:
    """Run the named benchmarks, or all."""
    parser = ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join((*MEASURED, *LONG)))
    parser.add_argument("--quick", action="store_true", help="fewer versions; nothing is kept")
    asked = parser.parse_args()
    documents: dict[str, Any] = {}
    for name in asked.names or MEASURED:
        documents[name] = _document(name, quick=asked.quick)
        text = json.dumps(documents[name], indent=1)
        print(tables(documents[name]["figures"]) if name == "alerts" else text, flush=True)
        if not asked.quick:
            RESULTS.mkdir(exist_ok=True)
            (RESULTS / f"{name}.json").write_text(text + "\n")
    print(table(documents if asked.quick else None))
    return 0


def _document(name: str, *, quick: bool) -> dict[str, Any]:
    start = perf_counter()
    figures = import_module(f"benchmarks.{name}").measure(quick=quick)
    return {
        "measured_on": datetime.now(UTC).date().isoformat(),
        "machine": f"{os.cpu_count()} shared cores, CPython {platform.python_version()}",
        "took_s": round(perf_counter() - start),
        "figures": figures,
    }


if __name__ == "__main__":
    sys.exit(main())
