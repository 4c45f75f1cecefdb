"""What the declarations of the sources become: their pages, schedules and lines in the run-book.

`python -m tests.source_documents` writes them; `make docs` and `make docs-check` include them.
"""

import importlib
import inspect
import subprocess
import sys
from pathlib import Path
from textwrap import fill

from schemas.columns import Across, LeaveOut
from schemas.source import Source
from schemas.tables import key_of
from tasks.freshness.source_life import is_scheduled
from tasks.sources import SOURCES, source_named
from vaxwatch.display import span

ROOT = Path(__file__).resolve().parents[1]
FILES = (
    "deployments/prefect.yaml",
    "deployments/README.md",
    *(f"docs/sources/{source.name}.md" for source in SOURCES),
)
"""The files with parts made from the declarations; README.md has the list of sources besides."""
GENERATED_PAGE = """<!-- [[[cog
import cog
from tests.source_documents import source_page
cog.out(source_page("{name}"))
]]] -->
<!-- [[[end]]] -->
"""
"""A page without words of its own. One who has more to say writes around `source_facts`."""


def source_page(name: str) -> str:
    """Return a whole page in Markdown: the docstring of the source's module, then its facts."""
    source = source_named(name)
    text = inspect.getdoc(importlib.import_module(f"tasks.sources.{name}")) or ""
    return f"# {name}: {source.title}\n\n{text}\n\n{source_facts(name)}"


def source_facts(name: str) -> str:
    """Return the facts of a source's declaration as Markdown tables and lists."""
    source = source_named(name)
    covers = source.covers
    columns = (covers.column, *covers.beside) if covers else ()
    spoken = " and ".join(f"`{column}`" for column in columns)
    facts = {
        "address": f"<{source.url}>",
        **(
            {"where that is gone": ", ".join(f"<{url}>" for url in source.further_urls)}
            if source.further_urls
            else {}
        ),
        "publisher": source.publisher,
        "licence": source.licence,
        "attribution": source.attribution,
        "published": cadence(source),
        **({"retired": source.ended} if source.ended else {}),
        **({"by hand": source.by_hand} if source.by_hand else {}),
        "a snapshot covers": f"the values of {spoken} in it" if covers else "the whole table",
    }
    lines = ["| | |", "|---|---|", *(f"| {what} | {fact} |" for what, fact in facts.items()), ""]
    lines += ["| table | key | figures |", "|---|---|---|"]
    for table in source.tables:
        key = key_of(table)
        figures = dict.fromkeys(name for layout in source.layouts_of(table) for name in layout)
        listed = ", ".join(name for name in figures if name not in key)
        lines.append(f"| `{source.name}.{table}` | {', '.join(key)} | {listed} |")
    for head, listed in _rules(source).items():
        lines += ["", f"{head}:", "", *(f"- {line}" for line in listed)] if listed else []
    return "\n".join([*lines, ""])


def _rules(source: Source) -> dict[str, list[str]]:
    """Return what the declaration does to rows and columns, as lines under their headings."""
    return {
        "Rows that are left out, because they are no countries": [
            f"`{text or '(blank)'}`: {why}" for text, why in source.not_countries.items()
        ],
        "Rows that are left out by the value of a column": [
            f"`{rule.column}` {_left_out(rule)}: {rule.reason}" for rule in source.leave_out
        ],
        "Columns side by side, each of whose cells is a row": [
            f"`{source.name}.{table}`: {', '.join(f'`{text}`' for text in how.names)}, read as "
            f"{how.into} and {name}"
            + (f"; `{how.total}` must be their sum, and is not published" if how.total else "")
            for table in source.tables
            for layout in source.layouts_of(table)
            for name, how in layout.items()
            if isinstance(how, Across)
        ],
        "Tables that are summed from another one": [
            f"`{source.name}.{table}` over the rows of `{source.name}.{how.table}`, where a "
            f"snapshot has only that"
            for table, how in source.sums.items()
        ],
        "Columns that are published and not compared": [
            f"`{source.name}.{table}.{column}`"
            for table in source.tables
            for column in sorted(source.not_compared(table))
        ],
        "Names of countries that only this publisher uses": [
            f"`{text}`: {code}" for text, code in source.countries.items()
        ],
    }


def _left_out(rule: LeaveOut) -> str:
    if rule.unlike:
        return f"has not the form `{rule.unlike}`"
    return _words(rule.values, "is") if rule.values else _words(rule.unless, "is not")


def _words(texts: tuple[str, ...], verb: str) -> str:
    return f"{verb} " + " or ".join(f"`{text}`" if text else "blank" for text in texts)


def cadence(source: Source) -> str:
    """Return how often a source publishes, in words."""
    return f"every {span(source.cadence)}".replace("every 1 ", "every ")


def why_off(source: Source) -> str:
    """Return why a schedule is off, as of the run-book; empty where it is on."""
    reasons = (("by hand", source.by_hand), ("ended", source.ended))
    return " Also ".join(f"{word}. {reason}" for word, reason in reasons if reason)


def deployments() -> str:
    """Return the deployments that ingest each source, as entries of a prefect.yaml."""
    return "\n".join(_deployment(source) for source in SOURCES)


def _deployment(source: Source) -> str:
    schedule = source.schedule
    lines = (
        "- <<: *ingest",
        f"  name: ingest-{source.name}",
        "  description: >-",
        fill(_description(source), 100, initial_indent=" " * 4, subsequent_indent=" " * 4),
        "  parameters:",
        f"    source: {source.name}",
        '    lake: "{{ $VAXWATCH_LAKE }}"',
        "  schedules:",
        f'    - cron: "{schedule.cron}"',
        f"      timezone: {schedule.timezone}",
        *([] if is_scheduled(source) else ["      active: false"]),
        f'  tags: ["vaxwatch", "source:{source.name}", "ingest"]',
    )
    return "\n".join([*lines, ""])


def _description(source: Source) -> str:
    """Return what a deployment does, and why its schedule is off and what works instead."""
    parts = [f"{source.title}, published {cadence(source)}.", source.schedule.note]
    if not is_scheduled(source):
        instead = "Give a file (ingest --file), or older snapshots by backfill."
        parts.append(f"Switched off: {why_off(source)} {instead}")
    return " ".join(part for part in parts if part)


def run_book() -> str:
    """Return the list of schedules for the run-book as a Markdown table, active ones first."""
    rows = [
        f"| `{source.name}` | {'on' if is_scheduled(source) else 'off'} | "
        f"{why_off(source) or source.schedule.note or 'its address serves the table'} |"
        for source in sorted(SOURCES, key=is_scheduled, reverse=True)
    ]
    return "\n".join(["| source | schedule | why |", "|---|---|---|", *rows, ""])


def write_missing_pages() -> None:
    """Write the page of every source that has none, to be filled by cog."""
    for source in SOURCES:
        page = ROOT / f"docs/sources/{source.name}.md"
        if not page.exists():
            page.write_text(GENERATED_PAGE.format(name=source.name), encoding="utf-8")


def main() -> int:
    """Write what is made from the declarations; return cog's exit code."""
    write_missing_pages()
    command = [sys.executable, "-m", "cogapp", "-r", "-I", str(ROOT), *FILES]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
