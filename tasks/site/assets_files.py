"""The assets of the site: its style sheet, its script and its icon, copied as they are."""

from collections.abc import Iterator
from functools import partial
from importlib.resources import files
from typing import Final

from tasks.site.page_file import PageFile, hash_of
from tasks.site.site_content import SiteContent

FOLDER: Final = "assets"


def asset_files(_: SiteContent) -> Iterator[PageFile]:
    """Yield the assets. They follow from the program alone."""
    for entry in sorted(files("tasks.site").joinpath(FOLDER).iterdir(), key=lambda one: one.name):
        name = f"{FOLDER}/{entry.name}"
        yield PageFile(name=name, made_of=hash_of([name]), render=partial(entry.read_bytes))
