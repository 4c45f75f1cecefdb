"""The registry of page kinds: an explicit tuple. Each yields the files of one kind of page."""

from typing import Final

from tasks.site.alerts.alert_list import alert_list
from tasks.site.alerts.alert_pages import alert_pages
from tasks.site.assets_files import asset_files
from tasks.site.country.country_files import country_files
from tasks.site.feed_files import feed_files
from tasks.site.overview.front_page import front_page
from tasks.site.overview.methods_page import methods_pages
from tasks.site.overview.source_pages import source_pages
from tasks.site.overview.status_page import status_page
from tasks.site.page_file import PageKind
from tasks.site.search_data import search_files
from tasks.site.site_map import site_map
from tasks.site.tables.table_files import table_files

PAGE_KINDS: Final[tuple[PageKind, ...]] = (
    asset_files,
    front_page,
    country_files,
    table_files,
    source_pages,
    status_page,
    methods_pages,
    alert_pages,
    alert_list,
    feed_files,
    search_files,
    site_map,
)
"""Every kind of page, picture, feed and data file of the site."""
