"""What the generated parts of README and docs are made of; cog puts it there.

`python -m tests.documents` writes them again, `--check` says whether they are as a run makes them.
"""

import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from schemas.tables import TABLES, descriptions_of, dtypes_of, key_of, range_of
from schemas.validation_rules import VALIDATION_RULES, Relation, relations_of
from schemas.versions import TABLE_VERSIONS
from tasks.sources import SOURCES
from tests import rule_texts
from tests.reader_contract import declared
from tests.reader_queries import OF_MARTS
from tests.source_documents import FILES, cadence, write_missing_pages

ROOT = Path(__file__).resolve().parents[1]
PAGES = (
    *(
        "README.md",
        "docs/alerts.md",
        "docs/tables.md",
        "docs/rules.md",
        "docs/benchmarks.md",
        "docs/scale.md",
        "docs/validation.md",
        "docs/marts.md",
    ),
    *FILES,
)
WIDTH = "100"


@cache
def demo_screen() -> str:
    """Return what `vaxwatch demo` prints in an empty folder."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "COLUMNS": WIDTH, "NO_COLOR": "1", "PREFECT_HOME": folder}
        done = subprocess.run(
            [str(Path(sys.executable).parent / "vaxwatch"), "demo"],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=300,
        )
    lines = [line.rstrip() for line in done.stdout.splitlines()]
    return "\n".join(["```text", "$ vaxwatch demo", *lines, "```", ""])


def sources_table() -> str:
    """Return the sources as a Markdown table."""
    rows = [
        f"| [`{source.name}`](docs/sources/{source.name}.md) | {source.publisher} | "
        f"{cadence(source)} | {', '.join(source.tables)} | {source.licence} |"
        for source in SOURCES
    ]
    head = ["| source | publisher | publishes | tables | licence |", "|---|---|---|---|---|"]
    return "\n".join([*head, *rows, ""])


def tables_pages() -> str:
    """Return every table with its version, columns, types and meanings."""
    parts: list[str] = []
    for name, model in TABLES.items():
        summary = " ".join((model.__doc__ or "").split())
        key = key_of(name)
        head = ["| column | type | plausible | meaning |", "|---|---|---|---|"]
        parts += [f"## {name}", "", f"{summary} Version {TABLE_VERSIONS[name]}.", "", *head]
        types, descriptions = dtypes_of(name), descriptions_of(name)
        parts += [
            f"| {f'**{column}**' if column in key else column} | {types[column]} "
            f"| {plausible(name, column)} | {text} |"
            for column, text in descriptions.items()
        ]
        beside = [f"- {related(relation)}" for relation in relations_of(name)]
        parts += ["", *(["Plausible beside each other:", "", *beside, ""] if beside else [])]
    return "\n".join(parts)


def files_pages() -> str:
    """Return what the lake has besides tables of sources, with versions, types and meanings."""
    parts: list[str] = []
    for contract in declared():
        if contract.name not in TABLE_VERSIONS and not contract.name.startswith(OF_MARTS):
            parts += [f"### {contract.name}", "", f"Version {contract.version}.", ""]
            parts += ["| column | type | meaning |", "|---|---|---|"]
            parts += [
                f"| {f'**{it.name}**' if it.name in contract.key else it.name} | "
                f"{it.type.partition('(')[0]} | {it.meaning} |"
                for it in contract.columns
            ]
            parts.append("")
    return "\n".join(parts)


def plausible(table: str, column: str) -> str:
    """Return the range of a column in words, nothing where it has none."""
    bounds = range_of(table, column)
    if bounds is None:
        return ""
    edges = [("≥", bounds.least), (">", bounds.above), ("≤", bounds.most)]
    return ", ".join(f"{sign} {edge}" for sign, edge in edges if edge is not None)


def related(relation: Relation) -> str:
    """Return a relation between columns in signs."""
    more = " or ".join(f"`{column}`" for column in relation.more)
    times = "" if relation.factor == 1 else f"{relation.factor:g} times "
    return f"`{relation.less}` ≤ {times}{more} (`{relation.rule}`)"


def registry() -> str:
    """Return every rule for rows as a Markdown table."""
    head = [
        "| rule | version | a row that breaks it | what holds where it is kept |",
        "|---|---|---|---|",
    ]
    fate = {"unreadable": "waits in quarantine", "implausible": "is published with a flag"}
    rows = [
        f"| `{rule.name}` | {rule.version} | {fate[rule.kind]} | {rule.description} |"
        for rule in VALIDATION_RULES.values()
    ]
    return "\n".join([*head, *rows, ""])


def main() -> int:
    """Run cog over the pages, and write what the package has of them."""
    is_check = "--check" in sys.argv[1:]
    if not is_check:
        write_missing_pages()
    mode = ["--check", "--diff"] if is_check else ["-r"]
    command = [sys.executable, "-m", "cogapp", *mode, "-I", str(ROOT), *PAGES]
    status = subprocess.run(command, cwd=ROOT, check=False).returncode
    if not is_check and status == 0:
        rule_texts.write()
    return status


if __name__ == "__main__":
    sys.exit(main())
