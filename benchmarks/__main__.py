"""
Measure, print and keep the figures: `python -m benchmarks [NAME…]`.

Each module of MEASURED has `measure() -> dict`; what it returns goes to results/<name>.json beside
the machine it was measured on, and docs/benchmarks.md shows it.
"""

import json
import os
import platform
import sys
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
MEASURED = ("commands",)


def main() -> int:
    """Run the named benchmarks, or all."""
    for name in sys.argv[1:] or MEASURED:
        figures = import_module(f"benchmarks.{name}").measure()
        document = {
            "measured_on": datetime.now(UTC).date().isoformat(),
            "machine": f"{os.cpu_count()} cores, CPython {platform.python_version()}",
            "figures": figures,
        }
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / f"{name}.json").write_text(json.dumps(document, indent=1) + "\n")
        print(json.dumps(document, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
