"""Page files: what the site consists of, before anything is rendered."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import orjson

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from tasks.site.site_content import SiteContent

PACKAGES: Final = ("tasks.site", "schemas")
"""The packages whose files decide, beside its values, what the bytes of a page are."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PageFile:
    """One file of the site: a page, a picture, a feed, or data beside a page.

    `name`: below `site/`, e.g. `country/PRK/index.html`. `made_of`: a hash of all values that its
    bytes follow from; a file whose hash is as before is not rendered again. `render`: returns its
    bytes, the same for the same values. `prepare`: is called of all files that will be rendered
    before the first of them is, so that they look up together what they share.
    """

    name: str
    made_of: str
    render: Callable[[], bytes]
    prepare: Callable[[], None] | None = None


PageKind = Callable[["SiteContent"], Iterator[PageFile]]
"""What yields all files of one kind of page, whatever has changed; it renders nothing itself."""


def page_file(
    name: str,
    render: Callable[..., bytes],
    values: Mapping[str, Any],
    *more: object,
    prepare: Callable[[], None] | None = None,
) -> PageFile:
    """Return a file whose bytes are `render(**values)`.

    `values`: JSON values, days and instants, by which the file is compared with the one before.
    `more`: further values that it follows from, e.g. the hash of an asset. `prepare`: see PageFile.
    """
    made_of = hash_of([name, values, *more])
    return PageFile(name=name, made_of=made_of, render=lambda: render(**values), prepare=prepare)


def hash_of(values: object) -> str:
    """Return a hash of values and of the code that renders them: 16 hexadecimal digits."""
    option = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
    try:
        text = orjson.dumps(values, default=str, option=option)
    except TypeError:  # an integer of more than 64 bits
        text = json.dumps(values, default=str, sort_keys=True).encode()
    return hashlib.sha256(code_hash() + text).hexdigest()[:16]


@cache
def code_hash() -> bytes:
    """Return a hash of the modules, templates and assets that pages are rendered by."""
    digest = hashlib.sha256()
    for package in PACKAGES:
        for name, body in _bodies(files(package), ""):
            digest.update(name.encode() + b"\0" + body + b"\0")
    return digest.digest()


def _bodies(folder: "Traversable", path: str) -> Iterator[tuple[str, bytes]]:
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        name = f"{path}/{entry.name}"
        if entry.is_dir():
            if entry.name != "__pycache__":
                yield from _bodies(entry, name)
        else:
            yield name, entry.read_bytes()
