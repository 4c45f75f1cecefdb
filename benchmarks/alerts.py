"""Alerts: how well today's rules find injected events, beside plain and published detectors.

Only seeds and kinds for development are judged: `splits` holds the others out for one final run,
`python -m benchmarks.alerts --final`, which is printed and stored nowhere.
"""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from benchmarks.alert_evaluation import splits
from benchmarks.alert_evaluation.report import tables
from benchmarks.alert_evaluation.suite import cases, evaluated

SEEDS = 3
QUICK_SEEDS = 1


def measure(*, quick: bool) -> dict[str, Any]:
    """Return the scores of all detectors on the development kinds, in a few seeds."""
    seeds = splits.development_seeds()[: QUICK_SEEDS if quick else SEEDS]
    return evaluated(cases(splits.development_kinds(), seeds))


def final() -> dict[str, Any]:
    """Return the scores on all kinds, in as many seeds that nobody has seen."""
    return evaluated(cases(splits.final_kinds(), splits.final_seeds()[:SEEDS]))


def main() -> int:
    """Print the scores, of the development kinds and seeds or the held-out ones."""
    parser = ArgumentParser(prog="python -m benchmarks.alerts", description=__doc__)
    parser.add_argument("--final", action="store_true", help="held-out kinds and seeds: once")
    parser.add_argument("--quick", action="store_true", help="one seed")
    parser.add_argument("--json", action="store_true", help="everything, the misses too")
    given = parser.parse_args()
    figures = final() if given.final else measure(quick=given.quick)
    print(json.dumps(figures, indent=1) if given.json else tables(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
