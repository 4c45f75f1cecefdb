"""Validation in a process of its own: `python -m benchmarks.alone KIND ROWS`.

KIND is a function of `benchmarks.made`. Prints how much memory validation takes at its peak above
what the table took before it [MB], and how many rows were bad and flagged. Linux only: elsewhere
no process can forget its peak.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks import made
from benchmarks.fresh import peak_mb
from tasks.parsing.flags import flags_of
from tasks.parsing.validate import validate_table

FORGET_PEAK = "5"


def main() -> None:
    """Validate once and print what it took."""
    kind, rows = sys.argv[1], int(sys.argv[2])
    validate_table(made.canonical_of(made.faulty(1_000)), made.TABLE)  # what is loaded once
    table = made.canonical_of(getattr(made, kind)(rows))
    Path("/proc/self/clear_refs").write_text(FORGET_PEAK, encoding="ascii")
    base = peak_mb()
    reading = validate_table(table, made.TABLE)
    flagged = flags_of(reading.frame, made.TABLE).height
    counts = {"bad": reading.bad, "flagged": flagged, "over": reading.is_over_budget}
    print(json.dumps({"peak_mb": round(peak_mb() - base), "base_mb": round(base), **counts}))


def run(kind: str, rows: int) -> dict[str, Any]:
    """Return what such a process printed."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.alone", kind, str(rows)],
        cwd=Path(__file__).parents[1],
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(done.stdout)


if __name__ == "__main__":
    main()
