"""
One table judged: what is measured is held against its suite, and its page is put.

Importing this takes seconds; `tasks.quality.run_quality` does so where there is something to judge.
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
from tasks.quality.expected_ranges import questions
from tasks.quality.judgements import judgements, waived
from tasks.quality.measurements import facts_of
from tasks.quality.vintage_window import DAY, basis
from tasks.vault.backends.store import Store
from tasks.vault.vault import Vault


def judge_table(
    store: Store,
    source: Source,
    vault: Vault,
    table: str,
    *,
    at: datetime,
    waivers: Sequence[Waiver],
) -> list[Judgement]:
    """Return what came of a table's expectations, and put its page."""
    suite = SUITES[table]
    facts = facts_of(vault, table, suite)
    if facts is None:
        return []
    cadence = source.cadence / DAY
    asked = questions(facts, suite, cadence=cadence)
    checked = check(facts.dataset, asked)
    follows = basis(vault, table, suite, cadence=cadence)
    came = judgements(facts, asked, checked.answers, table=table, basis=follows, at=at)
    came = waived(came, waivers, on=at.date())
    page = dataset_html(dataset_page(source, facts, asked, came), checked.result)
    put(store, page_name(facts.dataset), lambda: page)
    return came
