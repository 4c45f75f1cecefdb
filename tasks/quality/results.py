"""
Results: what came of the expectations, as the dataset `quality.results` of the lake.

Promises: a row for every expectation of every published table, from when it was last judged; an
ordinary dataset with vintages, history and changes, so that one can ask what was expected when.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import polars as pl

from schemas.expectations.judgement import Judgement
from tasks.catalog.system_tables import QUALITY, commit_system_table
from tasks.quality.data_docs import page_name
from tasks.vault.backends.store import Store
from tasks.vault.vault import Vault

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
MEANINGS: Final = {
    "dataset": "the table that was judged, <source>.<table>",
    "expectation": "what was expected of it; the rule that a waiver names",
    "topic": "the question that it helps to answer",
    "title": "the expectation in a few words",
    "note": "why it is worth a look, and what the bounds follow from",
    "vintage_id": "the judged vintage",
    "vintage_as_of": "when the judged vintage was taken",
    "state": "hash of what the judged vintage says",
    "judged_at": "when it was judged",
    "is_met": "whether it is as expected; null: could not be judged",
    "observed": "what was measured, in the unit of `seen`, shares 0 to 1",
    "least": "the least that is expected; null: no such bound",
    "most": "the most that is expected; null: no such bound",
    "seen": "what was measured, in words",
    "expected": "what is expected, in words",
    "sentence": "all of it in one sentence",
    "compared_with": "good vintages before it that the bounds come from [vintages]",
    "fault": "what went wrong while it was checked; it counts as not met",
    "waived_by": "who has decided to leave it; null: nobody has",
    "waived_reason": "why",
    "waived_until": "the last day on which the waiver holds",
    "basis": "hash of all that it follows from: the judged vintage, those before it, the bounds",
}


def keep(store: Store, results: Sequence[Judgement], *, at: datetime) -> bool:
    """Keep results, in place of all earlier ones of the same datasets; say if anything changed."""
    frame = pl.DataFrame([one.document() for one in results], schema=COLUMNS)
    return commit_system_table(
        store,
        DATASET,
        frame,
        key=KEY,
        covers={"dataset": sorted({one.dataset for one in results})},
        at=at,
        about="the last good vintages of the lake",
        meanings=MEANINGS,
    )


def kept(store: Store) -> list[Judgement]:
    """Return the last results of every dataset of a lake."""
    vault = Vault(store, QUALITY)
    if TABLE not in vault.tables():
        return []
    frame = vault.state(TABLE, vault.shown(TABLE))
    names = [name for name in COLUMNS.names() if name in frame.columns]  # version 1 has fewer
    return [Judgement(**row) for row in frame.select(names).iter_rows(named=True)]


def quality_summary(lake: str, results: Sequence[Judgement]) -> dict[str, Any]:
    """
    Return what came of expectations for the summary of a run, as JSON values.

    `lake`: its address. unmet: dataset, expectation and sentence of what people have to be told.
    data_docs: the addresses of the pages that show it, one a dataset.
    """
    return {
        "unmet": [
            {"dataset": one.dataset, "expectation": one.expectation, "sentence": one.told}
            for one in results
            if one.is_told
        ],
        "data_docs": [
            f"{lake}/{page_name(dataset)}" for dataset in sorted({one.dataset for one in results})
        ],
    }
