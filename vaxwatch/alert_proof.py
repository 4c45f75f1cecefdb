"""Proof of an alert: the archived rows behind it, what the others did, how to reproduce it.

Promises: made when somebody reads the alert, from bytes that never change; what is damaged or gone
is a sentence in the answer.
"""

from collections.abc import Mapping, Sequence
from shlex import quote
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from schemas.alerts import ACTIONS, Alert, Event
from schemas.wording import ARROW, figure, percent, printable
from vaxwatch.display import draw_wrapped, plural, when
from vaxwatch.documents import Document
from vaxwatch.reader import Lake

DEFAULT_LAKE: Final = "./lake"
RUNBOOK: Final = "docs/rules.md#{}"
"""The page of the repository; each rule has its anchor."""
OF_ONE_VERSION: Final = frozenset({"R5", "R6", "R8", "R9", "R11", "R16"})
"""Rules that judge what one version shows, and no change between two."""
INDENT: Final = 2
SIBLINGS: Final = {
    "rose": "rose for {}",
    "fell": "fell for {}",
    "stayed": "stayed for {}",
    "appeared": "appeared for {}",
    "vanished": "vanished for {}",
}


def alert_proof(lake: Lake, alert: Alert, events: Sequence[Event], *, address: str) -> Document:
    """Return what proves an alert, as JSON values.

    Args:
        lake: Where the alert is.
        alert: The alert.
        events: Its events, oldest first.
        address: The lake as it is typed.

    Returns:
        siblings [a sentence; null where its evidence has none], command [to be typed, shows the
        figures], runbook [page and anchor], raw_rows [for both versions, the older one first, see
        `tasks.alerts.raw_evidence.quoted_rows`].
    """
    judged = [event for event in events if event.kind not in ACTIONS]
    stated = next((one for one in reversed(judged) if one.as_of == alert.as_of), judged[-1])
    before: Mapping[str, Any] = stated.evidence.get("compared_with") or {}
    ids = [name for name in (before.get("id"), stated.id) if name]
    around = stated.evidence.get("siblings")
    return {
        "siblings": siblings_sentence(around, alert.column or "") if around else None,
        "command": _command(alert, ids, address),
        "runbook": RUNBOOK.format(alert.rule.lower()),
        "raw_rows": _raw_rows(lake, alert, ids, stated.evidence.get("children", ())),
    }


def _raw_rows(
    lake: Lake, alert: Alert, ids: Sequence[str], children: Sequence[Mapping[str, Any]]
) -> list[Document]:
    """Return the rows of each version; without rows where the alert is about no figure."""
    from tasks.alerts.raw_evidence import Figures, named_keys, quoted_rows  # noqa: PLC0415 (parsers)
    from tasks.sources import source_named  # noqa: PLC0415 (as above)

    source, _, table = alert.dataset.partition(".")
    keys = list(named_keys(alert.key, children)) if alert.column or children else []
    figures = Figures(table=table, keys=keys, column=alert.column)
    return [quoted_rows(lake.store, source_named(source), name, figures) for name in ids]


def siblings_sentence(around: Mapping[str, Any], column: str) -> str:
    """Return what a figure did in all countries in one version, from the evidence.

    >>> counts = dict(rose=1, fell=45, stayed=150, appeared=0, vanished=0)
    >>> siblings_sentence({**counts, "total_before": 10, "total_after": 5}, "doses_delivered")
    'In this version the figure rose for 1 country, fell for 45 and stayed for 150; \
over all countries 10 \u2192 5 (\u221250.0 %).'
    """
    named = [text.format(f"{around[name]:,}") for name, text in SIBLINGS.items() if around[name]]
    if named:
        count = next(around[name] for name in SIBLINGS if around[name])
        named[0] += " country" if count == 1 else " countries"
    text = " and ".join(filter(None, (", ".join(named[:-1]), *named[-1:]))) or "is of no country"
    before, after = around["total_before"], around["total_after"]
    if before is None or after is None:
        return f"In this version the figure {text}."
    share = f" ({percent((after - before) / before)})" if before > 0 else ""
    totals = f"{figure(before, column)} {ARROW} {figure(after, column)}{share}"
    return f"In this version the figure {text}; over all countries {totals}."


def _command(alert: Alert, ids: Sequence[str], address: str) -> str:
    """Return the command that shows the figures of an alert."""
    where = [f"--where {quote(f'{name}={value}')}" for name, value in alert.key.items()]
    if alert.column is None and not where:
        words = ["vintages", alert.dataset]
    elif alert.rule in OF_ONE_VERSION or len(ids) == 1 or alert.before == alert.after:
        words = ["asof", alert.dataset, ids[-1], *where]
    else:
        words = ["diff", alert.dataset, *ids, *where]
    lake = [] if address == DEFAULT_LAKE else ["--lake", quote(address)]
    return " ".join(["vaxwatch", *words, *lake])


def draw_proof(console: Console, document: Document) -> None:
    """Draw what `alert_proof` returns."""
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
