"""Small published tables with a past, for the tests of what is expected of them."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl

from schemas.records import Body, Snapshot
from schemas.tables import key_of
from tasks.vault.backdated_insert import Draft, TableDraft
from tasks.vault.backends.store import Store
from tasks.vault.commit import commit_snapshots
from tasks.vault.derived_tables import publish_tables
from tasks.vault.vault_reader import VaultReader

BEGIN = datetime(2022, 1, 3, tzinfo=UTC)
WEEK = timedelta(days=7)
NOW = datetime(2022, 6, 1, 6, tzinfo=UTC)


def draft(
    source: str,
    table: str,
    frame: pl.DataFrame,
    *,
    week: int,
    held: bool = False,
    quarantined: Sequence[str] = (),
) -> Draft:
    """Return what a table says as of a week; the rows of `quarantined` countries wait instead."""
    key, waits = key_of(table), pl.col("iso3").is_in(list(quarantined))
    aside = frame.filter(waits).select(
        *key, row=1, column=pl.lit("x"), rule=pl.lit("r"), value=pl.lit("?"), reason=pl.lit("Bad.")
    )
    body = Body(name="main", sha256=hashlib.sha256(f"{week}".encode()).hexdigest(), size=1)
    table_draft = TableDraft(
        frame=frame.filter(~waits), key=key, quarantined=aside if quarantined else None
    )
    return Draft(
        snapshot=Snapshot(
            source=source,
            retrieved_at=BEGIN + week * WEEK,
            bodies=(body,),
            url="https://example.org/table.csv",
        ),
        tables={table: table_draft},
        held=held,
    )


def publish(store: Store, source: str, table: str, frame: pl.DataFrame, **how: Any) -> None:
    """Publish what `draft` makes of the same arguments."""
    vault = VaultReader(store, source)
    commit_snapshots(vault, [draft(source, table, frame, **how)], at=NOW)
    publish_tables(vault)


def allocations(doses: dict[str, int | None]) -> pl.DataFrame:
    """Return allocations, a country each."""
    rows = [(iso3, "unspecified", "unspecified", given) for iso3, given in doses.items()]
    schema: dict[str, Any] = dict.fromkeys(key_of("allocations"), pl.String)
    return pl.DataFrame(rows, schema={**schema, "doses_allocated": pl.Int64}, orient="row")


def cases(weeks: int, *, lost: Sequence[str] = (), each: int = 10) -> pl.DataFrame:
    """Return weekly cases of four countries that add up."""
    first = date(2021, 12, 27)
    rows = [
        (iso3, first + number * WEEK, each, each * (number + 1))
        for iso3 in ("FRA", "GHA", "KEN", "PRK")
        if iso3 not in lost
        for number in range(weeks)
    ]
    return pl.DataFrame(
        rows,
        schema={
            "iso3": pl.String,
            "observed_on": pl.Date,
            "cases_new": pl.Int64,
            "cases_cumulative": pl.Int64,
        },
        orient="row",
    )
