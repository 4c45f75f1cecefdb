"""What rules declare, for their sections of docs/rules.md; cog puts it there.

`python -m tests.rules_page` writes them from scratch.
"""

import subprocess
import sys
from pathlib import Path

from tasks.alerts.rules.model import severity
from tasks.alerts.rules.model.rule import Rule
from tasks.alerts.rules.registry import RULES

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "rules.md"
FORMATS = {
    "count": "{:,}".format,
    "share": lambda value: f"{value * 100:g} %",
    "chance": "{:.0e}".format,
}
"""How the value of a parameter is shown, by its unit."""


def facts(rule_id: str) -> str:
    """Return what a rule declares: grain, family, severities and a table of its thresholds."""
    return facts_of(next(rule for rule in RULES if rule.id == rule_id))


def facts_of(rule: Rule) -> str:
    """Return the same of any rule."""
    family = f"Family: {rule.family.name}. " if rule.family else ""
    severities = ", ".join(rule.severities)
    rows = [
        f"| `{name}` | {FORMATS[parameter.unit](parameter.value)} | {parameter.description} |"
        for name, parameter in rule.parameters.items()
    ]
    return "\n".join(
        [
            f'<a id="{rule.id.lower()}"></a>\n',
            f"Each finding is about one {rule.grain}. {family}Severity: {severities}.\n",
            "| parameter | value | description |\n|---|---|---|",
            *rows,
            "",
        ]
    )


def severity_table() -> str:
    """Return the scale of severity as a Markdown table."""
    rows: list[str] = []
    for level in severity.SCALE:
        row = f"| {level.severity} | {level.fall * 100:g} % and {level.amount:,} doses"
        if level.severity == "critical":
            row += f"; or a country's total of {severity.GONE:,} or more to 0 or no figure"
        if level.per_head is not None:
            row += f" or {level.per_head * 100:g} % of the population"
        rows.append(f"{row} |")
    return "\n".join(["| severity | a fall of at least |", "|---|---|", *rows, ""])


def main() -> int:
    """Run cog over the page."""
    command = [sys.executable, "-m", "cogapp", "-r", "-I", str(ROOT), str(PAGE)]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
