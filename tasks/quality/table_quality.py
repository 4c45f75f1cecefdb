"""Quality of one table: measure it, check it against its suite, write its page.

Importing this takes seconds (Great Expectations); `tasks.quality.run_quality` does so only when a
table has to be judged.
"""

from collections.abc import Sequence
from datetime import datetime

from schemas.expectations.judgement import Judgement
from schemas.expectations.tables import SUITES
from schemas.source import Source
from schemas.waivers import Waiver
from tasks.quality.checkpoint import check
from tasks.quality.data_docs import page_name, put
from tasks.quality.docs_html import dataset_html
from tasks.quality.docs_pages import dataset_page
from tasks.quality.expected_ranges import expected_ranges
from tasks.quality.judgements import judgements, waived
from tasks.quality.measurements import measure_table
from tasks.quality.vintage_window import DAY, basis
from tasks.vault.backends.store import Store
from tasks.vault.vault_reader import VaultReader


def judge_table(
    store: Store,
    source: Source,
    vault: VaultReader,
    table: str,
    *,
    at: datetime,
    waivers: Sequence[Waiver],
) -> list[Judgement]:
    """Return the judgements of a table, one per expectation, and write its page."""
    suite = SUITES[table]
    measurements = measure_table(vault, table, suite)
    if measurements is None:
        return []
    cadence = source.cadence / DAY
    ranges = expected_ranges(measurements, suite, cadence=cadence)
    checked = check(measurements.dataset, ranges)
    inputs = basis(vault, table, suite, cadence=cadence)
    judged = judgements(
        measurements, ranges, checked.check_results, table=table, basis=inputs, at=at
    )
    judged = waived(judged, waivers, on=at.date())
    page = dataset_html(dataset_page(source, measurements, ranges, judged), checked.result)
    put(store, page_name(measurements.dataset), lambda: page)
    return judged
