"""Results: the judgements of a lake as the dataset `quality.results`.

Promises: one row per expectation of every published table, as last judged; an ordinary dataset with
vintages, history and changes.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import polars as pl

from schemas.expectations.judgement import Judgement
from tasks.catalog.system_tables import QUALITY, commit_system_table
from tasks.vault.backends.store import Store
from tasks.vault.states import state_of
from tasks.vault.vault_reader import VaultReader

TABLE: Final = "results"
DATASET: Final = f"{QUALITY}.{TABLE}"
KEY: Final = ("dataset", "expectation")
INSTANT: Final = pl.Datetime("us", "UTC")
COLUMNS: Final = pl.Schema(
    {
        "dataset": pl.String(),
        "expectation": pl.String(),
        "topic": pl.String(),
        "title": pl.String(),
        "note": pl.String(),
        "vintage_id": pl.String(),
        "vintage_as_of": INSTANT,
        "state": pl.String(),
        "judged_at": INSTANT,
        "is_met": pl.Boolean(),
        "observed": pl.Float64(),
        "least": pl.Float64(),
        "most": pl.Float64(),
        "seen": pl.String(),
        "expected": pl.String(),
        "sentence": pl.String(),
        "compared_with": pl.Int64(),
        "fault": pl.String(),
        "waived_by": pl.String(),
        "waived_reason": pl.String(),
        "waived_until": pl.Date(),
        "basis": pl.String(),
    }
)
DESCRIPTIONS: Final = {
    "dataset": "the judged table, <source>.<table>",
    "expectation": "name of the expectation; the rule that a waiver names",
    "topic": "the question that it belongs to",
    "title": "the expectation in a few words",
    "note": "why it matters, and how the bounds are made",
    "vintage_id": "the judged vintage",
    "vintage_as_of": "when the judged vintage was taken",
    "state": "hash of the state of the judged vintage",
    "judged_at": "when it was judged",
    "is_met": "whether it is met; null: could not be judged",
    "observed": "measured value in the unit of `seen`, shares 0 to 1",
    "least": "lower bound; null: none",
    "most": "upper bound; null: none",
    "seen": "the measured value, in words",
    "expected": "the expected range, in words",
    "sentence": "all of it in one sentence",
    "compared_with": "earlier good vintages behind the bounds [vintages]",
    "fault": "error of the check; it counts as not met",
    "waived_by": "owner of the waiver; null: not waived",
    "waived_reason": "reason of the waiver",
    "waived_until": "the last day on which the waiver holds",
    "basis": "hash of all inputs: the judged vintage, earlier ones, the bounds",
}


def commit_results(store: Store, results: Sequence[Judgement], *, at: datetime) -> bool:
    """Replace the judgements of the datasets in `results`; return whether anything changed."""
    frame = pl.DataFrame([one.document() for one in results], schema=COLUMNS)
    return commit_system_table(
        store,
        DATASET,
        frame,
        key=KEY,
        covers={"dataset": sorted({one.dataset for one in results})},
        at=at,
        about="the last good vintages of the lake",
        descriptions=DESCRIPTIONS,
    )


def read_results(store: Store) -> list[Judgement]:
    """Return the newest judgements of every dataset of a lake."""
    vault = VaultReader(store, QUALITY)
    if TABLE not in vault.tables():
        return []
    frame = state_of(vault, TABLE, vault.shown(TABLE))
    names = [name for name in COLUMNS.names() if name in frame.columns]  # version 1 has fewer
    return [Judgement(**row) for row in frame.select(names).iter_rows(named=True)]
