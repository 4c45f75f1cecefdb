"""Pictures: how what is known looks on a screen."""

from collections.abc import Collection, Sequence
from pathlib import Path

import polars as pl
from rich.console import Console

from tasks.sources import source_named
from vaxwatch.display import draw_table, number, percent, plural, span, when
from vaxwatch.documents import Document

DAY = len("2022-02-10")
SHOWN = 60
"""Rows of a dataset that are drawn on a screen; files and JSON have all of them."""


def draw_sources(console: Console, listed: Sequence[Document]) -> None:
    """Draw every source, a line each; what else is to be known of some, and whom to thank."""
    headings = ("source", "publisher", "every", "last vintage", "state", "licence")
    lines = [
        (
            source["name"],
            source["publisher"],
            span(source_named(source["name"]).cadence),
            (source["last_as_of"] or "never")[:DAY],
            source["state"],
            source["licence"],
        )
        for source in listed
    ]
    draw_table(console, None, headings=headings, lines=lines)
    noted = [
        (source["name"], " ".join(note for note in (source["ended"], source["by_hand"]) if note))
        for source in listed
        if source["ended"] or source["by_hand"]
    ]
    draw_table(console, None, headings=("source", "note"), lines=noted)
    thanked = [(source["name"], source["attribution"]) for source in listed]
    draw_table(console, None, headings=("source", "cite as"), lines=thanked)


def draw_vintages(console: Console, dataset: str, listed: Sequence[Document]) -> None:
    """Draw the vintages of a dataset, a line each."""
    headings = ("id", "as of", ">rows", ">inserted", ">updated", ">deleted", "says")
    counts = ("rows", "inserted", "updated", "deleted")
    lines = [
        (
            vintage["id"],
            when(vintage["as_of"]),
            *(vintage[count] for count in counts),
            "held" if vintage["held"] else "something new" if vintage["is_new"] else "the same",
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
            changed["kind"],
        )
        for changed in listed[:SHOWN]
    ]
    draw_table(console, title, headings=headings, lines=lines)
    if len(listed) > SHOWN:
        console.print(f"{number(len(listed) - SHOWN)} more figures: --where or --json.")
