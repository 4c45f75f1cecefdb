"""The registry of page kinds: an explicit tuple. Each yields the files of one kind of page."""

from typing import Final

from tasks.site.assets_files import asset_files
from tasks.site.page_file import PageKind

PAGE_KINDS: Final[tuple[PageKind, ...]] = (asset_files,)
"""Every kind of page, picture, feed and data file of the site."""
