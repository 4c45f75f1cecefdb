"""Quality of one table: measure it, check it against its suite, write its page as HTML.

Promises: the page has the statements of Great Expectations' renderers, not their markup, styles or
links; every text is escaped. Importing this takes seconds (Great Expectations);
`tasks.quality.run_quality` does so only when a table has to be judged.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from string import Template
from typing import Any, cast

from great_expectations.core import ExpectationSuiteValidationResult
from great_expectations.render.components import RenderedDocumentContent
from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer
from great_expectations.render.view.view import DefaultJinjaPageView
from jinja2 import StrictUndefined

from schemas.expectations.expectation import Judgement
from schemas.expectations.tables import SUITES
from schemas.source import Source
from schemas.waivers import Waiver
from tasks.quality.checkpoint import check
from tasks.quality.data_docs import TEMPLATES, page_name
from tasks.quality.dataset_page import dataset_page
from tasks.quality.expected_ranges import expected_ranges
from tasks.quality.measurements import DAY, basis, measure_table
from tasks.quality.results import judgements, waived
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
    suite, cadence = SUITES[table], source.cadence / DAY
    measurements = measure_table(vault, table, suite)
    if measurements is None:
        return []
    ranges = expected_ranges(measurements, suite, cadence=cadence)
    answers, result = check(measurements.dataset, ranges)
    inputs = basis(vault, table, suite, cadence=cadence)
    judged = judgements(measurements, ranges, answers, table=table, basis=inputs, at=at)
    judged = waived(judged, waivers, on=at.date())
    html = _dataset_html(dataset_page(source, measurements, ranges, judged), result)
    store.update(page_name(measurements.dataset), lambda _: html)
    return judged


def _dataset_html(
    page: Mapping[str, object], result: ExpectationSuiteValidationResult | None
) -> bytes:
    """Return the page of a dataset; `result`: None when nothing could be judged."""
    renderer: Any = ValidationResultsPageRenderer()
    view: Any = DefaultJinjaPageView(custom_views_directory=str(TEMPLATES))
    view.env.filters["plain"] = plain
    view.env.trim_blocks = True
    view.env.undefined = StrictUndefined
    content = RenderedDocumentContent(sections=[]) if result is None else renderer.render(result)
    html: str = view.render(content, template="vaxwatch_dataset.html", page=page, root="../")
    return html.encode()


def plain(content: Any) -> str:
    """Return the content of a Great Expectations renderer as text without markup.

    >>> plain({"string_template": {"template": "at least $least", "params": {"least": 5}}})
    'at least 5'
    """
    if isinstance(content, list):
        return " ".join(plain(part) for part in cast("list[Any]", content))
    if not isinstance(content, dict):
        return str(content)
    block = cast("dict[str, Any]", content)
    if "string_template" not in block:
        return plain(block.get("header", ""))
    template: dict[str, Any] = block["string_template"]
    params = {name: plain(value) for name, value in template.get("params", {}).items()}
    return Template(template["template"]).safe_substitute(params)
