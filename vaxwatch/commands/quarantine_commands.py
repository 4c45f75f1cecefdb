"""Commands on quarantined rows: quarantine list, show, replay."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import polars as pl
import typer
from rich.console import Console
from rich.text import Text

from schemas.contract_errors import BudgetExceeded
from schemas.errors import Damaged, Permanent, UnknownName
from tasks.quarantine.lifecycle import BLOCKED, WAITING
from tasks.raw.archive import archived_snapshot
from tasks.raw.raw_rows import raw_rows
from tasks.schema_drift.schema_log import SchemaLogFile
from tasks.sources import SOURCES, source_named
from vaxwatch.commands.command_runner import Run, command
from vaxwatch.commands.name_arguments import SourceArgument, complete_source
from vaxwatch.commands.source_runs import NoQualityOption, TrackOption, run_and_answer
from vaxwatch.commands.summary_tables import draw_replay
from vaxwatch.display import NOTHING, plural, when
from vaxwatch.documents import Document, plain, quarantine_documents
from vaxwatch.reader import Lake, open_lake

States = StrEnum("States", ["quarantined", "blocked", "released", "superseded"])


@command
def quarantine_list(
    run: Run,
    *,
    source: Annotated[
        str | None,
        typer.Option("--source", help="Only of this source.", autocompletion=complete_source),
    ] = None,
    state: Annotated[
        list[States] | None,
        typer.Option("--state", help="Only these; may be repeated. Else what still waits."),
    ] = None,
    rule: Annotated[str | None, typer.Option("--rule", help="Only what breaks this rule.")] = None,
    every: Annotated[
        bool, typer.Option("--all", help="What was released or superseded, too.")
    ] = False,
) -> int:
    """List the rows that could not be read, with the cell as published and the reason."""
    lake = open_lake(run.lake)
    rows = lake.quarantined(source).sort("source", "snapshot_as_of", "table", "row", "column_name")
    states = [one.value for one in state or ()] or [WAITING, BLOCKED]
    if not every or state:
        rows = rows.filter(pl.col("state").is_in(states))
    if rule is not None:
        rows = rows.filter(rule=rule)
    document = quarantine_documents(rows)
    blocked = [
        f"A snapshot is blocked as a whole. {refused.fault}"
        for one in SOURCES
        if source in {None, one.name}
        and (refused := SchemaLogFile(lake.store, one).log.unresolved_refusal())
        if refused.broken != BudgetExceeded.__name__  # its rows are listed one by one
    ]
    return run.answer(document, lambda console: _draw_list(console, document, blocked))


@command
def quarantine_show(
    run: Run,
    source: SourceArgument,
    wanted: Annotated[str, typer.Argument(metavar="ID", help="Of the vintage or snapshot.")],
    row: Annotated[int | None, typer.Argument(metavar="ROW", help="Only this row.")] = None,
) -> int:
    """Show quarantined rows whole, as they stand in the archived bytes."""
    lake = open_lake(run.lake)
    faults = lake.quarantined(source_named(source).name)
    mine = faults.filter(snapshot_id=wanted)
    if mine.is_empty():
        known = faults["snapshot_id"].unique(maintain_order=True).to_list()
        raise UnknownName("snapshot with rows in quarantine", wanted, known[::-1])
    shown = mine if row is None else mine.filter(row=row)
    if shown.is_empty():
        raise UnknownName("row in quarantine", str(row), [str(one) for one in mine["row"].unique()])
    document = _rows_document(lake, source, wanted, shown)
    return run.answer(document, lambda console: _draw_rows(console, document))


@command
def quarantine_replay(
    run: Run,
    source: SourceArgument,
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID…", help="Only these; else all that wait.")
    ] = None,
    *,
    no_quality: NoQualityOption = False,
    track: TrackOption = None,
) -> int:
    """Parse again, by today's parser and rules, what waits; each vintage keeps its own time."""
    how = {"quality": not no_quality, "ids": ids or []}
    return run_and_answer(run, "replay_quarantine", source, draw_replay, track=track, **how)


def _rows_document(lake: Lake, source: str, wanted: str, faults: pl.DataFrame) -> Document:
    snapshot = archived_snapshot(lake.store, source, wanted)
    if snapshot is None:
        where = f"{lake.uri}/raw/{source}/fetches/{wanted}.json"
        raise Damaged(where, "no evidence that can be read", "that of a snapshot in quarantine")
    places = {str(table): rows for table, rows in faults.group_by("table").agg("row").iter_rows()}
    failure = None
    cells: dict[tuple[str, int], dict[str, str | None]] = {}
    try:
        cells = raw_rows(lake.store, source_named(source), snapshot, wanted=places)
    except Permanent as error:
        failure = str(error)
    parts = faults.sort("table", "row").partition_by("table", "row", as_dict=True)
    rows = [
        {
            "table": table,
            "row": row,
            "cells": cells.get((str(table), int(row))),
            "faults": quarantine_documents(part),
        }
        for (table, row), part in parts.items()
    ]
    return {
        "source": source,
        "id": wanted,
        "as_of": plain(snapshot.retrieved_at),
        "url": snapshot.url,
        "bodies": plain(snapshot.bodies),
        "unread": failure,
        "rows": rows,
    }


def _draw_list(console: Console, listed: Sequence[Document], blocked: Sequence[str]) -> None:
    for sentence in blocked:
        console.print(sentence, soft_wrap=not console.is_terminal)
    if not listed:
        console.print("No row is in quarantine." if blocked else "Nothing is in quarantine.")
        return
    console.print(Text(f"{plural(len(listed), 'cell')} in quarantine", style="bold"))
    for fault in listed:
        value = NOTHING if fault["value"] is None else f"'{fault['value']}'"
        where = f"{fault['source']} {fault['id']} row {fault['row']}, {fault['column']} {value}"
        console.print(f"{where}: {_reason(fault)}", soft_wrap=not console.is_terminal)


def _reason(fault: Document) -> str:
    state = "" if fault["state"] == WAITING else f", {fault['state']}"
    return f"{fault['reason']} [{fault['rule']}{state}]"


def _draw_rows(console: Console, document: Document) -> None:
    as_of = when(document["as_of"])
    console.print(Text(f"{document['source']} as of {as_of} ({document['id']})", style="bold"))
    console.print(f"from {document['url']}", soft_wrap=True)
    for body in document["bodies"]:
        console.print(f"body {body['name']}: {body['size']:,} bytes, sha256 {body['sha256']}")
    if document["unread"]:
        console.print(f"The rows cannot be quoted: {document['unread']}")
    for row in document["rows"]:
        console.print()
        console.print(Text(f"{row['table']}, row {row['row']}", style="bold"))
        for fault in row["faults"]:
            console.print(f"{fault['column']}: {_reason(fault)}")
        cells: Document = row["cells"] or {}
        for name, cell in cells.items():
            console.print(Text(f"    {name}: {NOTHING if cell is None else cell}", style="dim"))
