"""Sealed pages: the older vintages of a commit, in few objects that commits share.

Promises: a page never changes. The number of pages hardly grows: the list of 1,000 vintages lies in
one, of 30,000 in two.
"""

from collections.abc import Sequence
from typing import Final

from tasks.vault.backends.store import Store
from tasks.vault.manifest import Page, Vintage
from tasks.vault.objects import load_page, write_page

PAGE: Final = 32
"""The tail has at most so many vintages; as many are sealed into a page at once."""
GATHERED: Final = 32
"""Times the vintages behind it that a page may have to be gathered."""


def seal(
    store: Store, pages: tuple[Page, ...], tail: Sequence[Vintage]
) -> tuple[tuple[Page, ...], tuple[Vintage, ...]]:
    """Return pages and tail with all but the last vintages sealed into pages, few large ones."""
    count = max(len(tail) - 1, 0) // PAGE * PAGE
    gathered = list(tail[:count])
    while pages and pages[-1].count <= len(gathered) * GATHERED:
        pages, gathered = pages[:-1], [*load_page(store, pages[-1]), *gathered]
    return (*pages, write_page(store, gathered)) if gathered else pages, tuple(tail[count:])


def paged(
    store: Store, pages: tuple[Page, ...], vintages: Sequence[Vintage]
) -> tuple[tuple[Page, ...], tuple[Vintage, ...]]:
    """Return pages and tail of changed vintages; unchanged pages stay."""
    sealed: list[Page] = []
    rest = list(vintages)
    for page in pages:
        inside = [vintage for vintage in rest if vintage.as_of <= page.last]
        rest = rest[len(inside) :]
        if len(inside) == page.count and tuple(inside) == load_page(store, page):
            sealed.append(page)
            continue
        sealed += [write_page(store, inside)] if inside else []
    if sealed and not rest:  # the tail has the newest vintage, also where what followed it is gone
        rest = list(load_page(store, sealed.pop()))
    return seal(store, tuple(sealed), rest)
