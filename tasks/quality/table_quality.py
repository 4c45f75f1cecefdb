"""Quality of one table: measure it, check it against its suite, write its page as HTML.

Promises: one run of Great Expectations, without network request, file or progress bar; an exception
inside an expectation is a failure of it, with its message, never a pass. The page has the
statements of the library's renderers, not their markup, styles or links; every text is escaped.
Importing this takes seconds; `tasks.quality.run_quality` does so only when a table is judged.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from string import Template
from typing import Any, Final, cast

import great_expectations
import pandas as pd  # pyright: ignore[reportMissingTypeStubs]
from great_expectations.core import ExpectationSuite, ExpectationSuiteValidationResult
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.render.components import RenderedDocumentContent
from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer
from great_expectations.render.view.view import DefaultJinjaPageView
from jinja2 import StrictUndefined

from schemas.expectations.expectation import Judgement
from schemas.expectations.tables import SUITES
from schemas.source import Source
from schemas.waivers import Waiver
from tasks.quality.data_docs import TEMPLATES, page_name, put_page
from tasks.quality.dataset_page import dataset_page
from tasks.quality.expected_ranges import CheckResult, ExpectedRange, expected_ranges
from tasks.quality.measurements import DAY, basis, measure_table
from tasks.quality.results import judgements, waived
from tasks.vault.backends.store import Store
from tasks.vault.vault_reader import VaultReader

GX: Final[Any] = great_expectations
"""The library as `Any`, because its types are incomplete."""


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
    put_page(store, page_name(measurements.dataset), html)
    return judged


def check(
    dataset: str, ranges: Sequence[ExpectedRange]
) -> tuple[dict[str, CheckResult], ExpectationSuiteValidationResult | None]:
    """Return the check results by expectation, and the library's result for its renderers.

    The batch is one row with one column per expectation that can be judged; without any, there are
    no check results, and None.
    """
    judged = [one for one in ranges if one.within is not None]
    if not judged:
        return {}, None
    batch = pd.DataFrame({one.expectation.name: [one.value] for one in judged})
    checkpoint = _checkpoint(dataset, judged)
    (result,) = checkpoint.run(batch_parameters={"dataframe": batch}).run_results.values()
    check_results: dict[str, CheckResult] = {}
    for one in result.results:
        observed = one.result.get("observed_value")
        if observed is not None:  # its renderer cannot read a numpy number
            one.result["observed_value"] = float(observed)
        fault = fault_of(one.exception_info)
        check_results[one.expectation_config.kwargs["column"]] = CheckResult(
            is_met=bool(one.success) and fault is None, fault=fault
        )
    return check_results, result


def _checkpoint(dataset: str, judged: Sequence[ExpectedRange]) -> Any:
    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        progress_bars=ProgressBarsConfig(globally=False),
    )
    context = GX.get_context(mode="ephemeral", project_config=config)
    asset = context.data_sources.add_pandas(name="facts").add_dataframe_asset(name=dataset)
    suite = ExpectationSuite(
        name=dataset,
        expectations=[_expectation(one) for one in judged],
        meta={"notes": "What a published table must be, beside the vintages before it."},
    )
    definition = GX.ValidationDefinition(
        name=dataset,
        data=asset.add_batch_definition_whole_dataframe("published"),
        suite=context.suites.add(suite),
    )
    checkpoint = GX.Checkpoint(
        name=dataset,
        validation_definitions=[context.validation_definitions.add(definition)],
        result_format="SUMMARY",
    )
    return context.checkpoints.add(checkpoint)


def _expectation(one: ExpectedRange) -> Any:
    it, within = one.expectation, one.within
    assert within is not None
    return GX.expectations.ExpectColumnMaxToBeBetween(
        column=it.name,
        min_value=within.least,
        max_value=within.most,
        meta={"name": it.name, "notes": f"{it.title}. {it.note} Expected: {it.bound.words}."},
    )


def fault_of(info: Mapping[str, Any] | None) -> str | None:
    """Return the message of an exception inside an expectation, None without one.

    The library reports it at the top level, or once per failed metric.
    """
    reported = info or {}
    parts: list[Any] = [reported, *(it for it in reported.values() if isinstance(it, dict))]
    raised = (one for one in parts if one.get("raised_exception"))
    messages = (str(one.get("exception_message") or "an exception without words") for one in raised)
    return next(messages, None)


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
