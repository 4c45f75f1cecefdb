"""Draws the proof of an alert in a terminal: what others did, how to reproduce it, its rows."""

from typing import Final

from rich.console import Console
from rich.text import Text

from schemas.wording import printable
from vaxwatch.display import draw_wrapped, plural, when
from vaxwatch.documents import Document

INDENT: Final = 2


def draw_proof(console: Console, document: Document) -> None:
    """Draw what `tasks.alerts.alert_proof.alert_proof` returns."""
    if document["siblings"]:
        _draw(console, document["siblings"])
    console.print(f"Reproduce: {printable(document['command'])}", soft_wrap=True)
    console.print(f"What the rule means and how to check it: {document['runbook']}")
    for version in document["raw_rows"]:
        as_of = when(version["as_of"]) if version["as_of"] else "an unknown time"
        _draw(console, f"As of {as_of} from {version['source_url'] or 'an unknown address'}:")
        for body in version["bodies"]:
            size = f"{body['size']:,} bytes"
            _draw(console, f"body {body['name']}, {size}: {body['archived']}", indent=2 * INDENT)
        for row in version["rows"]:
            _draw(console, _row_text(row), indent=2 * INDENT)
        if version["more"]:
            _draw(console, f"and {plural(version['more'], 'row')} more", indent=2 * INDENT)
        if version["unparsable"]:
            _draw(console, f"The rows cannot be quoted: {version['unparsable']}", indent=2 * INDENT)


def _row_text(row: Document) -> str:
    """Return a row as the file has it, else its cells that are not blank."""
    if row["text"] is not None:
        return f"line {row['line']:,}: {row['text']}"
    cells = ", ".join(f"{name}: {cell}" for name, cell in row["cells"].items() if cell)
    return f"{row['table']}, row {row['row']:,}: {cells}"


def _draw(console: Console, text: str, *, indent: int = INDENT) -> None:
    draw_wrapped(console, Text(printable(text)), indent=indent)
