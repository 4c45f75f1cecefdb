"""The sections of docs/rules.md, made from the registry of rules; cog puts them there.

`python -m tests.rules_page` writes them from scratch.
"""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from tasks.alerts.rules import severity
from tasks.alerts.rules.registry import RULES
from tasks.alerts.rules.rule import Rule

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "rules.md"


def section(rule: Rule) -> str:
    """Return the section of a rule: description, thresholds, how to check it, known causes."""
    family = f"Family: {rule.family.name}. " if rule.family else ""
    severities = ", ".join(rule.severities)
    rows = [
        f"| `{name}` | {parameter} | {parameter.description} |"
        for name, parameter in rule.parameters.items()
    ]
    return "\n".join(
        [
            f"## {rule.id}: {rule.title}\n",
            f"**Means.** {rule.means}\n",
            f"Each finding is about one {rule.grain}. {family}Severity: {severities}.\n",
            "| parameter | value | description |\n|---|---|---|",
            *rows,
            f"\n**Check.** {rule.check}\n",
            f"**Known causes.** {rule.causes}\n",
        ]
    )


def sections(rules: Iterable[Rule] = RULES) -> str:
    """Return the sections of all rules, in their order."""
    return "\n".join(map(section, rules))


def severity_table() -> str:
    """Return the scale of severity as a Markdown table."""
    half, fifth, tenth, fiftieth = (
        f"{share * 100:g} %"
        for share in (severity.HALF, severity.FIFTH, severity.TENTH, severity.FIFTIETH)
    )
    gone = f"a country's total of {severity.QUARTER_MILLION:,} or more to 0 or no figure"
    share, step = "a share of population:", f"{severity.SHARE_STEP:g}"
    rows = [
        f"| critical | {half} and {severity.MILLION:,} doses; or {gone} |",
        f"| high | {fifth} and {severity.HUNDRED_THOUSAND:,} doses |",
        f"| medium | {tenth} and {severity.TEN_THOUSAND:,} doses; {share} {tenth} and {step} |",
        f"| low | {fiftieth} and {severity.THOUSAND:,} doses; {share} {fiftieth} and {step} |",
    ]
    return "\n".join(["| severity | a fall of at least |", "|---|---|", *rows, ""])


def main() -> int:
    """Run cog over the page."""
    command = [sys.executable, "-m", "cogapp", "-r", "-I", str(ROOT), str(PAGE)]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
