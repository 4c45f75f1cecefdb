"""The index of the Data Docs: every dataset of a lake with its verdict, before it is HTML.

Promises: made from the dataset `quality.results` alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from schemas.expectations.judgement import Judgement
from schemas.source import Source
from schemas.wording import day
from tasks.quality.docs_pages import Count, are, counts, overall, table_words, verdict
from tasks.quality.expectation_cards import state_of


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexEntry:
    """One dataset on the index."""

    dataset: str
    table: str
    link: str
    state: str
    verdict: str
    unmet: Sequence[str]
    as_of: str
    compared: str


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexSource:
    """The datasets of one source on the index."""

    title: str
    publisher: str
    datasets: Sequence[IndexEntry]


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexPage:
    """The page over all datasets."""

    state: str
    verdict: str
    counts: Sequence[Count]
    sources: Sequence[IndexSource]
    judged_at: str


def index_page(
    results: Sequence[Judgement], *, declared: Callable[[str], Source | None]
) -> IndexPage:
    """Return the index of all judgements of a lake; at least one.

    `declared`: returns the declaration of a source by name; None when it no longer exists.
    """
    ordered = sorted(results, key=lambda one: one.dataset)
    tables = [list(found) for _, found in groupby(ordered, key=lambda one: one.dataset)]
    unmet = sum(overall(found) == "unmet" for found in tables)
    return IndexPage(
        state="unmet" if unmet else overall(results),
        verdict=_verdict(unmet, len(tables)),
        counts=counts(results),
        sources=[
            _index_source(name, list(found), declared(name))
            for name, found in groupby(tables, key=lambda found: _source(found[0].dataset))
        ],
        judged_at=day(max(one.judged_at for one in results)),
    )


def _verdict(unmet: int, tables: int) -> str:
    if not unmet:
        return "As expected: no table has an expectation that is not met"
    return (
        f"{unmet} of {tables} {'table' if tables == 1 else 'tables'} {are(unmet)} not as expected"
    )


def _source(dataset: str) -> str:
    return dataset.partition(".")[0]


def _index_source(
    name: str, tables: Sequence[Sequence[Judgement]], source: Source | None
) -> IndexSource:
    return IndexSource(
        title=source.title if source else name,
        publisher=source.publisher if source else "",
        datasets=[_entry(found) for found in tables],
    )


def _entry(found: Sequence[Judgement]) -> IndexEntry:
    first = found[0]
    before = first.compared_with
    return IndexEntry(
        dataset=first.dataset,
        table=table_words(first.dataset),
        link=f"{first.dataset.replace('.', '/')}.html",
        state=overall(found),
        verdict=verdict(found),
        unmet=[
            f"{one.title}? Seen: {one.seen}; expected: {one.expected}."
            for one in found
            if state_of(one) == "unmet"
        ],
        as_of=day(first.vintage_as_of),
        compared=f"compared with {before} earlier" if before else "the first vintage",
    )
