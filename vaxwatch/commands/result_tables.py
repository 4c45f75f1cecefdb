"""Tables on the screen: vintages, rows, histories and changes of a dataset."""

from collections.abc import Collection, Sequence
from pathlib import Path

import polars as pl
from rich.console import Console

from schemas.wording import percent
from vaxwatch.display import NOTHING, draw_table, plural, when
from vaxwatch.documents import Document

GONE = {
    "source_removed": "(row removed)",
    "renamed": "(row renamed)",
    "below_threshold": "(too small to be printed)",
    "our_parser": "(our parser has changed)",
}
"""Why a row went, in words."""
OBSERVATION = ("status", "gone", "last_seen", "seen", "unseen")
"""Columns of a history besides the key and the figures."""
MINUTE = len("2022-02-10T06:00")
SHOWN = 60
"""Rows of a dataset that are drawn on a screen; files and JSON have all of them."""


def draw_vintages(console: Console, dataset: str, listed: Sequence[Document]) -> None:
    """Draw the vintages of a dataset, one in a line."""
    counts = ["rows", "inserted", "updated", "deleted", "unchanged"]
    # always zero for a source that covers its whole table
    counts += [name for name in ("unseen", "hidden") if any(vintage[name] for vintage in listed)]
    headings = ("id", "as of", *(f">{count}" for count in counts), "news")
    lines = [
        (
            vintage["id"],
            when(vintage["as_of"]),
            *(vintage[count] for count in counts),
            _news(vintage),
        )
        for vintage in listed
    ]
    title = f"{dataset}: {plural(len(listed), 'vintage')}"
    draw_table(console, title, headings=headings, lines=lines)
    for vintage in listed:
        if retracted := vintage["retracted"]:
            by = f" by {retracted['by']}" if retracted["by"] else ""
            at = f"{retracted['at'][:MINUTE]}Z"
            console.print(f"{vintage['id']} was retracted {at}{by}: {retracted['reason']}")


def _news(vintage: Document) -> str:
    if vintage["retracted"]:
        return "retracted"
    return "held" if vintage["held"] else "new" if vintage["is_new"] else "the same"


def draw_rows(
    console: Console,
    title: str,
    frame: pl.DataFrame,
    *,
    key: Collection[str],
    out: Path | None = None,
) -> None:
    """Draw the rows of a dataset, or report the file they were written to.

    A number in a `key` column (a year) identifies a row and has no separators.
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
    _count_more(console, frame.height, "row", "--where, --json, or --out F.parquet")


def draw_history(
    console: Console, title: str, listed: Sequence[Document], *, key: Sequence[str]
) -> None:
    """Draw how rows changed: one version in a line, its outcome, and its last observation."""
    if not listed:
        console.print(f"{title}: no row.")
        return
    figures = [name for name in listed[0] if name not in {"as_of", "id", "key", *OBSERVATION}]
    headings = ("as of", *key, *(f">{name}" for name in figures), "then", "last seen")
    lines = [
        (
            when(version["as_of"]),
            *(str(version["key"][name]) for name in key),
            *(version[name] for name in figures),
            _outcome(version),
            when(version["last_seen"]) if version["last_seen"] else None,
        )
        for version in listed[:SHOWN]
    ]
    draw_table(console, title, headings=headings, lines=lines)
    _count_more(console, len(listed), "change", "--where or --json")


def draw_diff(console: Console, title: str, listed: Sequence[Document]) -> None:
    """Draw changed figures, one in a line."""
    if not listed:
        console.print(f"{title}: nothing changed.")
        return
    headings = ("key", "column", ">before", ">after", ">change", ">%", "kind")
    lines = [
        (
            " ".join(str(value) for value in changed["key"].values()),
            *(changed[name] for name in ("column", "before", "after", "change")),
            NOTHING if changed["rel_change"] is None else percent(changed["rel_change"]),
            " ".join([changed["kind"], *(GONE[cause] for cause in [changed["gone"]] if cause)]),
        )
        for changed in listed[:SHOWN]
    ]
    draw_table(console, title, headings=headings, lines=lines)
    _count_more(console, len(listed), "figure", "--where or --json")


def _outcome(version: Document) -> str:
    """Return in words what a version states, and how many later vintages printed it."""
    if version["status"] == "gone":
        return f"gone {GONE[version['gone']]}"
    if version["status"] == "unreadable":
        return "could not be read"
    unseen = f", not in {version['unseen']}" if version["unseen"] else ""
    return f"seen in {plural(version['seen'], 'vintage')}{unseen}"


def _count_more(console: Console, count: int, noun: str, options: str) -> None:
    if count > SHOWN:
        console.print(f"and {plural(count - SHOWN, f'more {noun}')}: {options}.")
