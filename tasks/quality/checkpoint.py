"""The checkpoint: one run of Great Expectations on the measurements of one published table.

Promises: no network request, no file, no progress bar. An exception inside an expectation is a
failure of that expectation, with its message, never a pass. Importing this takes seconds.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import great_expectations
import pandas as pd  # pyright: ignore[reportMissingTypeStubs]
from great_expectations.core import ExpectationSuite, ExpectationSuiteValidationResult
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)

from tasks.quality.expected_ranges import CheckResult, ExpectedRange

GX: Final[Any] = great_expectations
"""The library as `Any`, because its types are incomplete."""


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

    >>> fault_of({"raised_exception": False, "exception_message": None})
    >>> fault_of({"metric": {"raised_exception": True, "exception_message": "No such column."}})
    'No such column.'
    """
    reported = info or {}
    parts: list[Any] = [reported, *(it for it in reported.values() if isinstance(it, dict))]
    raised = (one for one in parts if one.get("raised_exception"))
    messages = (str(one.get("exception_message") or "an exception without words") for one in raised)
    return next(messages, None)
