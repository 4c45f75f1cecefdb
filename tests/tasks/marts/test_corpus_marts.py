"""Two real pages side by side."""

from pathlib import Path

import polars as pl
import pytest

from tasks.marts.publish_marts import publish_marts
from tasks.marts.registry import MARTS
from tasks.pipeline.ingest import ingest_snapshot
from tasks.runs.run_context import RunContext
from tasks.sources import source_named
from tasks.vault.backends.memory_store import MemoryStore
from tests.tasks.marts.frames import AT
from tests.tasks.marts.test_publish_marts import rows

FILES = {
    "who_vaccination": "who_vaccination_data/2021-05-04T190614Z.csv",
    "owid_vaccinations": "owid_vaccinations/2021-05-04T*.csv",
}


@pytest.mark.corpus
def test_who_and_our_world_in_data_differ_in_may_2021(corpus: Path) -> None:
    """Each figure has its own column; who is right is not for a table to state."""
    store = MemoryStore()
    for source, pattern in FILES.items():
        file = max(corpus.glob(pattern))
        run = RunContext(store=store, source=source_named(source), at=AT, check_quality=False)
        ingest_snapshot(run, file=str(file))
    publish_marts(store, at=AT)
    compared = rows(store, "marts/compare_sources.parquet").filter("is_newest")
    doses = compared.filter(measure="doses_administered")
    assert (doses.height, doses.filter(pl.col("ratio") > 1.1).height) == (186, 99)
    for mart in MARTS:
        mart.model.validate(rows(store, mart.file))
