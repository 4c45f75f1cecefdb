"""
What the generated parts of README and docs are made of; cog puts it there.

`python -m tests.documents` writes them anew, `--check` says whether they are as a run makes them.
"""

import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from schemas.tables import TABLES, descriptions_of, dtypes_of, key_of
from tasks.sources import SOURCES

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("README.md", "docs/tables.md", "docs/rules.md", "docs/benchmarks.md")
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
        f"every {source.cadence.days} days | {', '.join(source.tables)} | {source.licence} |"
        for source in SOURCES
    ]
    head = ["| source | publisher | publishes | tables | licence |", "|---|---|---|---|---|"]
    return "\n".join([*head, *rows, ""])


def tables_pages() -> str:
    """Return every table with its columns, types and meanings."""
    parts: list[str] = []
    for name, model in TABLES.items():
        summary = " ".join((model.__doc__ or "").split())
        key = key_of(name)
        parts += [f"## {name}", "", summary, "", "| column | type | meaning |", "|---|---|---|"]
        types, meanings = dtypes_of(name), descriptions_of(name)
        parts += [
            f"| {f'**{column}**' if column in key else column} | {types[column]} | {text} |"
            for column, text in meanings.items()
        ]
        parts.append("")
    return "\n".join(parts)


def main() -> int:
    """Run cog over the pages."""
    mode = ["--check", "--diff"] if "--check" in sys.argv[1:] else ["-r"]
    command = [sys.executable, "-m", "cogapp", *mode, "-I", str(ROOT), *PAGES]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
