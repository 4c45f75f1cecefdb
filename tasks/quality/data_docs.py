"""Data Docs: the files in the lake's `data-docs/`, and the words that all pages share.

Promises: self-contained (no page loads anything from another host, and a policy in each forbids
it); links are relative, so they work in a folder, on a web server and in a bucket; an object is
written only when it differs, and replaced whole.
"""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from schemas.expectations.expectation import Judgement
from tasks.vault.backends.store import Store

FOLDER: Final = "data-docs"
INDEX: Final = f"{FOLDER}/index.html"
ASSETS: Final = ("style.css", "icon.svg")
MARK: Final = b"<!-- content_sha256 "
END: Final = b" -->\n"
TEMPLATES: Final = Path(__file__).parent / "templates"
WORDS: Final = {
    "unmet": "not as expected",
    "waived": "left as it is",
    "open": "not judged",
    "met": "as expected",
}
"""The states of an expectation, worst first, and their names."""


def page_name(dataset: str) -> str:
    """Return the object name of the page of a dataset.

    >>> page_name("who_cases.cases")
    'data-docs/who_cases/cases.html'
    """
    return f"{FOLDER}/{dataset.replace('.', '/')}.html"


def put_assets(store: Store) -> None:
    """Write the style sheet and the icon that all pages use. Raises LostRace."""
    for name, body in _assets().items():
        store.update(name, lambda _, body=body: body)


def put_page(store: Store, name: str, html: bytes) -> None:
    """Write a page, with the hash of its content in its last line. Raises LostRace."""
    store.update(name, lambda _: with_hash(html))


def with_hash(html: bytes) -> bytes:
    """Return a page with the hash of its content in its last line."""
    return html + MARK + hashlib.sha256(html).hexdigest().encode() + END


def without_hash(body: bytes) -> bytes:
    """Return a page as `put_page` got it."""
    html, mark, _ = body.rpartition(MARK)
    return html if mark else body


def damaged_pages(store: Store, datasets: Iterable[str]) -> list[str]:
    """Return the names of pages and assets that are gone or not as they were written.

    A page without a hash is of an earlier version, and right if it has its end. `datasets`: judged.
    """
    assets, damaged, written = _assets(), list[str](), {page_name(one) for one in datasets}
    written |= {INDEX, *assets} if written else set[str]()
    for name in sorted(written.union(store.list(f"{FOLDER}/"))):
        blob = store.get(name)
        body = blob.body if blob else b""
        is_damaged = name.endswith(".html") and not _is_whole(body)
        if assets.get(name, body) != body or is_damaged:
            damaged.append(name)
    return damaged


def _is_whole(page: bytes) -> bool:
    html, mark, _ = page.rpartition(MARK)
    if mark or page.endswith(END):
        return page == with_hash(html)
    return page.rstrip().endswith(b"</html>")


def _assets() -> dict[str, bytes]:
    return {f"{FOLDER}/assets/{name}": (TEMPLATES / name).read_bytes() for name in ASSETS}


def rendered(template: str, **values: object) -> bytes:
    """Return a template of ours as HTML; every value is escaped."""
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    return templates.get_template(template).render(values).encode()


def state_of(one: Judgement) -> str:
    """Return the state of a judgement, a key of `WORDS`."""
    if one.is_met is None:
        return "open"
    if one.is_met:
        return "met"
    return "unmet" if one.needs_attention else "waived"


def table_words(dataset: str) -> str:
    """Return the name of a dataset's table as words.

    >>> table_words("unicef_market.secured_supply")
    'Secured supply'
    """
    return dataset.partition(".")[2].replace("_", " ").capitalize()


def overall(results: Iterable[Judgement]) -> str:
    """Return the worst state among judgements; open when nothing could be judged."""
    states = {state_of(one) for one in results}
    return next((state for state in ("unmet", "waived", "met") if state in states), "open")


def verdict(results: Sequence[Judgement]) -> str:
    """Return the verdict on a table in a few words."""
    state = overall(results)
    number = sum(state_of(one) == state for one in results)
    if state == "unmet":
        return f"{number} of {len(results)} expectations {is_or_are(number)} not met"
    if state == "waived":
        as_before = "it is" if number == 1 else "they are"
        return f"As expected, but for {number} that {is_or_are(number)} left as {as_before}"
    return "As expected" if state == "met" else "Not judged yet: this is the first vintage"


def counts(results: Sequence[Judgement]) -> list[dict[str, str]]:
    """Return the number of expectations per state, in words, worst first."""
    states = [state_of(one) for one in results]
    return [
        {"state": state, "text": f"{states.count(state)} {word}"}
        for state, word in WORDS.items()
        if state in states
    ]


def is_or_are(number: int) -> str:
    """Return the verb for so many."""
    return "is" if number == 1 else "are"
