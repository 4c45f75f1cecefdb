"""
The checkpoint: one run of Great Expectations on the facts of one published table.

Promises: nothing is asked of any host, nothing is written or drawn. An exception inside an
expectation is a failure of that expectation, with its own words, never a pass.

Importing this takes seconds; `tasks.quality.run_quality` does so where there is something to judge.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import great_expectations
import pandas as pd  # pyright: ignore[reportMissingTypeStubs]
from great_expectations.core import ExpectationSuite, ExpectationSuiteValidationResult
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)

from tasks.quality.expected_ranges import Answer, Question

GX: Final[Any] = great_expectations
"""The library, whose types say little."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """
    The answers by name of expectation, and the result as the renderers take it.

    None and no result where nothing could be judged.
    """

    answers: Mapping[str, Answer]
    result: ExpectationSuiteValidationResult | None


def check(dataset: str, asked: Sequence[Question]) -> Checked:
    """
    Return what Great Expectations says of the questions that can be judged.

    The batch is one row: a column for every expectation.
    """
    judged = [one for one in asked if one.within is not None]
    if not judged:
        return Checked(answers={}, result=None)
    checkpoint = _checkpoint(dataset, judged)
    batch = pd.DataFrame({one.expectation.name: [one.value] for one in judged})
    (result,) = checkpoint.run(batch_parameters={"dataframe": batch}).run_results.values()
    return Checked(answers=_answers(result), result=result)


def _checkpoint(dataset: str, judged: Sequence[Question]) -> Any:
    """Return the checkpoint of one table, in a context that lives in memory and draws nothing."""
    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        progress_bars=ProgressBarsConfig(globally=False),
    )
    context = GX.get_context(mode="ephemeral", project_config=config)
    asset = context.data_sources.add_pandas(name="facts").add_dataframe_asset(name=dataset)
    definition = GX.ValidationDefinition(
        name=dataset,
        data=asset.add_batch_definition_whole_dataframe("published"),
        suite=context.suites.add(suite_of(dataset, judged)),
    )
    checkpoint = GX.Checkpoint(
        name=dataset,
        validation_definitions=[context.validation_definitions.add(definition)],
        result_format="SUMMARY",
    )
    return context.checkpoints.add(checkpoint)


def suite_of(dataset: str, judged: Sequence[Question]) -> ExpectationSuite:
    """Return the suite of a table with the bounds of this vintage, and what people read of it."""
    return ExpectationSuite(
        name=dataset,
        expectations=[_expectation(one) for one in judged],
        meta={"notes": "What a published table must be, beside the vintages before it."},
    )


def _expectation(one: Question) -> Any:
    it, within = one.expectation, one.within
    assert within is not None
    return GX.expectations.ExpectColumnMaxToBeBetween(
        column=it.name,
        min_value=within.least,
        max_value=within.most,
        meta={"name": it.name, "notes": f"{it.title}. {it.note} Expected: {it.bound.words}."},
    )


def _answers(result: Any) -> dict[str, Answer]:
    answers: dict[str, Answer] = {}
    for one in result.results:
        observed = one.result.get("observed_value")
        if observed is not None:
            # its renderer cannot read a numpy number
            observed = one.result["observed_value"] = float(observed)
        fault = fault_of(one.exception_info)
        is_met = bool(one.success) and fault is None
        name = one.expectation_config.kwargs["column"]
        answers[name] = Answer(is_met=is_met, observed=observed, fault=fault)
    return answers


def fault_of(info: Mapping[str, Any] | None) -> str | None:
    """
    Return the words of an exception inside an expectation, None without one.

    It is told flat, or once for every metric that failed.

    >>> fault_of({"raised_exception": False, "exception_message": None})
    >>> fault_of({"metric": {"raised_exception": True, "exception_message": "No such column."}})
    'No such column.'
    """
    told = info or {}
    parts: list[Any] = [told, *(one for one in told.values() if isinstance(one, dict))]
    for one in parts:
        if one.get("raised_exception"):
            return str(one.get("exception_message") or "an exception without words")
    return None
