"""The index page of the Data Docs: the verdict on each table, with its worst open alert.

Promises: the alerts stand between comments, and stay while the verdicts are written again.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Final

from schemas.expectations.expectation import Judgement
from schemas.wording import day
from tasks.quality.data_docs import (
    INDEX,
    counts,
    is_or_are,
    overall,
    rendered,
    state_of,
    table_words,
    verdict,
    with_hash,
)
from tasks.sources import SOURCES
from tasks.vault.backends.store import Store

PLACE: Final = re.compile(rb"(<!-- alert on ([\w.]+) -->)(.*?)(<!-- end of alert -->)", re.DOTALL)
"""Where the index page has the worst alert on a dataset."""


def filled(html: bytes, texts: Mapping[str, bytes]) -> bytes:
    """Return the index page with other texts between the comments of its datasets, '' without one.

    >>> filled(b"<li><!-- alert on a.b -->x<!-- end of alert -->", {"a.b": b"y"})
    b'<li><!-- alert on a.b -->y<!-- end of alert -->'
    """
    return PLACE.sub(lambda one: one[1] + texts.get(one[2].decode(), b"") + one[4], html)


def texts_of(html: bytes) -> dict[str, bytes]:
    """Return the texts between the comments of an index page, by dataset."""
    return {one[2].decode(): one[3] for one in PLACE.finditer(html)}


def put_index(store: Store, html: bytes) -> None:
    """Write the index page, with the alerts that the present one has. Raises LostRace."""
    store.update(INDEX, lambda present: with_hash(filled(html, texts_of(present or b""))))


def index_html(results: Sequence[Judgement]) -> bytes:
    """Return the index page over all judgements of a lake, at least one, as HTML."""
    ordered = sorted(results, key=lambda one: one.dataset)
    tables = [list(found) for _, found in groupby(ordered, key=lambda one: one.dataset)]
    unmet = sum(overall(found) == "unmet" for found in tables)
    noun = "table" if len(tables) == 1 else "tables"
    page = {
        "state": "unmet" if unmet else overall(results),
        "verdict": (
            f"{unmet} of {len(tables)} {noun} {is_or_are(unmet)} not as expected"
            if unmet
            else "As expected: no table has an expectation that is not met"
        ),
        "counts": counts(results),
        "sources": [
            _source_entry(name, list(found))
            for name, found in groupby(tables, key=lambda found: found[0].dataset.partition(".")[0])
        ],
        "judged_at": day(max(one.judged_at for one in results)),
    }
    return rendered("vaxwatch_index.html", page=page, root="")


def _source_entry(name: str, tables: Sequence[Sequence[Judgement]]) -> dict[str, object]:
    known = {source.name: (source.title, source.publisher) for source in SOURCES}
    title, publisher = known.get(name, (name, ""))  # it may be no longer declared
    return {"title": title, "publisher": publisher, "datasets": [*map(_dataset_entry, tables)]}


def _dataset_entry(found: Sequence[Judgement]) -> dict[str, object]:
    first = found[0]
    before = first.compared_with
    return {
        "dataset": first.dataset,
        "table": table_words(first.dataset),
        "link": f"{first.dataset.replace('.', '/')}.html",
        "state": overall(found),
        "verdict": verdict(found),
        "unmet": [
            f"{one.title}? Seen: {one.seen}; expected: {one.expected}."
            for one in found
            if state_of(one) == "unmet"
        ],
        "as_of": day(first.vintage_as_of),
        "compared": f"compared with {before} earlier" if before else "the first vintage",
    }
