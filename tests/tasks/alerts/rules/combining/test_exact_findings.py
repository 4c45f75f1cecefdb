"""Figures beyond 2^53 stand in sentences and evidence digit for digit, whatever the rule."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.alerts import Finding
from tasks.alerts.evaluate import evaluate
from tasks.alerts.judged_history import rule_inputs
from tasks.alerts.rules.reading.large_cells import SIDES, WHOLE, large_figures
from tasks.alerts.rules.reading.rule_input import RuleInput
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.vault_reader import VaultReader
from tests.published import allocations as published
from tests.published import publish
from tests.rule_inputs import ALLOCATIONS, allocations, rule_input_of
from tests.tasks.alerts.rules.combining import test_evidence
from tests.thorough import examples

EXACT = 9_007_199_254_740_993
CODES = [f"X{letter}A" for letter in "ABCDEFGHIJKLMNOPQRST"]
FIGURE = st.integers(2**53, 2**60).map(lambda value: value | 1)
LARGE = re.compile(r"\d{1,3}(?:,\d{3}){5,}")


def numbers_in(value: object) -> Iterator[int | float]:
    """Yield the large numbers of a JSON value, those in its texts too."""
    if isinstance(value, Mapping):
        value = [*value.values()]
    if isinstance(value, list | tuple):
        for one in value:
            yield from numbers_in(one)
    elif isinstance(value, str):
        yield from (int(text.replace(",", "")) for text in LARGE.findall(value))
    elif isinstance(value, int | float) and abs(value) >= 2**53:
        yield abs(value)


def numbers_of(findings: Sequence[Finding]) -> Iterator[int | float]:
    """Yield the large numbers of all events."""
    for finding in findings:
        for event in finding.events:
            yield from numbers_in([event.before, event.after, event.change, event.sentence])
            yield from numbers_in(event.evidence)


def stock(values: Sequence[Sequence[int | None]], column: str) -> RuleInput:
    """Return versions of a table of stocks, each with the figures of some countries."""
    days = {
        f"2022-01-{n:02d}": allocations(
            [(iso3, "A", one) for iso3, one in zip(CODES, row, strict=False)], column
        )
        for n, row in enumerate(values, start=1)
    }
    return rule_input_of("s.allocations", ALLOCATIONS, days)


def series(values: Sequence[Sequence[int | None]]) -> RuleInput:
    """Return versions of a series of one country, each with the figures of its first days."""
    schema = {"iso3": pl.String, "observed_on": pl.Date, "doses_administered": pl.Int64}
    days = {
        f"2022-02-{n:02d}": pl.DataFrame(
            [("ERI", date(2022, 1, 1) + timedelta(days=d), one) for d, one in enumerate(row)],
            schema=schema,
            orient="row",
        )
        for n, row in enumerate(values, start=1)
    }
    return rule_input_of("s.vaccinations", ("iso3", "observed_on"), days)


def differences(values: Sequence[int]) -> set[int]:
    """Return figures, and the differences of any two."""
    return {*values, *(abs(a - b) for a in values for b in values)}


@settings(max_examples=examples(25), deadline=None)
@given(FIGURE, FIGURE, st.sampled_from(["doses_allocated", "doses_delivered"]))
def test_every_large_figure_of_a_stock_is_exact(first: int, second: int, column: str) -> None:
    """Cuts, raises, losses, falls from a peak, slips of scale: figures, and their differences."""
    ladder = [[first], [second], [first // 7], [None], [second], [second // 3 | 1], [first]]
    found = evaluate([stock(ladder, column)], shown_by="It")
    known = differences([first, second, first // 7, second // 3 | 1, 0])
    assert found
    assert set(numbers_of(found)) <= known


@settings(max_examples=examples(15), deadline=None)
@given(FIGURE, st.lists(st.integers(1, 10**6), min_size=6, max_size=6))
def test_every_large_figure_of_a_series_is_exact(first: int, steps: list[int]) -> None:
    """A fall within a version, and revisions of the past."""
    running = [first + sum(steps[:n]) * 10**12 for n in range(7)]
    fallen = [*running, running[0] // 2 | 1]
    revised = [running[0] // 5 | 1, *running[1:]]
    found = evaluate([series([running, fallen, revised, fallen])], shown_by="It")
    assert found
    known = differences([*running, *fallen, *revised, 0])
    assert set(numbers_of(found)) <= known


def larger(rule_input: RuleInput) -> RuleInput:
    """Return a rule input whose counts are a hundred billion times as large, and odd."""
    is_count = pl.col("column").str.ends_with("_share").not_()
    texts = [
        pl.when(is_count)
        .then(pl.col(name).cast(WHOLE) * 100_000_000_019 + (pl.col(name) != 0).cast(WHOLE))
        .cast(pl.String)
        .alias(f"{name}_text")
        for name in SIDES
    ]
    floats = [
        pl.coalesce(pl.col(f"{name}_text").cast(WHOLE).cast(pl.Float64), name).alias(name)
        for name in SIDES
    ]
    cells = rule_input.cells.with_columns(texts).with_columns(floats)
    large = large_figures(cells, rule_input.key)
    return replace(rule_input, cells=cells.drop("^.*_text$"), large=large)


def test_large_figures_are_exact_whatever_the_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """A number in a sentence or in evidence that has the float of a figure is that figure."""
    known: set[int] = set()

    def judged(rule_inputs: Sequence[RuleInput], **options: Any) -> list[Finding]:
        large = [*map(larger, rule_inputs)]
        known.update(*(one.large["value"] for one in large if one.large is not None))
        return evaluate(large, **options)

    monkeypatch.setattr(test_evidence, "evaluate", judged)
    findings = test_evidence.all_rules()
    floats, rules = {float(one) for one in known}, set[str]()
    known |= differences([*known])
    for finding in findings:
        numbers = {one for one in numbers_of([finding]) if float(one) in floats}
        assert numbers <= known, finding
        rules |= {finding.rule} if numbers else set()
    assert rules >= {"R0", "R1", "R2", "R4", "R7", "R12", "R13", "R17"}


def test_figures_of_a_group_are_exact_each() -> None:
    """Countries whose figures have the same float have their own figures all the same."""
    before = [EXACT + 2 * n for n in range(20)]
    after = [one // 2 | 1 for one in before]
    found = evaluate([stock([before, after], "doses_allocated")], shown_by="It")
    [group] = [one for one in found if one.rule == "R17"]
    children: list[Mapping[str, Any]] = group.events[0].evidence["children"]
    assert {one["before"] for one in children} == set(before)
    assert {one["after"] for one in children} == set(after)


def test_the_sum_of_a_country_is_exact() -> None:
    """Figures that a float holds each have a sum that it does not hold."""
    rows = [("ERI", "A", 2**52 + 1), ("ERI", "B", 2**52)]
    states = {
        "2022-01-01": allocations(rows, "doses_allocated"),
        "2022-01-02": allocations([("ERI", "A", 5), ("ERI", "B", 7)], "doses_allocated"),
    }
    found = evaluate([rule_input_of("s.allocations", ALLOCATIONS, states)], shown_by="It")
    [cut] = [one for one in found if one.key == {"iso3": "ERI"} and one.rule == "R1"]
    assert cut.events[0].before == EXACT
    assert f"{EXACT:,}" in cut.events[0].sentence
    assert cut.events[0].change == 12 - EXACT


def test_the_vault_hands_over_large_figures_exactly() -> None:
    """From a commit to the JSON of an event."""
    store = MemoryStore()
    for week, value in enumerate([EXACT, 1_540_800]):
        publish(store, "unicef_market", "allocations", published({"PRK": value}), week=week)
    found = evaluate(rule_inputs(VaultReader(store, "unicef_market")), shown_by="It")
    [cut] = [one for one in found if one.rule == "R1"]
    event = cut.events[0]
    assert (event.before, event.after) == (EXACT, 1_540_800)
    assert str(EXACT) in json.dumps(dict(event.evidence))
    assert f"{EXACT:,}" in event.sentence
