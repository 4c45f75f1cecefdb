"""The generated part of docs/validation.md on published tables; cog puts it there."""

from collections.abc import Iterator

from schemas.expectations.common import TOPICS
from schemas.expectations.expectation import Expectation
from schemas.expectations.tables import SUITES


def expectations_table() -> str:
    """Return every expectation with what it says and where it holds, as Markdown by question."""
    parts: list[str] = []
    for topic in TOPICS:
        parts += [f"**{topic}**", "", "| expectation | what people read | expected | tables |"]
        parts += ["|---|---|---|---|", *_lines(topic), ""]
    return "\n".join(parts)


def _lines(topic: str) -> Iterator[str]:
    """Yield a line for every expectation; those that differ in a column or in bounds have own."""
    tables: dict[Expectation, list[str]] = {}
    for table, suite in SUITES.items():
        for it in suite.expectations:
            if it.topic == topic:
                tables.setdefault(it, []).append(table)
    for it, named in tables.items():
        where = "all" if len(named) == len(SUITES) else ", ".join(named)
        needs = f"; needs {it.bound.needs} vintages before" if it.bound.needs > 1 else ""
        yield f"| `{it.name}` | {it.title}. {it.note} | {it.bound.words}{needs} | {where} |"
