"""Data Docs: the pages in the lake's `data-docs/`, and their index.

Promises: self-contained (no page loads anything from another host, and a policy in each forbids
it); links are relative, so they work in a folder, on a web server and in a bucket; an object is
written only when it differs, and replaced whole.
"""

from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from schemas.errors import UnknownName
from schemas.expectations.expectation import Judgement
from schemas.wording import day
from tasks.quality.docs_pages import are, counts, overall, table_words, verdict
from tasks.quality.expectation_cards import state_of
from tasks.sources import source_named
from tasks.vault.backends.store import Store

FOLDER: Final = "data-docs"
INDEX: Final = f"{FOLDER}/index.html"
ASSETS: Final = ("style.css", "icon.svg")
TEMPLATES: Final = Path(__file__).parent / "templates"


def page_name(dataset: str) -> str:
    """Return the object name of the page of a dataset.

    >>> page_name("who_cases.cases")
    'data-docs/who_cases/cases.html'
    """
    return f"{FOLDER}/{dataset.replace('.', '/')}.html"


def put_assets(store: Store) -> None:
    """Write the style sheet and the icon that all pages use. Raises LostRace."""
    for name in ASSETS:
        body = (TEMPLATES / name).read_bytes()
        put(store, f"{FOLDER}/assets/{name}", lambda body=body: body)


def put(store: Store, name: str, made: Callable[[], bytes]) -> None:
    """Write an object unless it is there already. Raises LostRace.

    `made` is called again when another writer was faster.
    """
    store.update(name, lambda _: made())


def index_html(results: Sequence[Judgement]) -> bytes:
    """Return the index page over all judgements of a lake, at least one, as HTML."""
    ordered = sorted(results, key=lambda one: one.dataset)
    tables = [list(found) for _, found in groupby(ordered, key=lambda one: one.dataset)]
    unmet = sum(overall(found) == "unmet" for found in tables)
    noun = "table" if len(tables) == 1 else "tables"
    page = {
        "state": "unmet" if unmet else overall(results),
        "verdict": (
            f"{unmet} of {len(tables)} {noun} {are(unmet)} not as expected"
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
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    return templates.get_template("vaxwatch_index.html").render(page=page, root="").encode()


def _source_entry(name: str, tables: Sequence[Sequence[Judgement]]) -> dict[str, object]:
    try:
        source = source_named(name)
        title, publisher = source.title, source.publisher
    except UnknownName:  # it is no longer declared
        title, publisher = name, ""
    datasets = [_dataset_entry(found) for found in tables]
    return {"title": title, "publisher": publisher, "datasets": datasets}


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
