"""Commands that read a lake: vintages, asof, diff, history."""

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

import polars as pl
import typer
from polars.exceptions import PolarsError

from schemas.errors import StoreUnavailable, WrongUse
from schemas.wording import ARROW
from tasks.exports.spreadsheet_text import without_formulas
from vaxwatch.commands.command_runner import DONE, Run, command
from vaxwatch.commands.name_arguments import DatasetArgument
from vaxwatch.commands.result_tables import draw_diff, draw_history, draw_rows, draw_vintages
from vaxwatch.console import report
from vaxwatch.datasets import Where
from vaxwatch.display import when
from vaxwatch.documents import diff_documents, history_documents, rows, vintage_documents
from vaxwatch.reader import open_lake

NEAR = 5
"""Similar values that are offered for one that never occurred."""
WhereOption = Annotated[
    list[str] | None,
    typer.Option("--where", metavar="K=V", help="Only rows with this value; may be repeated."),
]


@command
def vintages(run: Run, dataset: DatasetArgument) -> int:
    """List every vintage of a dataset, those that were retracted as well."""
    frame = open_lake(run.lake, is_pinned=True).vintages(dataset, with_retracted=True)
    document = vintage_documents(frame)
    return run.answer(document, lambda console: draw_vintages(console, dataset, document))


@command
def asof(
    run: Run,
    dataset: DatasetArgument,
    time: Annotated[str, typer.Argument(metavar="TIME|ID", help="A date means its end.")],
    where: WhereOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="F.parquet|F.csv", help="Write the rows there.")
    ] = None,
    *,
    csv_safe: Annotated[
        bool, typer.Option("--csv-safe", help="With --out F.csv: no text is a formula in Excel.")
    ] = False,
) -> int:
    """Show a dataset as it was known at a time."""
    if out is not None:
        _refuse_unwritable(out)
    if csv_safe and (out is None or out.suffix != ".csv"):
        raise WrongUse("--csv-safe is for --out F.csv: nothing else is opened as formulas.")
    lake = open_lake(run.lake, is_pinned=True)
    vintage = lake.vintage(dataset, time)
    frame = lake.asof(dataset, vintage.id, conditions(where))
    if out is not None:
        _write(without_formulas(frame) if csv_safe else frame, out)
    document = {
        "dataset": dataset,
        "as_of": vintage.as_of.isoformat(),
        "id": vintage.id,
        "rows": rows(frame) if run.asked.as_json else [],
    }
    held = "; it is held: `latest` waits for its release" if vintage.held else ""
    title = f"{dataset} as of {when(vintage.as_of)} ({vintage.id}{held})"
    key = lake.key(dataset)
    return run.answer(document, lambda console: draw_rows(console, title, frame, key=key, out=out))


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
    return run.answer(document, lambda console: draw_diff(console, title, document))


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
        report(_explain_no_match(lake.history(dataset, {}), wanted))
    return DONE


def conditions(given: Sequence[str] | None) -> dict[str, object]:
    """Return the column and value of each K=V. Raises WrongUse where there is no '='."""
    pairs = [text.partition("=") for text in given or []]
    for name, equals, value in pairs:
        if not equals or not name.strip():
            raise WrongUse(f"--where '{name}{value}' has no value; expected K=V, like iso3=PRK.")
    return {name.strip(): value.strip() for name, _, value in pairs}


def _refuse_unwritable(out: Path) -> None:
    if out.suffix not in {".parquet", ".csv"}:
        raise WrongUse(f"--out {out}: expected a name that ends in .parquet or .csv.")
    if not out.parent.is_dir():
        raise WrongUse(f"--out {out}: there is no folder {out.parent}. Make it first.")


def _write(frame: pl.DataFrame, out: Path) -> None:
    try:
        (frame.write_parquet if out.suffix == ".parquet" else frame.write_csv)(out)
    except (OSError, PolarsError) as error:  # Parquet on a full disk is a ComputeError
        raise StoreUnavailable(f"--out {out}", f"could not be written: {error}") from error


def _explain_no_match(known: pl.DataFrame, where: Where) -> str:
    """Return why no row matched: each value that never occurred, with up to five similar ones."""
    sentences: list[str] = []
    for column, value in where.items():
        values: list[str] = []
        if column in known.columns:
            values = known[column].cast(pl.String).drop_nulls().unique().sort().to_list()
        if value not in values:
            near = ", ".join(near_values(str(value), values))
            similar = f"near it: {near}." if near else f"nothing of {len(values):,} is near."
            sentences.append(f"There is no {column} '{value}'; {similar}")
    sentences = sentences or ["No row has all of these at once."]
    return " ".join(["Values are matched exactly.", *sentences])


def near_values(value: str, values: Sequence[str]) -> list[str]:
    """Return up to five values similar to one, the most similar first; case does not count.

    >>> near_values("astra zeneca", ["AstraZeneca", "Covovax"])
    ['AstraZeneca']
    """
    by_lower = {known.casefold(): known for known in values}
    near = get_close_matches(value.casefold(), by_lower, n=NEAR, cutoff=0.5)
    return [by_lower[name] for name in near]
