"""
The figures in docs/rules.md: every threshold as the rules use it; cog puts them there.

`python -m tests.rules_page` writes them anew.
"""

import subprocess
import sys
from pathlib import Path

from tasks.alerts.rules import severity
from tasks.alerts.rules.thresholds import PARAMETERS, SHARE_STEP

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "rules.md"
MEANINGS = {
    "least_rise": "least rise against the version before",
    "least_fall": "least fall against the version before",
    "least_doses": "least change in doses; for a drawdown, least distance from the peak",
    "least_share": "the same for a share of population",
    "smallest_doses_before": "smaller figures before are not judged",
    "back_within": "a figure this near to the one before is back",
    "steady_total_within": "while the country's total moves less, a single row is at most medium",
    "least_doses_before": "least doses in the version before",
    "least_share_before": "the same for a share of population",
    "opens_below_peak": "opens this far below the peak",
    "ends_below_peak": "ends nearer to the peak than this",
    "step": "escalates at every further step",
    "least_vintages": "versions of the figure before it is judged",
    "least_tests": "fewer tests are not judged",
    "assumed_positivity": "the positivity that is assumed at least",
    "opens_below_chance": "opens below this chance of no positive",
    "high_below_chance": "severity high below this chance, else medium",
    "assumed_specificity": "assumed share of healthy people's tests that are negative",
    "below": "a count below this",
    "more_than": "a figure more than this times the one it is a part of",
    "more_doses_than": "the same for people with later doses beside those with earlier ones",
    "more_supply_than": "the same for doses donated beside pledged, delivered beside shipped",
    "countries": "as many countries at once are one event",
    "share_of_countries": "so is this share of the countries compared",
    "least_countries": "but never fewer countries than this",
    "rows_change": "least change of the number of rows",
    "flips_told": "so many comings and goings of the same columns are told after the first",
    "least_rows": "tables with fewer rows before are not judged by their rows",
}
SHARES = (
    "share",
    "rise",
    "fall",
    "within",
    "peak",
    "step",
    "positivity",
    "specificity",
    "change",
)


def parameters_of(rule: str) -> str:
    """Return the thresholds of a rule as a Markdown table."""
    rows = [
        f"| `{name}` | {_shown(name, value)} | {MEANINGS[name]} |"
        for name, value in PARAMETERS[rule].items()
    ]
    return "\n".join(["| parameter | value | meaning |", "|---|---|---|", *rows, ""])


def severity_table() -> str:
    """Return the scale of severity as a Markdown table."""
    half, fifth, tenth, fiftieth = (
        f"{share * 100:g} %"
        for share in (severity.HALF, severity.FIFTH, severity.TENTH, severity.FIFTIETH)
    )
    gone = f"a country's total of {severity.QUARTER_MILLION:,} or more to 0 or no figure"
    share, step = "a share of population:", f"{SHARE_STEP:g}"
    rows = [
        f"| critical | {half} and {severity.MILLION:,} doses; or {gone} |",
        f"| high | {fifth} and {severity.HUNDRED_THOUSAND:,} doses |",
        f"| medium | {tenth} and {severity.TEN_THOUSAND:,} doses; {share} {tenth} and {step} |",
        f"| low | {fiftieth} and {severity.THOUSAND:,} doses; {share} {fiftieth} and {step} |",
    ]
    return "\n".join(["| severity | a fall of at least |", "|---|---|", *rows, ""])


def _shown(name: str, value: float) -> str:
    if "chance" in name:
        return f"{value:.0e}"
    if name == "share_of_countries" or any(name.endswith(word) for word in SHARES):
        return f"{value * 100:g} %"
    return f"{value:,}"


def main() -> int:
    """Run cog over the page."""
    command = [sys.executable, "-m", "cogapp", "-r", "-I", str(ROOT), str(PAGE)]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
