"""Data Docs: the pages in the lake's `data-docs/`.

Promises: self-contained (no page loads anything from another host, and a policy in each forbids
it); links are relative, so they work in a folder, on a web server and in a bucket; an object is
written only when it differs, and replaced whole.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tasks.quality.docs_index import IndexPage
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


def index_html(page: IndexPage) -> bytes:
    """Return the index page as HTML."""
    html = _templates().get_template("vaxwatch_index.html").render(page=page, root="")
    return html.encode()


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )


def put_assets(store: Store) -> None:
    """Write the style sheet and the icon that all pages use. Raises LostRace."""
    for name in ASSETS:
        body = (TEMPLATES / name).read_bytes()
        put(store, f"{FOLDER}/assets/{name}", lambda body=body: body)


def put(store: Store, name: str, made: Callable[[], bytes]) -> bool:
    """Write an object unless it is there already; return whether it was written.

    `made` is called again when another writer was faster. Raises LostRace.
    """
    return store.update(name, lambda _: made())
