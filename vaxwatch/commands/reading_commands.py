"""Commands that read a lake: vintages, asof, diff, history."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from schemas.errors import StoreUnavailable, WrongUse
from schemas.wording import ARROW
from vaxwatch.commands.command_runner import DONE, Run, command, report
from vaxwatch.commands.result_tables import draw_diff, draw_history, draw_rows, draw_vintages
from vaxwatch.display import when
from vaxwatch.documents import diff_documents, history_documents, rows, vintage_documents
from vaxwatch.query_arguments import explain_no_match
from vaxwatch.reader import open_lake

DatasetArgument = Annotated[str, typer.Argument(metavar="DATASET", help="<source>.<table>")]
WhereOption = Annotated[
    list[str] | None,
    typer.Option("--where", metavar="K=V", help="Only rows with this value; may be repeated."),
]


@command
def vintages(run: Run, dataset: DatasetArgument) -> int:
    """List every vintage of a dataset."""
    frame = open_lake(run.lake, is_pinned=True).vintages(dataset)
    document = vintage_documents(frame)
    run.answer(document, lambda console: draw_vintages(console, dataset, document))
    return DONE


@command
def asof(
    run: Run,
    dataset: DatasetArgument,
    time: Annotated[str, typer.Argument(metavar="TIME|ID", help="A date means its end.")],
    where: WhereOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="F.parquet|F.csv", help="Write the rows there.")
    ] = None,
) -> int:
    """Show a dataset as it was known at a time."""
    if out is not None:
        refuse_unwritable(out)
    lake = open_lake(run.lake, is_pinned=True)
    vintage = lake.vintage(dataset, time)
    frame = lake.asof(dataset, vintage.id, conditions(where))
    if out is not None:
        write(frame, out)
    document = {
        "dataset": dataset,
        "as_of": vintage.as_of.isoformat(),
        "id": vintage.id,
        "rows": rows(frame) if run.asked.as_json else [],
    }
    held = "; it is held: `latest` waits for its release" if vintage.held else ""
    title = f"{dataset} as of {when(vintage.as_of)} ({vintage.id}{held})"
    key = lake.key(dataset)
    run.answer(document, lambda console: draw_rows(console, title, frame, key=key, out=out))
    return DONE


@command
def diff(
    run: Run,
    dataset: DatasetArgument,
    a: Annotated[str, typer.Argument(metavar="A", help="A time, a vintage's id, or latest.")],
    b: Annotated[str, typer.Argument(metavar="B", help="The same.")],
    where: WhereOption = None,
) -> int:
    """Show every figure that differs between two vintages."""
    lake = open_lake(run.lake, is_pinned=True)
    before, after = lake.vintage(dataset, a), lake.vintage(dataset, b)
    document = diff_documents(lake.diff(dataset, before.id, after.id, where=conditions(where)))
    title = f"{dataset}: {when(before.as_of)} {ARROW} {when(after.as_of)}"
    run.answer(document, lambda console: draw_diff(console, title, document))
    return DONE


@command
def history(
    run: Run,
    dataset: DatasetArgument,
    where: Annotated[
        list[str], typer.Option("--where", metavar="K=V", help="Which row; may be repeated.")
    ],
) -> int:
    """Show how one row's figures changed over the vintages.

    Each version shows how many vintages printed it and which was the last; a row that is gone shows
    the cause.
    """
    lake = open_lake(run.lake, is_pinned=True)
    wanted = conditions(where)
    frame = lake.history(dataset, wanted)
    key = lake.key(dataset)
    document = history_documents(frame, key)
    title = ", ".join([dataset, *(f"{name}={value}" for name, value in wanted.items())])
    run.answer(document, lambda console: draw_history(console, title, document, key=key))
    if frame.is_empty():
        report(explain_no_match(lake.history(dataset, {}), wanted))
    return DONE


def conditions(given: Sequence[str] | None) -> dict[str, object]:
    """Return the column and value of each K=V. Raises WrongUse where there is no '='.

    >>> conditions(["iso3=PRK"])
    {'iso3': 'PRK'}
    """
    pairs = [text.partition("=") for text in given or []]
    for name, equals, value in pairs:
        if not equals or not name.strip():
            raise WrongUse(f"--where '{name}{value}' has no value; expected K=V, like iso3=PRK.")
    return {name.strip(): value.strip() for name, _, value in pairs}


def refuse_unwritable(out: Path) -> None:
    """Raise WrongUse for a file name without .parquet or .csv, or in a missing folder."""
    if out.suffix not in {".parquet", ".csv"}:
        raise WrongUse(f"--out {out}: expected a name that ends in .parquet or .csv.")
    if not out.parent.is_dir():
        raise WrongUse(f"--out {out}: there is no folder {out.parent}. Make it first.")


def write(frame: pl.DataFrame, out: Path) -> None:
    """Write a frame to a .parquet or .csv file. Raises StoreUnavailable when that fails."""
    try:
        (frame.write_parquet if out.suffix == ".parquet" else frame.write_csv)(out)
    except OSError as error:
        raise StoreUnavailable(f"--out {out}", f"could not be written: {error}") from error
