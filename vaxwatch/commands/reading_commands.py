"""What is known: sources, vintages, asof, diff, history."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from schemas.errors import StoreUnavailable, WrongUse
from tasks.schema_drift.schema_log import RefusedSnapshot, SchemaLogFile
from tasks.sources import SOURCES
from tasks.vault.backends.open_store import open_store
from vaxwatch.commands.command_runner import Run, command
from vaxwatch.commands.exit_codes import DONE
from vaxwatch.commands.result_tables import (
    draw_diff,
    draw_history,
    draw_rows,
    draw_sources,
    draw_vintages,
)
from vaxwatch.display import ARROW, when
from vaxwatch.documents import (
    Document,
    diff_documents,
    freshness,
    history_documents,
    iso_duration,
    plain,
    rows,
    vintage_documents,
)
from vaxwatch.query_arguments import explain_no_match
from vaxwatch.reader import Lake, open_lake

DatasetArgument = Annotated[str, typer.Argument(metavar="DATASET", help="<source>.<table>")]
WhereOption = Annotated[
    list[str] | None,
    typer.Option("--where", metavar="K=V", help="Only rows with this value; may be repeated."),
]


@command
def sources(run: Run) -> int:
    """Show what is watched: publisher, cadence, licence, last vintage, freshness."""
    lake, now = Lake(open_store(run.lake)), datetime.now(UTC)
    document = source_documents(lake, now)
    run.answer(document, lambda console: draw_sources(console, document))
    if not lake.exists():
        typer.echo(f"There is no lake at {run.lake} yet; `vaxwatch demo` makes one.", err=True)
    return DONE


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
    """Show every figure that two vintages state differently."""
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
    """
    Show how one row's figures changed over the vintages.

    Of each version: how many vintages printed it, and the last that did; a row that went says why.
    """
    lake = open_lake(run.lake, is_pinned=True)
    asked = conditions(where)
    frame = lake.history(dataset, asked)
    key = lake.key(dataset)
    document = history_documents(frame, key)
    said = ", ".join(f"{name}={value}" for name, value in asked.items())
    title = f"{dataset}, {said}"
    run.answer(document, lambda console: draw_history(console, title, document, key=key))
    if frame.is_empty():
        typer.echo(explain_no_match(lake.history(dataset, {}), asked), err=True)
    return DONE


def conditions(given: Sequence[str] | None) -> dict[str, object]:
    """
    Return the column and value of each K=V. Raises WrongUse where there is no '='.

    >>> conditions(["iso3=PRK"])
    {'iso3': 'PRK'}
    """
    pairs = [text.partition("=") for text in given or []]
    for name, equals, value in pairs:
        if not equals or not name.strip():
            raise WrongUse(f"--where '{name}{value}' says no value; expected K=V, like iso3=PRK.")
    return {name.strip(): value.strip() for name, _, value in pairs}


def refuse_unwritable(out: Path) -> None:
    """Raise WrongUse for a name that is no .parquet or .csv, or in no folder."""
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


def source_documents(lake: Lake, now: datetime) -> list[Document]:
    """
    Return every declared source in the shape of `sources --json`.

    state: active when the last vintage is at most two cadences old, else stale; so is a source
    that was never ingested here (last_as_of null). closed: nothing new comes any more, `ended` says
    since when. frozen: the newest snapshot broke the contract with its source, and nothing is
    published until it can be read; `frozen` says why. `by_hand`: how to get the file of a page for
    people. All three are empty where they say nothing.
    """
    vaults = lake.vaults()
    last = {name: vault.vintages()[-1].as_of for name, vault in vaults.items()}
    refused = {
        source.name: SchemaLogFile(lake.store, source).log.unresolved_refusal()
        for source in SOURCES
    }
    at = {name: one.as_of for name, one in refused.items() if one}
    return [
        {
            "name": source.name,
            "publisher": source.publisher,
            "url": source.url,
            "licence": source.licence,
            "cadence": iso_duration(source.cadence),
            "last_as_of": plain(last.get(source.name)),
            "state": freshness(last.get(source.name), source, now, refused=at.get(source.name)),
            "attribution": source.attribution,
            "frozen": _why_frozen(last.get(source.name), refused[source.name]),
            "by_hand": source.by_hand,
            "ended": source.ended,
        }
        for source in SOURCES
    ]


def _why_frozen(last: datetime | None, refused: RefusedSnapshot | None) -> str:
    """Return why nothing is published from a source, '' where something is."""
    return refused.fault if refused and (last is None or refused.as_of > last) else ""
