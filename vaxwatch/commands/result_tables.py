"""Pictures: how what is known looks on a screen."""

from collections.abc import Collection, Sequence
from pathlib import Path

import polars as pl
from rich.console import Console

from vaxwatch.display import draw_table, number, percent, plural, span, when
from vaxwatch.documents import Document

DAY = len("2022-02-10")
GONE = {
    "source_removed": "(row removed)",
    "renamed": "(row renamed)",
    "below_threshold": "(too small to be printed)",
    "our_parser": "(our parser has changed)",
}
"""Why a row went, in words."""
SIGHTINGS = ("status", "gone", "last_seen", "seen", "unseen")
"""What the history of a row has besides its figures."""
SHOWN = 60
"""Rows of a dataset that are drawn on a screen; files and JSON have all of them."""


def draw_sources(
    console: Console, listed: Sequence[Document], cadences: Mapping[str, timedelta]
) -> None:
    """Draw every source in a row, then notes on some of them, then how to cite each."""
    headings = ("source", "publisher", "every", "last vintage", "state", "licence")
    rows = [
        (
            source["name"],
            source["publisher"],
            duration(cadences[source["name"]]),
            (source["last_as_of"] or "never")[:DAY],
            source["state"],
            source["licence"],
        )
        for source in listed
    ]
    draw_table(console, None, headings=headings, rows=rows)
    notes = [
        (source["name"], note)
        for source in listed
        if (note := " ".join(filter(None, (source["frozen"], source["ended"], source["by_hand"]))))
    ]
    draw_table(console, None, headings=("source", "note"), rows=notes)
    citations = [(source["name"], source["attribution"]) for source in listed]
    draw_table(console, None, headings=("source", "cite as"), rows=citations)


def draw_vintages(console: Console, dataset: str, listed: Sequence[Document]) -> None:
    """Draw the vintages of a dataset, a line each."""
    counts = ["rows", "inserted", "updated", "deleted", "unchanged"]
    # what stays zero for a source that speaks for its whole table is not drawn
    counts += [name for name in ("unseen", "hidden") if any(vintage[name] for vintage in listed)]
    headings = ("id", "as of", *(f">{count}" for count in counts), "says")
    lines = [
        (
            vintage["id"],
            when(vintage["as_of"]),
            *(vintage[count] for count in counts),
            "held" if vintage["held"] else "new" if vintage["is_new"] else "the same",
        )
        for vintage in listed
    ]
    title = f"{dataset}: {plural(len(listed), 'vintage')}"
    draw_table(console, title, headings=headings, lines=lines)


def draw_rows(
    console: Console,
    title: str,
    frame: pl.DataFrame,
    *,
    key: Collection[str],
    out: Path | None = None,
) -> None:
    """
    Draw the rows of a dataset, or say where they were written.

    What is in `key` names a row: a number there (a year) is written without separators.
    """
    if out is not None:
        console.print(f"{title}: {plural(frame.height, 'row')} written to {out}.")
        return
    if not frame.height:
        console.print(f"{title}: no row.")
        return
    names = [name for name in key if frame.schema.get(name, pl.Null()).is_integer()]
    shown = frame.head(SHOWN).with_columns(pl.col(names).cast(pl.String))
    figures = frame.select(pl.selectors.numeric()).columns
    headings = [f">{name}" if name in figures else name for name in frame.columns]
    draw_table(console, title, headings=headings, lines=shown.rows())
    if frame.height > SHOWN:
        console.print(f"{frame.height - SHOWN:,} more rows: --where, --json, or --out F.parquet.")


def draw_history(
    console: Console, title: str, listed: Sequence[Document], *, key: Sequence[str]
) -> None:
    """Draw how rows changed: a line per version, what became of it, and when it was last seen."""
    if not listed:
        console.print(f"{title}: no row.")
        return
    figures = [name for name in listed[0] if name not in {"as_of", "id", "key", *SIGHTINGS}]
    headings = ("as of", *key, *(f">{name}" for name in figures), "then", "last seen")
    lines = [
        (
            when(told["as_of"]),
            *(str(told["key"][name]) for name in key),
            *(told[name] for name in figures),
            _became(told),
            when(told["last_seen"]) if told["last_seen"] else None,
        )
        for told in listed[:SHOWN]
    ]
    draw_table(console, title, headings=headings, lines=lines)
    if len(listed) > SHOWN:
        console.print(f"{number(len(listed) - SHOWN)} more changes: --where or --json.")


def _became(told: Document) -> str:
    """
    Return in words what a vintage says of a row, and what those after it did.

    >>> _became({"status": "printed", "seen": 3, "unseen": 2})
    'seen in 3 vintages, not in 2'
    >>> _became({"status": "gone", "gone": "renamed"})
    'gone (row renamed)'
    """
    if told["status"] == "gone":
        return f"gone {GONE[told['gone']]}"
    if told["status"] == "unreadable":
        return "could not be read"
    unseen = f", not in {told['unseen']}" if told["unseen"] else ""
    return f"seen in {plural(told['seen'], 'vintage')}{unseen}"


def draw_diff(console: Console, title: str, listed: Sequence[Document]) -> None:
    """Draw changed figures, a line each."""
    if not listed:
        console.print(f"{title}: nothing changed.")
        return
    headings = ("key", "column", ">before", ">after", ">change", ">", "kind")
    lines = [
        (
            " ".join(str(value) for value in changed["key"].values()),
            *(changed[name] for name in ("column", "before", "after", "change")),
            percent(changed["rel_change"]),
            " ".join([changed["kind"], *(GONE[it] for it in [changed["gone"]] if it)]),
        )
        for changed in listed[:SHOWN]
    ]
    draw_table(console, title, headings=headings, lines=lines)
    if len(listed) > SHOWN:
        console.print(f"{number(len(listed) - SHOWN)} more figures: --where or --json.")
