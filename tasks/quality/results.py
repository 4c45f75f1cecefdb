"""Results: the judgements of a lake as the dataset `quality.results`.

Promises: one row per expectation of every published table, as last judged, also for those that
could not be judged; a waived judgement is marked as such and otherwise unchanged. An ordinary
dataset with vintages, history and changes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Final

import polars as pl

from schemas.errors import Damaged
from schemas.expectations.expectation import Judgement
from schemas.waivers import Waiver, in_force, waiver_for
from tasks.catalog.system_tables import QUALITY, commit_system_table
from tasks.quality.expected_ranges import CheckResult, ExpectedRange
from tasks.quality.measurements import Measurements
from tasks.vault.backends.store import Store
from tasks.vault.states import state_of
from tasks.vault.vault_reader import VaultReader

TABLE: Final = "results"
DATASET: Final = f"{QUALITY}.{TABLE}"
KEY: Final = ("dataset", "expectation")
_TEXT, _NUMBER, _INSTANT = pl.String(), pl.Float64(), pl.Datetime("us", "UTC")
_DECLARED: Final[Mapping[str, tuple[pl.DataType, str]]] = {
    "dataset": (_TEXT, "the judged table, <source>.<table>"),
    "expectation": (_TEXT, "name of the expectation; the rule that a waiver names"),
    "topic": (_TEXT, "the question that it belongs to"),
    "title": (_TEXT, "the expectation in a few words"),
    "note": (_TEXT, "why it matters, and how the bounds are made"),
    "vintage_id": (_TEXT, "the judged vintage"),
    "vintage_as_of": (_INSTANT, "when the judged vintage was taken"),
    "state": (_TEXT, "hash of the state of the judged vintage"),
    "judged_at": (_INSTANT, "when it was judged"),
    "is_met": (pl.Boolean(), "whether it is met; null: could not be judged"),
    "observed": (_NUMBER, "measured value in the unit of `seen`, shares 0 to 1"),
    "least": (_NUMBER, "lower bound; null: none"),
    "most": (_NUMBER, "upper bound; null: none"),
    "seen": (_TEXT, "the measured value, in words"),
    "expected": (_TEXT, "the expected range, in words"),
    "sentence": (_TEXT, "all of it in one sentence"),
    "compared_with": (pl.Int64(), "earlier good vintages behind the bounds [vintages]"),
    "fault": (_TEXT, "error of the check; it counts as not met"),
    "waived_by": (_TEXT, "owner of the waiver; null: not waived"),
    "waived_reason": (_TEXT, "reason of the waiver"),
    "waived_until": (pl.Date(), "the last day on which the waiver holds"),
    "basis": (_TEXT, "hash of all inputs: the judged vintage, earlier ones, the bounds"),
}
"""Type and published description of each column, in order; the first two are the key."""
COLUMNS: Final = pl.Schema({name: kind for name, (kind, _) in _DECLARED.items()})
DESCRIPTIONS: Final = {name: text for name, (_, text) in _DECLARED.items()}
NO_RESULT: Final = CheckResult(is_met=False, fault="The checkpoint said nothing of it.")
"""The result of an expectation that the checkpoint left out."""


def judgements(
    measurements: Measurements,
    ranges: Sequence[ExpectedRange],
    answers: Mapping[str, CheckResult],
    *,
    table: str,
    basis: str,
    at: datetime,
) -> Iterator[Judgement]:
    """Yield one judgement per expected range.

    `answers`: the checkpoint's results by expectation; needed only where there is a range to check.
    `basis`: the hash of all inputs.
    """
    for one in ranges:
        it, within = one.expectation, one.within
        answer = answers.get(it.name, NO_RESULT) if within else None
        yield Judgement(
            dataset=measurements.dataset,
            expectation=it.name,
            topic=it.topic,
            title=it.title,
            note=f"{it.note} Expected: {it.bound.words}.",
            vintage_id=measurements.judged.id,
            vintage_as_of=measurements.judged.as_of,
            state=measurements.judged.tables[table].state,
            judged_at=at,
            is_met=answer.is_met if answer else None,
            observed=one.value,
            least=within.least if within else None,
            most=within.most if within else None,
            seen=one.seen,
            expected=one.expected,
            sentence=_sentence(one, answer),
            compared_with=len(measurements.vintages) - 1,
            fault=answer.fault if answer else None,
            basis=basis,
        )


def _sentence(one: ExpectedRange, answer: CheckResult | None) -> str:
    title = one.expectation.title
    if answer is None:
        return f"{title}: not judged. {one.why_not}"
    if answer.fault is not None:
        return f"{title}: it could not be checked, which counts as not met: {answer.fault}"
    verdict = "as expected" if answer.is_met else "not as expected"
    return f"{title}: {verdict}. Seen: {one.seen}; expected: {one.expected}."


def waived(results: Iterable[Judgement], waivers: Sequence[Waiver], *, on: date) -> list[Judgement]:
    """Return the judgements with the waivers in force on a day; a met one needs none."""
    valid, marked = in_force(waivers, on), list[Judgement]()
    for one in results:
        found = None
        if one.is_met is False:
            found = waiver_for(valid, rule=one.expectation, dataset=one.dataset, key={})
        by, reason, until = (found.owner, found.reason, found.expires) if found else (None,) * 3
        marked.append(replace(one, waived_by=by, waived_reason=reason, waived_until=until))
    return marked


def commit_results(
    store: Store, results: Sequence[Judgement], *, at: datetime, gone: Iterable[str] = ()
) -> bool:
    """Replace the judgements of the datasets in `results`; return whether anything changed.

    `gone`: datasets that have no row to judge any more.
    """
    return commit_system_table(
        store,
        DATASET,
        pl.DataFrame([asdict(one) for one in results], schema=COLUMNS),
        key=KEY,
        covers={"dataset": sorted({*gone, *(one.dataset for one in results)})},
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


def judged_datasets(store: Store) -> set[str]:
    """Return the datasets that were judged; none where the results themselves are damaged."""
    try:
        return {one.dataset for one in read_results(store)}
    except Damaged:
        return set()
