"""The commands `export xlsx`, `export csv`, `export delta`: tables as files for other programs."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from schemas.errors import WrongUse
from tasks.exports.csv_folder import write_csv_folder
from tasks.exports.delta_tables import require_deltalake, write_delta_tables
from tasks.exports.replaced_output import refuse_to_replace, replaced
from tasks.exports.workbook import write_workbook
from vaxwatch.commands.command_runner import Run, command, waiting
from vaxwatch.commands.name_arguments import complete_dataset
from vaxwatch.display import plural
from vaxwatch.documents import Document
from vaxwatch.export_tables import LATEST, delta_dataset, exported_tables
from vaxwatch.reader import open_lake

Written = Sequence[tuple[str, int, list[str]]]
"""Of each table its name, its rows, and where in the export it is."""
NamesArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="DATASET…",
        help="<source>.<table>, or marts.<mart>; all of them without one.",
        autocompletion=complete_dataset,
    ),
]
AsOfOption = Annotated[
    str, typer.Option("--as-of", metavar="TIME", help="As known then; a date means its end.")
]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace an earlier export.")]


@command
def xlsx(
    run: Run,
    names: NamesArgument = None,
    *,
    out: Annotated[Path, typer.Option("--out", metavar="F.xlsx", help="Write the workbook there.")],
    as_of: AsOfOption = LATEST,
    force: ForceOption = False,
) -> int:
    """Write tables as an Excel workbook: a sheet each, and one with sources and licences."""
    if out.suffix != ".xlsx":
        raise WrongUse(f"--out {out}: expected a name that ends in .xlsx.")
    refuse_to_replace(out, force=force)
    tables, notes = exported_tables(open_lake(run.lake, is_pinned=True), names or [], as_of)
    with waiting(run, f"Write {out}"), replaced(out, force=force) as made:
        written = write_workbook(tables, made)
    notes += [_split(name, rows, sheets) for name, rows, sheets in written if len(sheets) > 1]
    return _answer(run, out, written, as_of, notes)


@command
def csv(
    run: Run,
    names: NamesArgument = None,
    *,
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Write the files there.")],
    as_of: AsOfOption = LATEST,
    csv_safe: Annotated[
        bool, typer.Option("--csv-safe", help="No text is a formula in Excel.")
    ] = False,
    force: ForceOption = False,
) -> int:
    """Write tables as CSV files into a folder, with sources.csv and columns.csv."""
    refuse_to_replace(out, force=force)
    tables, notes = exported_tables(open_lake(run.lake, is_pinned=True), names or [], as_of)
    with waiting(run, f"Write {out}"), replaced(out, force=force) as made:
        written = write_csv_folder(tables, made, is_safe=csv_safe)
    return _answer(run, out, written, as_of, notes)


@command
def delta(
    run: Run,
    names: NamesArgument = None,
    *,
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Write the tables there.")],
    as_of: AsOfOption = LATEST,
    force: ForceOption = False,
) -> int:
    """Write datasets as Delta tables: all versions of their rows, and all changed figures."""
    require_deltalake()
    refuse_to_replace(out, force=force)
    lake = open_lake(run.lake, is_pinned=True)
    tables, notes = exported_tables(lake, names or [], as_of, with_marts=False)
    datasets = [(table, delta_dataset(lake, table, as_of)) for table in tables]
    with waiting(run, f"Write {out}"), replaced(out, force=force) as made:
        written = write_delta_tables(datasets, made)
    return _answer(run, out, written, as_of, notes)


def _split(name: str, rows: int, sheets: Sequence[str]) -> str:
    where = ", ".join(sheets)
    return f"{name}: {rows:,} rows are more than a sheet takes; they are split over {where}."


def _answer(run: Run, out: Path, written: Written, as_of: str, notes: Sequence[str]) -> int:
    document: Document = {
        "lake": run.lake,
        "out": str(out),
        "as_of": as_of,
        "tables": [
            {"name": name, "rows": rows, "places": list(places)} for name, rows, places in written
        ],
        "notes": list(notes),
    }
    return run.answer(document, lambda console: _draw(console, document))


def _draw(console: Console, document: Document) -> None:
    tables = document["tables"]
    rows = sum(one["rows"] for one in tables)
    for note in document["notes"]:
        console.print(note)
    count = f"{plural(len(tables), 'table')} with {plural(rows, 'row')}"
    asked = document["as_of"]
    known = "of the newest version" if asked == "latest" else f"as of {asked}"
    console.print(f"{count} {known}, with sources and licences: {document['out']}")
